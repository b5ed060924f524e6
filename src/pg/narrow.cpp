#include "vector/pg/narrow.hpp"

#include "vector/base/assert.hpp"
#include "vector/types/literal.hpp"

namespace vec::pg {

namespace {

[[noreturn]] void ThrowTooLarge(float value) {
  char text[FLOAT_SHORTEST_DECIMAL_LEN];
  float_to_shortest_decimal_buf(value, text);
  types::ThrowOutOfRange(text, types::HalfVector::kTypeName);
}

}  // namespace

void Narrow(std::span<const float> floats, std::span<Half> out) {
  VECTOR_ASSERT(floats.size() == out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = ToHalf(floats[i]);
    if (unlikely(std::isinf(ToFloat(out[i])) && !std::isinf(floats[i]))) ThrowTooLarge(floats[i]);
  }
}

}  // namespace vec::pg
