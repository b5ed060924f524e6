#include "direct_rows.hpp"

#include <cstring>

#include "graph_rows.hpp"

namespace vec::hnsw {

static_assert(GraphRows<DirectRows>);

DirectDistance::DirectDistance(Metric metric, std::size_t row_bytes) : row_bytes_(row_bytes) {
  const simd::Kernels& kernels = simd::Active();
  const simd::BitKernels& bits = simd::BitKernelsOf(kernels.level);
  if (metric == Metric::kHamming) {
    bits_ = bits.hamming_rows;
  } else if (metric == Metric::kJaccard) {
    bits_ = bits.jaccard_rows;
  } else {
    floats_ = kernels.l1_rows;
  }
}

void DirectRows::Group::Load(const DirectRows& rows, std::span<const std::uint32_t> chosen,
                             std::optional<std::uint32_t>) {
  distance_ = rows.distance;
  const std::size_t size = rows.distance.row_bytes();
  matrix_.resize(chosen.size() * size);
  zeros_.assign(chosen.size(), 0.0f);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    constexpr std::size_t kAhead = 8;
    if (i + kAhead < chosen.size()) rows.Prefetch(chosen[i + kAhead]);
    std::memcpy(matrix_.data() + i * size, rows[chosen[i]], size);
  }
}

void DirectRows::Group::Compare(const Group& to, const Group& from, float* shared,
                                Workers& workers) {
  const DirectDistance& distance = *to.distance_;
  for (std::size_t i = 0; i < to.count(); ++i, shared += from.count()) {
    workers.CheckStop();
    distance(to.matrix_.data() + i * distance.row_bytes(), from.matrix_.data(), from.count(),
             shared);
    for (std::size_t j = 0; j < from.count(); ++j) shared[j] *= -0.5f;
  }
}

}  // namespace vec::hnsw
