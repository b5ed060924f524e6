// What a new index is to be, and its first page.
#pragma once

#include "vector/ivf/layout.hpp"
#include "vector/ivf/second_code.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// Any will do; one that never changes makes builds repeatable.
inline constexpr std::uint64_t kRotationSeed = 0x5EED;

struct BuildParams {
  ElementType type = ElementType::kFloat32;
  Metric metric = Metric::kL2;
  std::uint32_t dims = 0;
  float max_norm_squared = 0;         // inner product only
  Codec codec = Codec::kNone;         // kRabitq: REQUIRES CanQuantize(type, metric)
  Vectors vectors = Vectors::kIndex;  // REQUIRES FitsPage(RowBytes(type, dims))
  bool has_second = true;             // second codes, where they have room
};

// Whether rows are encoded before they come to the builder.
inline bool EncodesAtScan(const BuildParams& params) {
  return params.codec != Codec::kNone && params.metric != Metric::kInnerProduct;
}

// The meta page of an index without pages.
inline Meta NewMeta(const BuildParams& params, std::uint32_t lists) {
  Meta meta{.magic = kMagic,
            .version = kVersion,
            .type = params.type,
            .metric = params.metric,
            .dims = params.dims,
            .lists = lists,
            .directory_block = kNoBlock,
            .directory_per_page = 0,
            .max_norm_squared = params.max_norm_squared,
            .codec = params.codec,
            .vectors = params.vectors,
            .slices = SlicesOf(params.type, params.dims),
            .second_bits = params.has_second ? SecondBitsOf(params.type, params.dims, params.codec,
                                                            params.vectors)
                                             : std::uint8_t{0},
            .seed = kRotationSeed,
            .features = 0,
            .centroid_codes = 0,
            .center = 0,
            .margins = {}};
  meta.directory_per_page =
      static_cast<std::uint32_t>(RowsPerPage<ListHead>(SliceBytes(meta), sizeof(Trailer)));
  return meta;
}

// Takes block 0, which is filled last: until then it has no magic.
template <PageStore Store>
void ReserveMeta(Store& store) {
  auto record = store.Begin();
  const auto [block, page] = record.Extend();
  if (block != kMetaBlock) throw Error(ErrorKind::kInternal, "index is not empty");
  FormatIvfPage(page, PageKind::kMeta);
  record.Commit();
}

}  // namespace vec::ivf
