#include "vector/types/sparse_rules.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "vector/base/error.hpp"
#include "vector/types/dimensions.hpp"
#include "vector/types/element.hpp"

namespace vec::types {

namespace {

[[noreturn]] void Throw(ErrorKind kind, const std::string& message) {
  throw Error(kind, std::string(SparseVector::kTypeName) + message);
}

}  // namespace

void CheckSparseDimensions(std::int64_t dims) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(dims, 0));
  CheckDimensions(count, SparseVector::kTypeName, kMaxSparseDimensions);
}

void CheckSparseSize(std::int64_t size) {
  if (size < 0) {
    Throw(ErrorKind::kInvalidValue, " cannot have negative number of elements");
  }
  if (size > static_cast<std::int64_t>(kMaxSparseElements)) {
    Throw(ErrorKind::kLimit,
          " cannot have more than " + std::to_string(kMaxSparseElements) + " non-zero elements");
  }
}

void CheckSparseSize(std::int64_t size, std::int64_t dims) {
  CheckSparseSize(size);
  if (size > dims) Throw(ErrorKind::kLimit, " cannot have more elements than dimensions");
}

void CheckIndices(std::span<const std::int32_t> indices, std::size_t dims) {
  const auto end = static_cast<std::int64_t>(dims);
  std::int32_t previous = -1;
  for (const std::int32_t index : indices) {
    if (index > previous && index < end) [[likely]] {
      previous = index;
      continue;
    }
    if (index < 0 || index >= end) Throw(ErrorKind::kInvalidValue, " index out of bounds");
    if (index == previous) {
      Throw(ErrorKind::kInvalidValue, " indices must not contain duplicates");
    }
    Throw(ErrorKind::kInvalidValue, " indices must be in ascending order");
  }
}

void CheckReceivedValues(std::span<const float> values) {
  for (const float value : values) {
    if (!std::isfinite(value)) ThrowNotFinite(value, SparseVector::kTypeName);
    if (value == 0) {
      throw Error(ErrorKind::kInvalidValue,
                  "binary representation of sparsevec cannot contain zero values");
    }
  }
}

}  // namespace vec::types
