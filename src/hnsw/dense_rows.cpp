#include "dense_rows.hpp"

#include "graph_rows.hpp"

namespace vec::hnsw {

static_assert(GraphRows<DenseRows>);

void DenseRows::Group::Load(const DenseRows& rows, std::span<const std::uint32_t> chosen,
                            std::optional<std::uint32_t> origin) {
  const simd::Kernels& kernels = simd::Active();
  dims_ = rows.dims;
  matrix_.resize(chosen.size() * dims_);
  norms_.resize(chosen.size());
  const float* zero = origin ? rows[*origin] : nullptr;
  float* to = matrix_.data();
  for (std::size_t i = 0; i < chosen.size(); ++i, to += dims_) {
    constexpr std::size_t kAhead = 8;
    if (i + kAhead < chosen.size()) {
      PrefetchRow(rows[chosen[i + kAhead]], dims_ * sizeof(float));
    }
    const float* from = rows[chosen[i]];
    if (zero != nullptr) {
      for (std::size_t j = 0; j < dims_; ++j) to[j] = from[j] - zero[j];
    } else {
      std::copy_n(from, dims_, to);
    }
    norms_[i] = kernels.inner_product(to, to, dims_);
  }
}

}  // namespace vec::hnsw
