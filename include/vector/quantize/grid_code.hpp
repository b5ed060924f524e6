// Codes of four bits a dimension: RaBitQ with more bits (Gao et al., SIGMOD 2025, arXiv
// 2409.09913), for a second and closer look at rows that one bit cannot tell apart.
//
// A code of a rotated residual r (rabitq.hpp) is the point x~ of the grid
// {-7.5, -6.5, ... 7.5}^D that lies best in the direction of r: of a few grids of
// different width the one with the greatest <r, x~> / |x~|. Estimates, factors and
// half-widths are those of rabitq.hpp with this x~. For residuals that the rotation has
// made alike in all directions the half-width is a seventh of that of one bit.
//
// The query is rounded to bytes, Pq ~ step b, which makes <Pq, x~> a sum of integers. Its
// rounding is independent of the code: it adds an error to <Pq, x~> of standard deviation
// rounding() |x~|, where rounding() = step / sqrt(12).
//
// Differences to the paper: it finds the best of all grid widths by a sweep over the
// D 2^3 at which a coordinate changes its level; of eight widths the best is less than
// one per cent off, at a tenth of the time. The code is an independent one, not three more
// bits for a code of one bit.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/quantize/rabitq.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::quantize {

inline constexpr std::size_t GridCodeBytes(std::size_t rotated_dims) { return rotated_dims / 2; }

// Where r or a factor is beyond what floats can express, error is +Inf and the rest 0, as
// is all of it for r = 0.
struct GridFactors {
  CodeFactors code;
  float norm;  // |x~|
};

// Encodes a rotated residual against the rotated centre (both of rotated_dims floats, a
// multiple of 64). code.size() == GridCodeBytes(rotated_dims); simd/quantize.hpp says where
// a coordinate is.
GridFactors EncodeGrid(CodeMetric metric, std::span<const float> r, std::span<const float> pc,
                       std::span<std::uint8_t> code);

// A query as grid codes see it.
class GridQuery {
 public:
  explicit GridQuery(std::pmr::memory_resource* memory) : bytes_(memory) {}

  // rotated.size() is a multiple of 64. Uses the kernels of the level in use now.
  void Prepare(std::span<const float> rotated);

  // <Pq, x~>, off by the rounding of the query. REQUIRES: Prepare, for the dimensions of
  // the code.
  float Product(std::span<const std::uint8_t> code) const;

  // See above; +Inf where the query is beyond what bytes can express.
  float rounding() const { return rounding_; }

 private:
  std::int32_t (*dot_)(const std::uint8_t* code, const std::int8_t* q, std::size_t n) = nullptr;
  std::pmr::vector<std::int8_t> bytes_;
  std::int32_t sum_ = 0;  // of the bytes
  float step_ = 0;
  float rounding_ = 0;
};

}  // namespace vec::quantize
