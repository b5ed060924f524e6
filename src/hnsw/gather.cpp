#include "gather.hpp"

namespace vec::hnsw {

void Gathered::Load(const Rows& rows, std::span<const std::uint32_t> numbers, const float* origin) {
  const simd::Kernels& kernels = simd::Active();
  const std::size_t dims = rows.dims;
  matrix_.resize(numbers.size() * dims);
  norms_.resize(numbers.size());
  float* to = matrix_.data();
  for (std::size_t i = 0; i < numbers.size(); ++i, to += dims) {
    constexpr std::size_t kAhead = 8;
    if (i + kAhead < numbers.size()) {
      const auto* next = reinterpret_cast<const char*>(rows[numbers[i + kAhead]]);
      for (std::size_t byte = 0; byte < dims * sizeof(float); byte += 64) {
        __builtin_prefetch(next + byte);
      }
    }
    const float* from = rows[numbers[i]];
    for (std::size_t j = 0; j < dims; ++j) to[j] = from[j] - origin[j];
    norms_[i] = kernels.inner_product(to, to, dims);
  }
}

}  // namespace vec::hnsw
