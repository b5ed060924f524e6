// What is indexed and how it is compared: the bytes that the meta pages of all index
// methods share, and the rows that they work on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vec {

enum class ElementType : std::uint8_t { kFloat32 = 0, kFloat16 = 1, kBit = 2, kSparse = 3 };
enum class Metric : std::uint8_t {
  kL2 = 0,
  kInnerProduct = 1,
  kCosine = 2,
  kL1 = 3,
  kHamming = 4,  // bits only, as is
  kJaccard = 5,
};
inline constexpr std::uint8_t kMetrics = 6;

inline constexpr bool IsBits(ElementType type) { return type == ElementType::kBit; }

// Whether the type can be compared so.
inline constexpr bool IsKnownMetric(ElementType type, Metric metric) {
  const bool is_of_bits = metric == Metric::kHamming || metric == Metric::kJaccard;
  return static_cast<std::uint8_t>(metric) < kMetrics && is_of_bits == IsBits(type);
}

// Whether 1-bit codes estimate the metric: there is none for sums of absolute
// differences, bits are as small as codes, and sparse rows have no coordinates to rotate.
inline constexpr bool CanQuantize(ElementType type, Metric metric) {
  return (type == ElementType::kFloat32 || type == ElementType::kFloat16) && metric != Metric::kL1;
}

// The limits of the types whose rows have as many elements as dimensions.
inline constexpr std::uint32_t MaxDims(ElementType type) { return IsBits(type) ? 64000 : 16000; }

// The bytes of a row of those types; bits as SQL orders them, filled up with zeros to a
// multiple of 8 bytes.
inline constexpr std::size_t RowBytes(ElementType type, std::size_t dims) {
  if (IsBits(type)) return (dims + 63) / 64 * 8;
  return dims * (type == ElementType::kFloat16 ? 2 : 4);
}

// One value as an index sees it: a row to be stored, or the query of a search.
struct RowView {
  std::span<const float> values;      // dims floats, unit length for cosine; none for bits
  std::span<const std::byte> stored;  // the row's bytes in the index

  bool empty() const { return values.empty() && stored.empty(); }
};

}  // namespace vec
