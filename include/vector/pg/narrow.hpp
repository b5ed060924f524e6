// Dense values from float32, whatever their own elements are.
#pragma once

#include "vector/pg/value.hpp"
#include "vector/types/element.hpp"
#include "vector/types/halfvec.hpp"

namespace vec::pg {

// Rounds to binary16. Throws for a finite number that becomes infinite; NaN and
// infinity stay what they are. REQUIRES: floats.size() == out.size().
void Narrow(std::span<const float> floats, std::span<Half> out);

// A new value of the floats that fill(std::span<float>) writes. Throws where one is
// out of range, NaN or infinite. REQUIRES: dims <= types::kMaxDimensions.
template <typename Layout, typename Fill>
Layout& NewFromFloats(std::size_t dims, Fill fill) {
  Layout& result = NewDense<Layout>(dims);
  if constexpr (std::is_same_v<typename Layout::Element, float>) {
    fill(result.elements());
  } else {
    float buffer[types::kMaxDimensions];
    const std::span<float> floats(buffer, dims);
    fill(floats);
    Narrow(floats, result.elements());
  }
  types::CheckElements(result.elements(), Layout::kTypeName);
  return result;
}

}  // namespace vec::pg
