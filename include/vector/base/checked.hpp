// Size arithmetic that throws instead of wrapping around.
#pragma once

#include <cstddef>
#include <new>

namespace vec {

// What is not checked counts on it: no product of what a page, a setting or a declaration can say
// wraps around in 64 bits.
static_assert(sizeof(std::size_t) == 8);

// Throws std::bad_array_new_length (reported as out of memory) on overflow.
inline std::size_t CheckedMul(std::size_t a, std::size_t b) {
  std::size_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) throw std::bad_array_new_length();
  return result;
}

inline std::size_t CheckedAdd(std::size_t a, std::size_t b) {
  std::size_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) throw std::bad_array_new_length();
  return result;
}

}  // namespace vec
