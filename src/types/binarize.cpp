#include "vector/types/binarize.hpp"

#include <algorithm>

#include "vector/base/assert.hpp"

namespace vec::types {

namespace {

template <typename Element>
void PackSigns(std::span<const Element> elements, std::span<std::uint8_t> bits) noexcept {
  VECTOR_ASSERT(bits.size() == (elements.size() + 7) / 8);
  for (std::size_t byte = 0; byte < bits.size(); ++byte) {
    const std::size_t first = byte * 8;
    const std::size_t count = std::min<std::size_t>(8, elements.size() - first);
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value |= static_cast<unsigned>(ToFloat(elements[first + i]) > 0) << (7 - i);
    }
    bits[byte] = static_cast<std::uint8_t>(value);
  }
}

}  // namespace

void Binarize(std::span<const float> elements, std::span<std::uint8_t> bits) noexcept {
  PackSigns(elements, bits);
}

void Binarize(std::span<const Half> elements, std::span<std::uint8_t> bits) noexcept {
  PackSigns(elements, bits);
}

}  // namespace vec::types
