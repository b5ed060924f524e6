// RaBitQ: one bit a dimension, with an unbiased estimate of the distance and a
// bound of its error (Gao and Long, SIGMOD 2024, arXiv 2405.12497).
//
// A vector o near a centre c is rotated (rotation.hpp); with r = P(o - c) its code
// is the sign of each coordinate, standing for x~ = sign(r) / 2. Three factors
// make distances of it; the query is rotated once and needs no centre:
//
//   n2 = |r|^2, ip = <r, x~>, D = rotated dimensions
//   L2:             |q - o|^2 ~ |q - c|^2 + add + rescale * <Pq, x~>
//                   half-width  error * |q - c|
//     rescale = -2 n2 / ip,  add = n2 + 2 (n2 / ip) <Pc, x~>
//     error   =  2 sqrt(n2) sqrt((n2 |x~|^2 / ip^2 - 1) / (D - 1))
//   inner product:  -<q, o> ~ -<q, c> + t add + rescale * <Pq, x~>
//                   half-width  error * |q - t c|,  t = <q, c> / |c|^2 (0 for c = 0)
//     rescale = -n2 / ip,    add = (n2 / ip) <Pc, x~> - <r, Pc>
//     error   =    sqrt(n2) sqrt((n2 |x~|^2 / ip^2 - 1) / (D - 1))
//
// ip = 0 (o = c): all three are 0 and the estimate is exact. The caller multiplies
// the half-width by its confidence e0: 1.9 covers 97 of 100 rows on each side.
// Where a factor overflows floats, or r is no finite vector, error is +Inf and the
// others are 0: the row must be evaluated exactly. The half-width is then NaN for a
// query on the centre, so callers ask whether a row is surely too far, not whether
// it may be near.
//
// Differences to the paper: the query's centre is folded into `add` (one lookup
// table a query, not one a centre), and the inner product projects the query on
// the centre instead of subtracting it, which holds where norms vary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vec::quantize {

enum class CodeMetric : std::uint8_t { kL2, kInnerProduct };

// Multiplied with the estimate of one code; see above.
struct CodeFactors {
  float add;
  float rescale;
  float error;
};

// Encodes a rotated residual `r` against the rotated centre `pc` (both of
// rotated_dims floats, a multiple of 64). Writes bit i of the code, least
// significant first, to code[i / 8]; 1 stands for a coordinate >= 0.
// code.size() == rotated_dims / 8, or less but even: then the code is cut to as many
// coordinates, of which ip, |x~|^2, D and <Pc, x~> are made, and estimates take as many of
// the query. The rotation makes any of them a fair sample, so that estimates stay
// unbiased with the error of a code of that length.
CodeFactors Encode(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                   std::span<std::uint8_t> code);

// The sum of +q_i where bit i of the code is 1 and -q_i where it is 0: twice <q, x~>.
// q.size() is a multiple of 64.
float SignedSum(std::span<const float> q, std::span<const std::uint8_t> code);

}  // namespace vec::quantize
