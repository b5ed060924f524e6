#include "vector/simd/fastscan.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "vector/base/random.hpp"

namespace vec::simd {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Sums = std::vector<std::uint32_t>;

std::vector<const Kernels*> AvailableKernels() {
  std::vector<const Kernels*> available;
  for (const Level level : {Level::kBaseline, Level::kAvx2, Level::kAvx512}) {
    if (const Kernels* kernels = Find(level)) available.push_back(kernels);
  }
  return available;
}

Bytes RandomBytes(std::size_t count, Random& random) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Sums Reference(const Bytes& block, const Bytes& table) {
  Sums sums(kFastScanLanes, 0);
  for (std::size_t i = 0; i < block.size(); i += 16) {
    for (std::size_t lane = 0; lane < kFastScanLanes; ++lane) {
      const std::size_t t = lane % 16;
      const std::uint8_t byte = block[i + (t < 8 ? 2 * t : 2 * (t - 8) + 1)];
      sums[lane] += table[i + (lane < 16 ? byte & 15 : byte >> 4)];
    }
  }
  return sums;
}

// At an odd address, with the end of the block and the table at the end of their
// storage, so that the sanitizer sees any access behind them.
Sums Scan(FastScanKernel kernel, const Bytes& block, const Bytes& table) {
  Bytes shifted_block(1);
  Bytes shifted_table(1);
  shifted_block.insert(shifted_block.end(), block.begin(), block.end());
  shifted_table.insert(shifted_table.end(), table.begin(), table.end());
  Sums sums(kFastScanLanes, 0xDEADBEEF);
  kernel(shifted_block.data() + 1, shifted_table.data() + 1, block.size() / 16, sums.data());
  return sums;
}

TEST(FastScan, SumsTheEntriesOfEveryNumberOfGroups) {
  Random random(1);
  for (std::size_t groups = 0; groups <= 260; ++groups) {
    const Bytes block = RandomBytes(16 * groups, random);
    const Bytes table = RandomBytes(16 * groups, random);
    const Sums expected = Reference(block, table);
    for (const Kernels* kernels : AvailableKernels()) {
      EXPECT_EQ(Scan(FastScanOf(kernels->level), block, table), expected)
          << kernels->name << " groups=" << groups;
    }
  }
}

TEST(FastScan, SumsLongCodesExactly) {
  Random random(2);
  for (const std::size_t groups : {511, 512, 513, 1023, 1024, 1025, 2000, 4000}) {
    const Bytes block = RandomBytes(16 * groups, random);
    const Bytes table = RandomBytes(16 * groups, random);
    const Sums expected = Reference(block, table);
    for (const Kernels* kernels : AvailableKernels()) {
      EXPECT_EQ(Scan(FastScanOf(kernels->level), block, table), expected)
          << kernels->name << " groups=" << groups;
    }
  }
}

TEST(FastScan, DoesNotOverflowWithTheGreatestEntries) {
  Random random(3);
  for (const std::size_t groups : {255, 256, 257, 258, 300, 514, 516, 1028, 1032, 4000}) {
    const Bytes block = RandomBytes(16 * groups, random);
    const Bytes table(16 * groups, 255);
    const Sums expected(kFastScanLanes, static_cast<std::uint32_t>(255 * groups));
    for (const Kernels* kernels : AvailableKernels()) {
      EXPECT_EQ(Scan(FastScanOf(kernels->level), block, table), expected)
          << kernels->name << " groups=" << groups;
    }
  }
}

TEST(FastScan, KeepsTheLanesApart) {
  constexpr std::size_t kGroups = 4000;
  for (std::size_t loud = 0; loud < kFastScanLanes; ++loud) {
    Bytes block(16 * kGroups, 0);
    Bytes table(16 * kGroups, 0);
    Sums expected(kFastScanLanes, 0);
    expected[loud] = 255 * kGroups;
    const std::size_t byte = 2 * (loud % 8) + loud / 8 % 2;
    for (std::size_t g = 0; g < kGroups; ++g) {
      block[16 * g + byte] = loud < 16 ? 0x0F : 0xF0;
      table[16 * g + 15] = 255;
    }
    for (const Kernels* kernels : AvailableKernels()) {
      EXPECT_EQ(Scan(FastScanOf(kernels->level), block, table), expected)
          << kernels->name << " lane=" << loud;
    }
  }
}

}  // namespace
}  // namespace vec::simd
