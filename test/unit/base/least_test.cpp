#include "vector/base/least.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "vector/base/random.hpp"

namespace vec {
namespace {

std::vector<int> RandomRows(std::size_t count, std::uint64_t distinct) {
  Random random(count + distinct);
  std::vector<int> rows(count);
  for (int& row : rows) row = static_cast<int>(random.Below(distinct));
  return rows;
}

TEST(MoveLessToFront, SplitsRowsByThePivot) {
  for (const std::size_t count : {0u, 1u, 255u, 256u, 257u, 3000u}) {
    const std::vector<int> rows = RandomRows(count, 100);
    for (const int pivot : {0, 1, 50, 100}) {
      std::vector<int> moved = rows;
      const auto less = static_cast<std::ptrdiff_t>(MoveLessToFront(std::span(moved), pivot));
      EXPECT_EQ(less, std::count_if(rows.begin(), rows.end(), [&](int r) { return r < pivot; }));
      EXPECT_TRUE(
          std::all_of(moved.begin(), moved.begin() + less, [&](int r) { return r < pivot; }));
      EXPECT_TRUE(std::is_permutation(moved.begin(), moved.end(), rows.begin()));
    }
  }
}

TEST(PivotOf, IsNearItsRank) {
  std::vector<int> rows(6400);
  std::iota(rows.begin(), rows.end(), 0);
  EXPECT_EQ(PivotOf(std::span<const int>(rows), 0), 0);
  EXPECT_EQ(PivotOf(std::span<const int>(rows), 32), 3200);
  EXPECT_EQ(PivotOf(std::span<const int>(rows), 1000), 6300);
}

void ExpectLeastInFront(const std::vector<int>& rows, std::size_t wanted) {
  std::vector<int> moved = rows;
  MoveLeastToFront(std::span(moved), wanted);
  std::vector<int> sorted = rows;
  std::sort(sorted.begin(), sorted.end());
  const auto end = static_cast<std::ptrdiff_t>(wanted);
  std::sort(moved.begin(), moved.begin() + end);
  EXPECT_TRUE(std::equal(moved.begin(), moved.begin() + end, sorted.begin()))
      << wanted << " of " << rows.size();
  std::sort(moved.begin(), moved.end());
  EXPECT_EQ(moved, sorted);
}

TEST(MoveLeastToFront, MovesExactlyThose) {
  for (const std::size_t count : {0u, 1u, 2u, 127u, 128u, 129u, 1000u, 10000u}) {
    for (const std::uint64_t distinct : {1u, 3u, 1000000u}) {
      const std::vector<int> rows = RandomRows(count, distinct);
      for (const std::size_t wanted : {std::size_t{0}, std::size_t{1}, std::size_t{10}, count / 3,
                                       count / 2, count - count / 8, count}) {
        if (wanted <= count) ExpectLeastInFront(rows, wanted);
      }
    }
  }
}

TEST(MoveLeastToFront, DoesNotNeedAGoodSample) {
  for (const int seen : {0, 1000000}) {
    std::vector<int> rows;
    for (int i = 0; i < 64 * 128; ++i) rows.push_back(i % 128 == 0 ? seen : i * 7919 % 8191);
    for (const std::size_t wanted : {1u, 64u, 65u, 1000u}) ExpectLeastInFront(rows, wanted);
  }
}

}  // namespace
}  // namespace vec
