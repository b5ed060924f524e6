#include "vector/ivf/layout.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace vec::ivf {

namespace {

// The longest slice, and how many slices are tried beyond the fewest.
constexpr std::uint32_t kMostSliceFloats = 2000;
constexpr std::uint32_t kMoreSlices = 4;

std::size_t SlicesPerPage(std::size_t slice_bytes) {
  return RowsPerPage<ListHead>(slice_bytes, sizeof(Trailer));
}

bool HasVectors(const Meta& meta) {
  if (meta.vectors == Vectors::kHeap) return !IsBits(meta.type);
  return meta.vectors == Vectors::kIndex && FitsPage(RowBytes(meta));
}

bool HasCodec(const Meta& meta) {
  return meta.codec == Codec::kNone ||
         (meta.codec == Codec::kRabitq && CanQuantize(meta.type, meta.metric));
}

bool HasPlausibleSecond(const Meta& meta) {
  if (meta.second_bits == 0) return true;
  return meta.version >= 3 &&
         meta.second_bits == SecondBitsOf(meta.type, meta.dims, meta.codec, meta.vectors);
}

// Margins ascend up to those that were not measured.
bool HasPlausibleMargins(const Meta& meta) {
  float last = 0;
  for (const float margin : meta.margins) {
    if (!(margin >= last || margin == 0) || margin > std::numeric_limits<float>::max())
      return false;
    last = margin == 0 ? std::numeric_limits<float>::infinity() : margin;
  }
  return true;
}

bool IsPlausible(const Meta& meta) {
  return meta.type <= ElementType::kBit && IsKnownMetric(meta.type, meta.metric) &&
         meta.dims >= 1 && meta.dims <= MaxDims(meta.type) && HasCodec(meta) && HasVectors(meta) &&
         HasPlausibleSecond(meta) && meta.lists >= 1 && meta.lists <= kMaxLists &&
         meta.features == 0 && meta.directory_block != kMetaBlock &&
         meta.directory_block != kNoBlock && meta.center < meta.lists &&
         (meta.centroid_codes == 0 || meta.codec == Codec::kRabitq) && meta.slices >= 1 &&
         meta.slices <= kMaxSlices && meta.directory_per_page >= 1 &&
         meta.directory_per_page == SlicesPerPage(SliceBytes(meta)) && HasPlausibleMargins(meta);
}

}  // namespace

void ThrowCorrupted(const char* what, BlockId block) {
  throw Error(ErrorKind::kCorrupted, "ivfflat index is not valid",
              std::string(what) + " in block " + std::to_string(block) + ".", "Please REINDEX it.");
}

std::uint8_t SlicesOf(ElementType type, std::uint32_t dims) {
  if (IsBits(type)) return 1;
  const std::uint32_t fewest = (dims + kMostSliceFloats - 1) / kMostSliceFloats;
  if (fewest == 1) return 1;
  std::uint32_t best = fewest;
  double best_pages = std::numeric_limits<double>::infinity();
  for (std::uint32_t slices = fewest; slices <= fewest + kMoreSlices; ++slices) {
    const std::size_t per_page = SlicesPerPage(SliceDims(dims, slices) * sizeof(float));
    const double pages = static_cast<double>(slices) / static_cast<double>(per_page);
    if (per_page == 0 || pages >= best_pages) continue;
    best = slices;
    best_pages = pages;
  }
  return static_cast<std::uint8_t>(best);
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
  if (!IsIvfPage(page)) ThrowCorrupted("Page of another format", block);
  if (TrailerOf(page).kind != kind) ThrowCorrupted("Page of an unexpected kind", block);
}

Meta ReadMeta(const std::byte* page) {
  Meta meta;
  std::memcpy(&meta, page + sizeof(PageHeader), sizeof(Meta));
  if (meta.magic != kMagic) ThrowCorrupted("Unexpected magic number", kMetaBlock);
  if (meta.version == 1) {
    if (meta.slices == 0) meta.slices = 1;
  } else if (meta.version < 1 || meta.version > kVersion) {
    throw Error(ErrorKind::kCorrupted,
                "ivfflat index has format version " + std::to_string(meta.version) +
                    ", but this library reads versions up to " + std::to_string(kVersion),
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
  return {page, StoredBytes(meta), sizeof(Trailer)};
}

DirectoryPage ViewDirectoryPage(const Meta& meta, const std::byte* page, BlockId block) {
  CheckPage(page, PageKind::kDirectory, block);
  const DirectoryPage view(page, SliceBytes(meta), sizeof(Trailer));
  const std::uint32_t offset = (block - meta.directory_block) % DirectoryBlocks(meta);
  const std::uint32_t first = offset * meta.directory_per_page;
  const std::size_t expected = std::min(meta.directory_per_page, meta.lists - first);
  if (view.count() != expected) ThrowCorrupted("Wrong number of lists", block);
  return view;
}

}  // namespace vec::ivf
