#include "vector/ivf/layout.hpp"

#include <algorithm>
#include <string>

namespace vec::ivf {

namespace {

bool IsPlausible(const Meta& meta) {
  return static_cast<std::uint8_t>(meta.metric) < kMetrics && meta.type == ElementType::kFloat32 &&
         meta.dims >= 1 && meta.dims <= kMaxDims &&
         (meta.codec == Codec::kNone ||
          (meta.codec == Codec::kRabitq && CanQuantize(meta.metric, meta.dims))) &&
         meta.lists >= 1 && meta.lists <= kMaxLists && meta.features == 0 &&
         meta.directory_block != kMetaBlock && meta.directory_block != kNoBlock &&
         meta.directory_per_page == RowsPerPage<ListHead>(RowBytes(meta), sizeof(Trailer));
}

}  // namespace

void ThrowCorrupted(const char* what, BlockId block) {
  throw Error(ErrorKind::kCorrupted, "ivfflat index is not valid",
              std::string(what) + " in block " + std::to_string(block) + ".", "Please REINDEX it.");
}

void FormatIvfPage(std::byte* page, PageKind kind, std::uint32_t list) {
  FormatPage(page, sizeof(Trailer));
  Trailer& trailer = TrailerOf(page);
  trailer.next = kNoBlock;
  trailer.list = list;
  trailer.kind = kind;
  trailer.page_id = kPageId;
}

void CheckPage(const std::byte* page, PageKind kind, BlockId block) {
  if (IsUnformatted(page)) ThrowCorrupted("Unexpected zero page", block);
  if (HeaderOf(page).special != kPageBytes - sizeof(Trailer) ||
      TrailerOf(page).page_id != kPageId) {
    ThrowCorrupted("Page of another format", block);
  }
  if (TrailerOf(page).kind != kind) ThrowCorrupted("Page of an unexpected kind", block);
}

Meta ReadMeta(const std::byte* page) {
  Meta meta;
  std::memcpy(&meta, page + sizeof(PageHeader), sizeof(Meta));
  if (meta.magic != kMagic) ThrowCorrupted("Unexpected magic number", kMetaBlock);
  if (meta.version != kVersion) {
    throw Error(ErrorKind::kCorrupted,
                "ivfflat index has format version " + std::to_string(meta.version) +
                    ", but this library reads version " + std::to_string(kVersion),
                {}, "Please REINDEX it.");
  }
  CheckPage(page, PageKind::kMeta, kMetaBlock);
  if (!IsPlausible(meta)) ThrowCorrupted("Implausible contents", kMetaBlock);
  return meta;
}

void WriteMeta(std::byte* page, const Meta& meta) {
  FormatIvfPage(page, PageKind::kMeta);
  std::memcpy(page + sizeof(PageHeader), &meta, sizeof(Meta));
  HeaderOf(page).lower = sizeof(PageHeader) + sizeof(Meta);
}

ListRows ViewRows(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list) {
  CheckPage(page, PageKind::kRows, block);
  if (TrailerOf(page).list != list) ThrowCorrupted("Page of another list", block);
  return {page, RowBytes(meta), sizeof(Trailer)};
}

DirectoryPage ViewDirectoryPage(const Meta& meta, const std::byte* page, BlockId block) {
  CheckPage(page, PageKind::kDirectory, block);
  const DirectoryPage view(page, RowBytes(meta), sizeof(Trailer));
  const std::uint32_t first = (block - meta.directory_block) * meta.directory_per_page;
  const std::size_t expected = std::min(meta.directory_per_page, meta.lists - first);
  if (view.count() != expected) ThrowCorrupted("Wrong number of lists", block);
  return view;
}

}  // namespace vec::ivf
