// Sparse values from dense ones and back.
//
// To make a sparse value, count its elements, then write them into exactly that room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vector/types/sparse_vector.hpp"

namespace vec::types {

// How many elements are not 0; NaN is one of them.
std::size_t CountNonZero(std::span<const float> dense) noexcept;

// Writes the elements that are not 0 and their indices.
// REQUIRES: both have room for CountNonZero(dense).
void Compress(std::span<const float> dense, std::span<std::int32_t> indices,
              std::span<float> values) noexcept;

// Writes all elements, zeros included. Throws for an index out of bounds, which only a
// damaged value has. REQUIRES: dense.size() == elements.dims.
void Expand(const SparseElements& elements, std::span<float> dense);

// Moves the elements that are not 0 to the front; returns their number.
std::size_t DropZeros(std::span<std::int32_t> indices, std::span<float> values) noexcept;

}  // namespace vec::types
