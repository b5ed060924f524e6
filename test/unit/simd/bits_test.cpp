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

void ExpectRowsAsPairs(Level level, std::size_t bytes, std::size_t count, bool is_downwards) {
  SCOPED_TRACE("level " + std::to_string(static_cast<int>(level)) +
               " bytes=" + std::to_string(bytes) + " count=" + std::to_string(count));
  Random random(bytes * 31 + count);
  const Bytes query(bytes, [&] { return random.Below(256); });
  const Bytes rows(bytes * count, [&] { return random.Below(256); });
  const std::uint8_t* const last = rows.data() + (count > 0 ? (count - 1) * bytes : 0);
  const std::uint8_t* const first = is_downwards ? last : rows.data();
  const auto stride = static_cast<std::ptrdiff_t>(bytes) * (is_downwards ? -1 : 1);
  const BitKernels& kernels = BitKernelsOf(level);
  std::vector<float> hamming(count, -1.0f), jaccard(count, -1.0f);
  kernels.hamming_rows(query.data(), first, stride, count, bytes, hamming.data());
  kernels.jaccard_rows(query.data(), first, stride, count, bytes, jaccard.data());
  const BitKernels& plain = BitKernelsOf(Level::kBaseline);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* row = first + static_cast<std::ptrdiff_t>(i) * stride;
    EXPECT_EQ(hamming[i], static_cast<float>(plain.hamming(query.data(), row, bytes)));
    const BitCounts counts = plain.jaccard(query.data(), row, bytes);
    EXPECT_EQ(jaccard[i], JaccardDistance(counts.shared, counts.combined));
  }
}

TEST(BitKernels, ScoreRowsAsPairs) {
  for (const Level level : AvailableLevels()) {
    for (std::size_t bytes = 0; bytes <= 140; ++bytes) ExpectRowsAsPairs(level, bytes, 7, false);
    for (std::size_t count = 0; count <= 21; ++count) {
      for (const std::size_t bytes : {8u, 16u, 32u, 128u, 512u}) {
        ExpectRowsAsPairs(level, bytes, count, false);
        ExpectRowsAsPairs(level, bytes, count, true);
      }
    }
  }
}

TEST(BitKernels, FindNothingSharedFarthest) {
  EXPECT_EQ(JaccardDistance(0, 0), 1.0f);
  EXPECT_EQ(JaccardDistance(0, 7), 1.0f);
  EXPECT_EQ(JaccardDistance(1, 4), 0.75f);
}

}  // namespace
}  // namespace vec::simd
