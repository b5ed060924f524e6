#include "vector/hnsw/half_row.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <cmath>

#include "vector/base/assert.hpp"
#include "vector/hnsw/row_hash.hpp"

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

// Whether what was rounded off looks like independent numbers of about one size: not of one
// sign, not that of a few coordinates, not repeated.
bool IsRoundedByChance(std::span<const float> values, std::span<const std::byte> row) {
  constexpr std::size_t kSample = 256;
  constexpr double kMostSum = 5;        // in standard deviations
  constexpr double kMostKurtosis = 12;  // that of Gaussian coordinates is 5.4
  const Half* halves = HalfRowHalves(row.data());
  const float scale = HalfRowScale(row.data());
  const std::size_t sample = std::min(values.size(), kSample);
  std::bitset<4 * kSample> seen;
  double sum = 0;
  double squares = 0;
  double fourths = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float rest = (values[i] - ToFloat(halves[i]) * scale) / scale;
    if (i < sample) seen.set(std::bit_cast<std::uint32_t>(rest) * 2654435761u >> 22);
    const double square = static_cast<double>(rest) * static_cast<double>(rest);
    sum += static_cast<double>(rest);
    squares += square;
    fourths += square * square;
  }
  if (squares == 0) return true;
  return sum * sum <= kMostSum * kMostSum * squares &&
         fourths * static_cast<double>(values.size()) <= kMostKurtosis * squares * squares &&
         2 * seen.count() >= sample;
}

}  // namespace

void EncodeHalfRow(std::span<const float> values, std::span<std::byte> out) {
  EncodeHalfRow(values, 0, out);
  const auto hash = static_cast<std::uint32_t>(HashRow(values)) & ~1u;
  const std::uint32_t origin = hash | (IsRoundedByChance(values, out) ? 0u : 1u);
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
  const float scale = HalfRowScale(row.data());
  Widen(std::span<const Half>(HalfRowHalves(row.data()), out.size()), out);
  for (float& x : out) x *= scale;
}

bool IsSameHalfRow(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && HalfRowScale(a.data()) == HalfRowScale(b.data()) &&
         std::ranges::equal(a.subspan(kHalfRowHead), b.subspan(kHalfRowHead));
}

}  // namespace vec::hnsw
