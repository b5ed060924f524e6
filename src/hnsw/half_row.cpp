#include "vector/hnsw/half_row.hpp"

#include <algorithm>
#include <cmath>

#include "vector/base/assert.hpp"
#include "vector/hnsw/row_hash.hpp"
#include "vector/simd/half.hpp"

namespace vec::hnsw {

namespace {

// Within these the greatest coordinate needs no scale: smaller ones lose less than
// 2^-16 of it to the end of binary16's range.
constexpr float kLeastUnscaled = 0x1.0p-8f;
constexpr float kGreatestUnscaled = 0x1.0p15f;

// Brings the greatest coordinate to [2^14, 2^15).
float ScaleFor(float greatest) {
  if (greatest == 0 || (greatest >= kLeastUnscaled && greatest < kGreatestUnscaled)) return 1;
  int exponent = 0;
  (void)std::frexp(greatest, &exponent);
  return std::ldexp(1.0f, std::max(exponent - 15, -126));
}

// See the layout.
std::uint32_t RoundingOf(std::span<const float> values, std::span<const std::byte> row) {
  constexpr std::size_t kBlock = 256;
  const simd::Kernels& kernels = simd::Active();
  const auto widen = simd::HalfKernelsOf(kernels.level).widen;
  float moved = 0;
  float norm = 0;
  for (std::size_t i = 0; i < values.size(); i += kBlock) {
    const std::size_t n = std::min(kBlock, values.size() - i);
    float rounded[kBlock];
    widen(HalfRowHalves(row.data()) + i, HalfRowScale(row.data()), n, rounded);
    moved += kernels.l2_squared(values.data() + i, rounded, n);
    norm += kernels.inner_product(rounded, rounded, n);
  }
  if (moved == 0) return 1;
  constexpr float kComputed = 1.001f;
  const float share = kComputed * std::sqrt(moved / norm) / MostHalfRounding(values.size());
  return share <= 1 ? 1 + static_cast<std::uint32_t>(std::ceil(share * 254)) : 0;
}

}  // namespace

void EncodeHalfRow(std::span<const float> values, std::span<std::byte> out) {
  EncodeHalfRow(values, 0, out);
  const auto hash = static_cast<std::uint32_t>(HashRow(std::as_bytes(values)) >> 32) >> 8;
  const std::uint32_t origin = std::max(hash, 1u) << 8 | RoundingOf(values, out);
  std::memcpy(out.data() + sizeof(float), &origin, sizeof(origin));
}

void EncodeHalfRow(std::span<const float> values, std::uint32_t origin, std::span<std::byte> out) {
  VECTOR_ASSERT(out.size() == HalfRowBytes(values.size()));
  float greatest = 0;
  for (const float x : values) greatest = std::max(greatest, std::fabs(x));
  const float scale = ScaleFor(greatest);
  std::memcpy(out.data(), &scale, sizeof(scale));
  std::memcpy(out.data() + sizeof(scale), &origin, sizeof(origin));
  auto* halves = reinterpret_cast<Half*>(out.data() + kHalfRowHead);
  for (std::size_t i = 0; i < values.size(); ++i) halves[i] = ToHalf(values[i] / scale);
}

void DecodeHalfRow(std::span<const std::byte> row, std::span<float> out) {
  VECTOR_ASSERT(row.size() == HalfRowBytes(out.size()));
  simd::HalfKernelsOf(simd::Active().level)
      .widen(HalfRowHalves(row.data()), HalfRowScale(row.data()), out.size(), out.data());
}

bool IsSameHalfRow(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && HalfRowScale(a.data()) == HalfRowScale(b.data()) &&
         std::ranges::equal(a.subspan(kHalfRowHead), b.subspan(kHalfRowHead));
}

}  // namespace vec::hnsw
