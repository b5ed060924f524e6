// Rules on sparse values, with their messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vector/types/sparse_vector.hpp"

namespace vec::types {

// Throws unless 1 <= dims <= kMaxSparseDimensions.
void CheckSparseDimensions(std::int64_t dims);

// Throws unless 0 <= size <= kMaxSparseElements.
void CheckSparseSize(std::int64_t size);

// Throws where there are more elements than dimensions.
void CheckSparseSize(std::int64_t size, std::int64_t dims);

// Throws unless the indices are below `dims` and ascend strictly.
void CheckIndices(std::span<const std::int32_t> indices, std::size_t dims);

// Throws for the first value that is not finite or that is 0, which a message of the
// binary protocol may not contain.
void CheckReceivedValues(std::span<const float> values);

}  // namespace vec::types
