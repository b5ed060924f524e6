#include "vector/ivf/code_page.hpp"

namespace vec::ivf {

namespace {

// The number of lanes, from what is in use.
std::size_t CountLanes(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list) {
  CheckPage(page, PageKind::kCodes, block);
  if (TrailerOf(page).list != list) ThrowCorrupted("Page of another list", block);
  if (!HasCodeBlocks(meta)) {
    return RowPage<CodeRowHead>(page, CodeBytes(meta), sizeof(Trailer)).count();
  }
  if (!CodePage::HasLayout(meta, page)) ThrowCorrupted("Invalid layout of codes", block);
  return (HeaderOf(page).lower - sizeof(PageHeader)) / BlockBytes(meta) * quantize::kLanes;
}

}  // namespace

bool CodePage::HasLayout(const Meta& meta, const std::byte* page) {
  if (!HasCodeBlocks(meta)) {
    return RowPage<CodeRowHead>::HasLayout(page, CodeBytes(meta), sizeof(Trailer));
  }
  const PageHeader& header = HeaderOf(page);
  if (header.lower < sizeof(PageHeader)) return false;
  const std::size_t used = header.lower - sizeof(PageHeader);
  return header.upper == header.special && used % BlockBytes(meta) == 0 &&
         used / BlockBytes(meta) <= BlocksPerPage(meta);
}

CodePage::CodePage(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list)
    : page_(page),
      has_blocks_(HasCodeBlocks(meta)),
      lane_bytes_(has_blocks_ ? BlockBytes(meta) : CodeBytes(meta)),
      lanes_per_page_(LanesPerPage(meta)),
      lanes_(CountLanes(meta, page, block, list)) {}

std::size_t CodePage::FreeLane() const {
  for (std::size_t i = 0; i < blocks(); ++i) {
    if (!block(i).IsFull()) return i * quantize::kLanes + block(i).FreeLane();
  }
  for (std::size_t lane = 0; !has_blocks_ && lane < lanes_; ++lane) {
    if (code_row(lane).tid.offset == 0) return lane;
  }
  return lanes_;
}

void CodePage::CopyCode(std::size_t lane, std::span<std::uint8_t> out) const {
  if (has_blocks_) {
    quantize::UnpackLane(codes(lane / quantize::kLanes), lane % quantize::kLanes, out);
  } else {
    std::memcpy(out.data(), code(lane).data(), out.size());
  }
}

std::optional<std::size_t> MutableCodePage::TakeLane() {
  const CodePage page = View();
  const std::size_t free = page.FreeLane();
  if (free < page.lanes()) return free;
  if (!page.HasRoom()) return std::nullopt;
  if (HasCodeBlocks(meta_)) {
    AddBlock(page.blocks());
  } else {
    AddCodeRow();
  }
  return free;
}

void MutableCodePage::AddBlock(std::size_t i) {
  CodeBlock& added = block(i);
  std::memset(static_cast<void*>(&added), 0, BlockBytes(meta_));
  for (BlockId& row_block : added.row_block) row_block = kNoBlock;
  HeaderOf(page_).lower = static_cast<std::uint16_t>(HeaderOf(page_).lower + BlockBytes(meta_));
}

void MutableCodePage::AddCodeRow() {
  PageHeader& header = HeaderOf(page_);
  header.upper = static_cast<std::uint16_t>(header.upper - CodeBytes(meta_));
  const std::size_t lane = (header.lower - sizeof(PageHeader)) / sizeof(CodeRowHead);
  header.lower = static_cast<std::uint16_t>(header.lower + sizeof(CodeRowHead));
  code_row(lane) = {
      .tid = {}, .row_slot = 0, .row_block = kNoBlock, .add = 0, .rescale = 0, .error = 0};
}

void MutableCodePage::Store(std::size_t lane, const EncodedRow& row, HeapTid tid, RowRef ref) {
  if (!HasCodeBlocks(meta_)) {
    code_row(lane) = {.tid = tid,
                      .row_slot = ref.slot,
                      .row_block = ref.block,
                      .add = row.factors.add,
                      .rescale = row.factors.rescale,
                      .error = row.factors.error};
    std::memcpy(page_ + HeaderOf(page_).special - (lane + 1) * CodeBytes(meta_), row.code.data(),
                row.code.size());
    return;
  }
  CodeBlock& target = block(lane / quantize::kLanes);
  const std::size_t t = lane % quantize::kLanes;
  target.add[t] = row.factors.add;
  target.rescale[t] = row.factors.rescale;
  target.error[t] = PackError(row.factors.error);
  target.tid[t] = tid;
  target.row_block[t] = ref.block;
  target.row_slot[t] = ref.slot;
  quantize::PackLane({target.codes(), BlockBytes(meta_) - sizeof(CodeBlock)}, t, row.code);
  target.live |= std::uint32_t{1} << t;
}

void MutableCodePage::Kill(std::size_t lane) {
  if (HasCodeBlocks(meta_)) {
    block(lane / quantize::kLanes).live &= ~(std::uint32_t{1} << (lane % quantize::kLanes));
  } else {
    code_row(lane).tid.offset = 0;
  }
}

void MutableCodePage::ForgetRow(std::size_t lane) {
  if (HasCodeBlocks(meta_)) {
    CodeBlock& target = block(lane / quantize::kLanes);
    target.row_block[lane % quantize::kLanes] = kNoBlock;
    target.row_slot[lane % quantize::kLanes] = 0;
  } else {
    code_row(lane).row_block = kNoBlock;
    code_row(lane).row_slot = 0;
  }
}

}  // namespace vec::ivf
