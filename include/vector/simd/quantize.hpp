// Kernels of the 1-bit quantiser: the rotation, the code with its sums, and the
// lookup tables of a query. See quantize/{rotation,rabitq,fastscan}.hpp.
//
// n is a multiple of 64 everywhere; pointers need no alignment beyond their type's.
// Levels differ by the rounding of floats alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vector/simd/kernels.hpp"

namespace vec::simd {

inline constexpr std::size_t kRotationRounds = 4;

// Sums over a residual r and a centre c. Floats are summed in stretches of 64.
struct CodeSums {
  double square = 0;         // <r, r>
  double absolute = 0;       // <r, sign(r)>
  double signed_center = 0;  // <c, sign(r)>
  double product = 0;        // <r, c>
};

// Of the sums |q_4g| + ... + |q_4g+3|, one for each group g of 4 coordinates.
struct GroupSums {
  float widest = 0;  // the greatest
  double total = 0;  // all of them
};

struct QuantizeKernels {
  // Rotates x in place. `flips` holds kRotationRounds * n / 32 words: bit i % 32 of
  // word i / 32 flips coordinate i in the first round, and so on.
  void (*rotate)(float* x, std::size_t n, const std::uint32_t* flips);
  // Writes bit i of `code`, least significant first: 1 where r_i >= 0, and sign(r_i)
  // is +1 there and -1 elsewhere.
  CodeSums (*encode)(const float* r, const float* c, std::size_t n, std::uint8_t* code);
  GroupSums (*sum_groups)(const float* q, std::size_t n);
  // table[16 g + v] = the sum over j < 4 of |scale q_4g+j| where bit j of v is the
  // sign of q_4g+j (1 for positive), rounded. REQUIRES: scale * widest <= 255.5.
  void (*tabulate)(const float* q, std::size_t n, float scale, std::uint8_t* table);
  // The sum of q_i where bit i of `code` is 1, and of -q_i where it is 0.
  float (*signed_sum)(const float* q, const std::uint8_t* code, std::size_t n);
};

// REQUIRES: this machine has the level.
const QuantizeKernels& QuantizeKernelsOf(Level level) noexcept;

}  // namespace vec::simd
