// A dense value, byte for byte as on disk and in memory:
//
//   offset  0       4     6        8
//           vl_len_ dim   unused   x[0] x[1] ... x[dim - 1]
//           int32   int16 int16    Element each
//
// vl_len_ belongs to PostgreSQL (the length word of a varlena); unused is 0. A
// value is aligned to 4 bytes and SizeOf(dim) bytes long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace vec::types {

// The most elements of a dense value.
inline constexpr std::size_t kMaxDimensions = 16000;
static_assert(kMaxDimensions <= INT16_MAX);

// The SQL name of the dense type with such elements.
template <typename Element>
inline constexpr std::string_view kDenseTypeName{};

template <typename ElementType>
struct Dense {
  using Element = ElementType;
  static constexpr std::string_view kTypeName = kDenseTypeName<Element>;
  static_assert(!kTypeName.empty() && alignof(Element) <= 4);

  std::int32_t vl_len_;
  std::int16_t dim;
  std::int16_t unused;

  static constexpr std::size_t SizeOf(std::size_t dims) {
    return sizeof(Dense) + dims * sizeof(Element);
  }

  // The dimensions of a value of that many bytes.
  static constexpr std::size_t DimensionsOf(std::size_t bytes) {
    return (bytes - sizeof(Dense)) / sizeof(Element);
  }

  // Unsigned, so that the elements of a damaged value still lie within SizeOf().
  std::size_t dims() const { return static_cast<std::uint16_t>(dim); }

  std::span<const Element> elements() const {
    return {reinterpret_cast<const Element*>(this + 1), dims()};
  }
  std::span<Element> elements() { return {reinterpret_cast<Element*>(this + 1), dims()}; }
};

template <typename Layout>
concept DenseLayout =
    sizeof(Layout) == 8 && alignof(Layout) == 4 &&
    std::is_trivially_copyable_v<Layout>&& std::is_standard_layout_v<Layout>&& offsetof(Layout,
                                                                                        dim) == 4 &&
    offsetof(Layout, unused) == 6;

}  // namespace vec::types
