// FastScan: sums of lookup-table entries for 32 codes at once (Andre et al., VLDB
// 2015), with tables of 16 bytes that live in a vector register.
//
// A block holds 32 lanes. Dimensions go in groups of 4; group g takes the 16 bytes
// from block + 16 g. Lane t < 16 is in the low nibbles, lane t + 16 in the high
// ones; byte 2t for t < 8, byte 2 (t - 8) + 1 for 8 <= t < 16, so that after
// widening to 16 bits even and odd bytes come out in lane order:
//
//   byte      0    1    2    3   ...  14   15
//   low       0    8    1    9   ...   7   15
//   high     16   24   17   25   ...  23   31
//
// A nibble holds bits 4g .. 4g+3 of the lane's code, bit 4g least significant.
// The block of D dimensions is 4 D bytes long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/simd/fastscan.hpp"

namespace vec::quantize {

inline constexpr std::size_t kLanes = simd::kFastScanLanes;  // 32

inline constexpr std::size_t BlockBytes(std::size_t rotated_dims) { return 4 * rotated_dims; }

// Puts a code (rotated_dims / 8 bytes) into a lane; other lanes keep theirs.
void PackLane(std::span<std::uint8_t> block, std::size_t lane, std::span<const std::uint8_t> code);
// Takes it out again.
void UnpackLane(std::span<const std::uint8_t> block, std::size_t lane,
                std::span<std::uint8_t> code);

// Copies a lane of one block to a lane of another, or of the same one.
void MoveLane(std::span<const std::uint8_t> from, std::size_t from_lane, std::span<std::uint8_t> to,
              std::size_t to_lane);

// The lookup tables of one query: for each group of 4 dimensions and each nibble v,
// the inner product of the query's 4 coordinates with +-1/2 by the bits of v,
// quantised to 8 bits with the group's minimum subtracted and one step for all.
class QueryTable {
 public:
  explicit QueryTable(std::pmr::memory_resource* memory) : table_(memory), padded_(memory) {}

  // For blocks of rotated.size() dimensions, a multiple of 16: all of a rotated query or
  // its first. Uses the kernels of the level in use now.
  void Prepare(std::span<const float> rotated);

  // out[lane] = <Pq, x~> of each lane, for 32 lanes; off from the exact value by at
  // most max_error(). REQUIRES: Prepare, for the dimensions of the block.
  void Scan(std::span<const std::uint8_t> block, float* out) const;

  // The sums themselves: <Pq, x~> of a lane is base() + step() * sums[lane].
  void Sum(std::span<const std::uint8_t> block, std::uint32_t (&sums)[kLanes]) const;
  float base() const { return base_; }
  float step() const { return step_; }

  // About half a step a group; +Inf where sums of the query overflow floats.
  float max_error() const { return max_error_; }

 private:
  simd::FastScanKernel scan_ = nullptr;
  std::pmr::vector<std::uint8_t> table_;  // 16 bytes a group
  std::pmr::vector<float> padded_;        // the query, where the kernels want more of it
  float step_ = 0;
  float base_ = 0;  // sum of the groups' minima
  float max_error_ = 0;
};

}  // namespace vec::quantize
