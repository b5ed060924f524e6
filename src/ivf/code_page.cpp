#include "vector/ivf/code_page.hpp"

namespace vec::ivf {

namespace {

// The number of blocks, from what is in use.
std::size_t CountBlocks(const Meta& meta, const std::byte* page, BlockId block,
                        std::uint32_t list) {
  CheckPage(page, PageKind::kCodes, block);
  if (TrailerOf(page).list != list) ThrowCorrupted("Page of another list", block);
  const PageHeader& header = HeaderOf(page);
  const std::size_t used = header.lower - sizeof(PageHeader);
  const std::size_t count = used / BlockBytes(meta);
  if (header.lower < sizeof(PageHeader) || used % BlockBytes(meta) != 0 ||
      count > BlocksPerPage(meta)) {
    ThrowCorrupted("Invalid layout of codes", block);
  }
  return count;
}

}  // namespace

CodePage::CodePage(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list)
    : page_(page), block_bytes_(BlockBytes(meta)), count_(CountBlocks(meta, page, block, list)) {}

MutableCodePage::MutableCodePage(const Meta& meta, std::byte* page, BlockId block,
                                 std::uint32_t list)
    : page_(page),
      block_bytes_(BlockBytes(meta)),
      blocks_per_page_(BlocksPerPage(meta)),
      count_(CountBlocks(meta, page, block, list)) {}

std::size_t MutableCodePage::AddBlock() {
  VECTOR_ASSERT(HasRoomForBlock());
  CodeBlock& added = block(count_);
  std::memset(static_cast<void*>(&added), 0, block_bytes_);
  for (BlockId& row_block : added.row_block) row_block = kNoBlock;
  HeaderOf(page_).lower = static_cast<std::uint16_t>(HeaderOf(page_).lower + block_bytes_);
  return count_++;
}

void StoreLane(MutableCodePage& page, std::size_t block, std::size_t lane, const EncodedRow& row,
               HeapTid tid, RowRef ref) {
  CodeBlock& target = page.block(block);
  target.add[lane] = row.factors.add;
  target.rescale[lane] = row.factors.rescale;
  target.error[lane] = PackError(row.factors.error);
  target.tid[lane] = tid;
  target.row_block[lane] = ref.block;
  target.row_slot[lane] = ref.slot;
  quantize::PackLane(page.codes(block), lane, row.code);
  target.live |= std::uint32_t{1} << lane;
}

}  // namespace vec::ivf
