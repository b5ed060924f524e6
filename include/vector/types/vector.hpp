// The value of the SQL type `vector`, byte for byte as on disk and in memory:
//
//   offset  0       4     6        8
//           vl_len_ dim   unused   x[0] x[1] ... x[dim - 1]
//           int32   int16 int16    float32 each
//
// vl_len_ belongs to PostgreSQL (the length word of a varlena); unused is 0. A
// value is always 8 + 4 * dim bytes long and aligned to 4 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace vec::types {

// The most elements of a dense value.
inline constexpr std::size_t kMaxDimensions = 16000;

struct Vector {
  using Element = float;
  static constexpr std::string_view kTypeName = "vector";

  std::int32_t vl_len_;
  std::int16_t dim;
  std::int16_t unused;

  static constexpr std::size_t SizeOf(std::size_t dims) {
    return sizeof(Vector) + dims * sizeof(Element);
  }

  // Unsigned, so that the elements of a damaged value still lie within SizeOf().
  std::size_t dims() const { return static_cast<std::uint16_t>(dim); }

  std::span<const Element> elements() const {
    return {reinterpret_cast<const Element*>(this + 1), dims()};
  }
  std::span<Element> elements() { return {reinterpret_cast<Element*>(this + 1), dims()}; }
};

static_assert(sizeof(Vector) == 8 && alignof(Vector) == 4);
static_assert(offsetof(Vector, dim) == 4 && offsetof(Vector, unused) == 6);
static_assert(std::is_trivially_copyable_v<Vector> && std::is_standard_layout_v<Vector>);
static_assert(kMaxDimensions <= INT16_MAX);

}  // namespace vec::types
