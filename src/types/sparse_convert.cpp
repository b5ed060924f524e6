#include "vector/types/sparse_convert.hpp"

#include <algorithm>

#include "vector/base/assert.hpp"
#include "vector/types/sparse_rules.hpp"

namespace vec::types {

std::size_t CountNonZero(std::span<const float> dense) noexcept {
  return dense.size() - static_cast<std::size_t>(std::ranges::count(dense, 0.0f));
}

void Compress(std::span<const float> dense, std::span<std::int32_t> indices,
              std::span<float> values) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < dense.size(); ++i) {
    if (dense[i] == 0) continue;
    VECTOR_ASSERT(count < indices.size() && count < values.size());
    indices[count] = static_cast<std::int32_t>(i);
    values[count++] = dense[i];
  }
  VECTOR_ASSERT(count == indices.size() && count == values.size());
}

void Expand(const SparseElements& elements, std::span<float> dense) {
  VECTOR_ASSERT(dense.size() == elements.dims);
  CheckIndices(elements.indices, dense.size());
  std::ranges::fill(dense, 0.0f);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    dense[static_cast<std::size_t>(elements.indices[i])] = elements.values[i];
  }
}

std::size_t DropZeros(std::span<std::int32_t> indices, std::span<float> values) noexcept {
  VECTOR_ASSERT(indices.size() == values.size());
  std::size_t count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    indices[count] = indices[i];
    values[count++] = values[i];
  }
  return count;
}

}  // namespace vec::types
