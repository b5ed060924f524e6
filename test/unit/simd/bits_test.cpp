#include "vector/simd/bits.hpp"

#include <bit>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "vector/base/random.hpp"

namespace vec::simd {
namespace {

std::vector<Level> AvailableLevels() {
  std::vector<Level> levels;
  for (const Level level : {Level::kBaseline, Level::kAvx2, Level::kAvx512}) {
    if (Find(level) != nullptr) levels.push_back(level);
  }
  return levels;
}

// n bytes that end with their heap block, at an odd address.
class Bytes {
 public:
  template <class F>
  Bytes(std::size_t n, F value) : storage_(n + 1) {
    for (std::size_t i = 0; i < n; ++i) storage_[i + 1] = static_cast<std::uint8_t>(value());
  }
  const std::uint8_t* data() const { return storage_.data() + 1; }
  std::uint8_t operator[](std::size_t i) const { return storage_[i + 1]; }

 private:
  std::vector<std::uint8_t> storage_;
};

void ExpectExact(Level level, const Bytes& a, const Bytes& b, std::size_t n) {
  SCOPED_TRACE("level " + std::to_string(static_cast<int>(level)) + " n=" + std::to_string(n));
  std::uint64_t different = 0, shared = 0, combined = 0;
  const auto count = [](int byte) { return std::popcount(static_cast<unsigned>(byte)); };
  for (std::size_t i = 0; i < n; ++i) {
    different += static_cast<std::uint64_t>(count(a[i] ^ b[i]));
    shared += static_cast<std::uint64_t>(count(a[i] & b[i]));
    combined += static_cast<std::uint64_t>(count(a[i] | b[i]));
  }
  const BitKernels& kernels = BitKernelsOf(level);
  EXPECT_EQ(kernels.hamming(a.data(), b.data(), n), different);
  EXPECT_EQ(kernels.jaccard(a.data(), b.data(), n).shared, shared);
  EXPECT_EQ(kernels.jaccard(a.data(), b.data(), n).combined, combined);
}

TEST(BitKernels, CountEveryLength) {
  for (const Level level : AvailableLevels()) {
    Random random(1);
    for (std::size_t n = 0; n <= 67 * 4; ++n) {
      const Bytes a(n, [&] { return random.Below(256); });
      const Bytes b(n, [&] { return random.Below(256); });
      ExpectExact(level, a, b, n);
    }
  }
}

TEST(BitKernels, CountMoreThanAByteOrAWordOfOnes) {
  for (const Level level : AvailableLevels()) {
    for (const std::size_t n : {2000u, 8000u, 100'001u}) {
      const Bytes ones(n, [] { return 0xFF; });
      const Bytes zeros(n, [] { return 0; });
      ExpectExact(level, ones, zeros, n);
      ExpectExact(level, ones, ones, n);
    }
  }
}

TEST(BitKernels, CountEveryByte) {
  for (const Level level : AvailableLevels()) {
    int value = 0;
    const Bytes a(256, [&] { return value++; });
    const Bytes b(256, [] { return 0x5A; });
    ExpectExact(level, a, b, 256);
  }
}

}  // namespace
}  // namespace vec::simd
