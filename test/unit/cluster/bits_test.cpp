#include "vector/cluster/bits.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <set>

#include "vector/base/random.hpp"

namespace vec::cluster {
namespace {

using Words = std::vector<std::uint32_t>;

std::vector<float> AsFloats(const Words& words) {
  std::vector<float> floats(words.size());
  std::memcpy(floats.data(), words.data(), words.size() * sizeof(float));
  return floats;
}

Words RandomWords(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Words words(count);
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random());
  return words;
}

// Copies of `centers` in which one bit of 16 is flipped.
Words Noisy(const Words& centers, std::size_t words, std::size_t copies, std::uint64_t seed) {
  Random random(seed);
  Words rows;
  for (std::size_t i = 0; i < copies; ++i) {
    const std::size_t first = i * words % centers.size();
    for (std::size_t w = 0; w < words; ++w) {
      rows.push_back(centers[first + w] ^ (1u << random.Below(32)) ^ (1u << random.Below(32)));
    }
  }
  return rows;
}

std::vector<float> Train(const Words& rows, std::size_t words, std::size_t k,
                         BitMetric metric = BitMetric::kHamming) {
  const std::vector<float> floats = AsFloats(rows);
  MemoryRows source(floats, words);
  const auto made = TrainBits(source, {.metric = metric, .centroids = k});
  return {made.begin(), made.end()};
}

TEST(BitDistance, CountsBits) {
  const auto a = AsFloats({0xFFu, 0}), b = AsFloats({0x0Fu, 1}), zero = AsFloats({0, 0});
  EXPECT_EQ(BitDistance(BitMetric::kHamming)(a.data(), b.data(), 2), 5.0f);
  EXPECT_EQ(BitDistance(BitMetric::kJaccard)(a.data(), b.data(), 2), 1.0f - 4.0f / 9.0f);
  EXPECT_EQ(BitDistance(BitMetric::kJaccard)(zero.data(), zero.data(), 2), 1.0f);
}

TEST(TrainBits, FindsTheCentersOfClusters) {
  constexpr std::size_t kWords = 8, kClusters = 6;
  const Words centers = RandomWords(kWords * kClusters, 1);
  const auto made = Train(Noisy(centers, kWords, 600, 2), kWords, 3 * kClusters);
  const auto expected = AsFloats(centers);
  const BitAssigner assigner(BitMetric::kHamming, made, kWords);
  std::set<std::uint32_t> found;
  for (std::size_t i = 0; i < kClusters; ++i) {
    const NearestBits nearest = assigner.Nearest(&expected[i * kWords]);
    EXPECT_LE(nearest.distance, 8.0f);  // rows are 16 away
    found.insert(nearest.centroid);
  }
  EXPECT_EQ(found.size(), kClusters);
}

// The majority of sparse rows has no bit at all: by Jaccard nothing would be near it.
TEST(TrainBits, JaccardCentroidsAreAsDenseAsTheirRows) {
  constexpr std::size_t kWords = 32;
  Random random(3);
  Words rows;
  for (int i = 0; i < 200; ++i) {
    Words row(kWords);
    for (int bit = 0; bit < 30; ++bit) {
      const std::size_t at = random.Below(kWords * 4);  // of the first words mostly
      row[at / 32] |= 1u << (at % 32);
    }
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const auto made = Train(rows, kWords, 1, BitMetric::kJaccard);
  int bits = 0;
  for (const float word : made) bits += std::popcount(std::bit_cast<std::uint32_t>(word));
  EXPECT_GE(bits, 20);
  EXPECT_LE(bits, 60);
}

TEST(TrainBits, MakesAsManyAsThereAreRowsAtMost) {
  const Words rows = RandomWords(4 * 10, 4);
  EXPECT_EQ(Train(rows, 4, 100).size(), 4u * 10);
  EXPECT_EQ(Train(rows, 4, 3).size(), 4u * 3);
}

TEST(TrainBits, TwoLevelsMakeAllCentroids) {
  const Words rows = RandomWords(2 * 3000, 5);
  for (const std::size_t k : {257u, 1000u, 2999u, 3000u}) {
    EXPECT_GE(Train(rows, 2, k).size(), 2 * k * 9 / 10);  // some may be alike
  }
}

TEST(TrainBits, EqualRowsAreNoTrouble) {
  const Words rows(3 * 500, 0xABCDu);
  EXPECT_EQ(Train(rows, 3, 20).size(), 3u);
  EXPECT_EQ(Train(rows, 3, 400).size(), 3u);
}

TEST(TrainBits, SameSeedSameResult) {
  const Words rows = RandomWords(4 * 700, 6);
  const auto first = Train(rows, 4, 300), second = Train(rows, 4, 300);
  ASSERT_EQ(first.size(), second.size());
  EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace vec::cluster
