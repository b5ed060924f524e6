#include "vector/quantize/fastscan.hpp"

#include <algorithm>
#include <limits>

#include "vector/base/assert.hpp"
#include "vector/simd/quantize.hpp"

namespace vec::quantize {

namespace {

constexpr std::size_t kGroupDims = 4;
constexpr std::size_t kGroupBytes = 16;
constexpr std::size_t kKernelDims = 64;  // the kernels take multiples of

// Half a step, and the rounding of Tabulate: less than a thousandth of one.
constexpr double kEntryError = 0.501;
// Rounding of the sum of all |q_j| / 2 and of Scan, relative to it.
constexpr double kSumError = 3e-6;
// Where 1/2 sum |q_j| ends to be a float, with room for the rest of Scan.
constexpr double kGreatestHalf = 1e38;

// Where a lane is in the 16 bytes of a group.
struct LanePlace {
  explicit LanePlace(std::size_t lane)
      : byte(2 * (lane % 8) + lane / 8 % 2), shift(lane < kLanes / 2 ? 0 : 4) {
    VECTOR_ASSERT(lane < kLanes);
  }

  std::size_t byte;
  unsigned shift;
};

}  // namespace

void PackLane(std::span<std::uint8_t> block, std::size_t lane, std::span<const std::uint8_t> code) {
  VECTOR_ASSERT(block.size() == 2 * kGroupBytes * code.size());
  const LanePlace place(lane);
  const unsigned others = 0xF0u >> place.shift;
  std::uint8_t* at = block.data() + place.byte;
  const auto put = [&](unsigned nibble) {
    *at = static_cast<std::uint8_t>((*at & others) | (nibble << place.shift));
    at += kGroupBytes;
  };
  for (const std::uint8_t bits : code) {
    put(bits & 0x0Fu);
    put(bits >> 4);
  }
}

void UnpackLane(std::span<const std::uint8_t> block, std::size_t lane,
                std::span<std::uint8_t> code) {
  VECTOR_ASSERT(block.size() == 2 * kGroupBytes * code.size());
  const LanePlace place(lane);
  const std::uint8_t* at = block.data() + place.byte;
  const auto take = [&] {
    const unsigned nibble = (*at >> place.shift) & 0x0Fu;
    at += kGroupBytes;
    return nibble;
  };
  for (std::uint8_t& bits : code) {
    const unsigned low = take();
    bits = static_cast<std::uint8_t>(low | (take() << 4));
  }
}

void MoveLane(std::span<const std::uint8_t> from, std::size_t from_lane, std::span<std::uint8_t> to,
              std::size_t to_lane) {
  VECTOR_ASSERT(from.size() == to.size());
  const LanePlace source(from_lane);
  const LanePlace target(to_lane);
  const unsigned others = 0xF0u >> target.shift;
  for (std::size_t group = 0; group < from.size(); group += kGroupBytes) {
    const unsigned nibble = (from[group + source.byte] >> source.shift) & 0x0Fu;
    std::uint8_t& byte = to[group + target.byte];
    byte = static_cast<std::uint8_t>((byte & others) | (nibble << target.shift));
  }
}

// An entry without its group's minimum is the sum of |q_j| over the coordinates whose
// sign the nibble has; so the minimum is -1/2 sum |q_j| and the range sum |q_j|.
void QueryTable::Prepare(std::span<const float> rotated) {
  VECTOR_ASSERT(rotated.size() % 16 == 0);
  const simd::Level level = simd::Active().level;
  const simd::QuantizeKernels& kernels = simd::QuantizeKernelsOf(level);
  const std::size_t groups = rotated.size() / kGroupDims;
  scan_ = simd::FastScanOf(level);
  if (rotated.size() % kKernelDims != 0) {
    padded_.assign((rotated.size() + kKernelDims - 1) / kKernelDims * kKernelDims, 0.0f);
    std::copy(rotated.begin(), rotated.end(), padded_.begin());
    rotated = padded_;
  }
  table_.assign(rotated.size() / kGroupDims * kGroupBytes, 0);

  const simd::GroupSums sums = kernels.sum_groups(rotated.data(), rotated.size());
  const double half = sums.total / 2;
  step_ = sums.widest / 255;
  base_ = static_cast<float>(-half);
  if (step_ >= std::numeric_limits<float>::min() && half <= kGreatestHalf) {
    kernels.tabulate(rotated.data(), rotated.size(), 1 / step_, table_.data());
    max_error_ =
        static_cast<float>(static_cast<double>(groups) * kEntryError * step_ + half * kSumError);
  } else {
    // Zero, or beyond what steps can express: Scan gives 0 for every code.
    step_ = 0;
    base_ = 0;
    max_error_ = half <= kGreatestHalf ? static_cast<float>(half * (1 + kSumError))
                                       : std::numeric_limits<float>::infinity();
  }
  table_.resize(groups * kGroupBytes);
}

void QueryTable::Sum(std::span<const std::uint8_t> block, std::uint32_t (&sums)[kLanes]) const {
  VECTOR_ASSERT(scan_ != nullptr && block.size() == table_.size());
  scan_(block.data(), table_.data(), table_.size() / kGroupBytes, sums);
}

void QueryTable::Scan(std::span<const std::uint8_t> block, float* out) const {
  std::uint32_t sums[kLanes];
  Sum(block, sums);
  const float step = step_;
  const float base = base_;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    // Signed integers, less than 2^24, become floats in one instruction.
    out[lane] = base + step * static_cast<float>(static_cast<std::int32_t>(sums[lane]));
  }
}

}  // namespace vec::quantize
