// The value of the SQL type `sparsevec`, byte for byte as on disk and in memory:
//
//   offset  0       4     8     12     16               16 + 4 * nnz
//           vl_len_ dim   nnz   unused index[0] ...     value[0] ...
//           int32   int32 int32 int32  int32 each       float32 each
//
// Indices count from 0 and ascend; values are finite and never 0. vl_len_ belongs to
// PostgreSQL (the length word of a varlena); unused is 0. A value is always
// 16 + 8 * nnz bytes long and aligned to 4 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace vec::types {

inline constexpr std::size_t kMaxSparseDimensions = 1'000'000'000;

// The most elements that are not zero.
inline constexpr std::size_t kMaxSparseElements = 16000;

// The elements of a sparse value; those that are missing are 0. Of a value from disk
// only their number is certain: whoever uses an index as an offset checks it.
struct SparseElements {
  std::size_t dims = 0;
  std::span<const std::int32_t> indices;
  std::span<const float> values;

  std::size_t size() const { return indices.size(); }
};

struct SparseVector {
  static constexpr std::string_view kTypeName = "sparsevec";

  std::int32_t vl_len_;
  std::int32_t dim;
  std::int32_t nnz;
  std::int32_t unused;

  static constexpr std::size_t SizeOf(std::size_t size) {
    return sizeof(SparseVector) + size * (sizeof(std::int32_t) + sizeof(float));
  }

  // Unsigned, so that the elements of a damaged value still lie within SizeOf().
  std::size_t dims() const { return static_cast<std::uint32_t>(dim); }
  std::size_t size() const { return static_cast<std::uint32_t>(nnz); }

  SparseElements elements() const {
    const auto* first = reinterpret_cast<const std::int32_t*>(this + 1);
    return {dims(), {first, size()}, {reinterpret_cast<const float*>(first + size()), size()}};
  }
  std::span<std::int32_t> indices() { return {reinterpret_cast<std::int32_t*>(this + 1), size()}; }
  std::span<float> values() {
    return {reinterpret_cast<float*>(reinterpret_cast<std::int32_t*>(this + 1) + size()), size()};
  }
};

static_assert(sizeof(SparseVector) == 16 && alignof(SparseVector) == 4);
static_assert(offsetof(SparseVector, dim) == 4 && offsetof(SparseVector, nnz) == 8);
static_assert(std::is_trivially_copyable_v<SparseVector> &&
              std::is_standard_layout_v<SparseVector>);

}  // namespace vec::types
