// Kernels of the quantiser: the rotation, codes of 1 and of 4 bits with their sums, the
// lookup tables of a query and its bytes. See quantize/{rotation,rabitq,fastscan,grid_code}.hpp.
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

// The scales that fit_grid tries at once.
inline constexpr std::size_t kGridScales = 8;

// Of |r| and its magnitudes m on a grid: <|r|, m> and <m, m>. In floats: to choose by.
struct GridFit {
  float product = 0;
  float square = 0;
};

// Sums over a residual r, a centre c and the code x of r. Floats are summed in stretches
// of 64.
struct GridSums {
  double square = 0;       // <r, r>
  double product = 0;      // <r, x>
  double center = 0;       // <r, c>
  double grid_square = 0;  // <x, x>
  double grid_center = 0;  // <c, x>
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

  // The greatest |x_i|; where x is not finite, any number.
  float (*greatest)(const float* x, std::size_t n);
  // The magnitudes of r on a grid are m_i = min(floor(|r_i| scale), 7) + 1/2. For each of
  // kGridScales scales. REQUIRES: r and scales are finite.
  void (*fit_grid)(const float* r, std::size_t n, const float* scales, GridFit* fits);
  // The code x_i = sign(r_i) m_i as levels u_i = x_i + 7.5 of 0 .. 15, two a byte: of each
  // 64 coordinates, j < 32 has the low half of byte j and 32 + j the high half. The code
  // of a scale is the same at all levels of SIMD. REQUIRES: as fit_grid.
  GridSums (*encode_grid)(const float* r, const float* c, std::size_t n, float scale,
                          std::uint8_t* code);
  // out_i = q_i scale, rounded and limited to -127 .. 127. Returns their sum.
  std::int32_t (*quantize_bytes)(const float* q, std::size_t n, float scale, std::int8_t* out);
  // The sum of u_i q_i for the levels of a code. REQUIRES: n <= 2^16, |q_i| <= 127.
  std::int32_t (*dot_nibbles)(const std::uint8_t* code, const std::int8_t* q, std::size_t n);
};

// REQUIRES: this machine has the level.
const QuantizeKernels& QuantizeKernelsOf(Level level) noexcept;

}  // namespace vec::simd
