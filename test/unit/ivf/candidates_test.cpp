#include "vector/ivf/candidates.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::TidOf;

void AddAll(Candidates& candidates, const std::vector<Candidate>& rows) {
  for (const Candidate& row : rows) candidates.Add({&row.distance, 1}, {&row.tid, 1});
}

std::vector<Candidate> RandomCandidates(std::size_t count, std::uint64_t distinct) {
  Random random(count);
  std::vector<Candidate> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back({static_cast<float>(random.Below(distinct)), TidOf(i)});
  }
  return rows;
}

void ExpectAllInOrder(std::size_t count, std::uint64_t distinct, std::size_t capacity) {
  std::vector<Candidate> rows = RandomCandidates(count, distinct);
  Candidates candidates(capacity, std::pmr::get_default_resource());
  AddAll(candidates, rows);
  std::sort(rows.begin(), rows.end());
  for (const Candidate& expected : rows) {
    auto row = candidates.Next();
    if (!row) {
      ASSERT_TRUE(candidates.is_truncated());
      candidates.Restart();
      AddAll(candidates, rows);
      row = candidates.Next();
    }
    ASSERT_TRUE(row.has_value());
    ASSERT_EQ(row->tid, expected.tid);
    ASSERT_EQ(row->distance, expected.distance);
  }
  EXPECT_FALSE(candidates.Next().has_value());
  EXPECT_FALSE(candidates.is_truncated());
}

TEST(Candidates, ComeInOrder) { ExpectAllInOrder(5000, 1000000, 1 << 20); }
TEST(Candidates, ComeInOrderWithTies) { ExpectAllInOrder(5000, 3, 1 << 20); }
TEST(Candidates, ComeCompletelyFromSmallMemory) { ExpectAllInOrder(9001, 1000000, 1024); }
TEST(Candidates, ComeCompletelyFromSmallMemoryWithTies) { ExpectAllInOrder(9001, 2, 1024); }
TEST(Candidates, AllowNone) { ExpectAllInOrder(0, 1, 1024); }

TEST(Candidates, StayWithinCapacity) {
  Candidates candidates(Candidates::kMinCapacity, std::pmr::get_default_resource());
  AddAll(candidates, RandomCandidates(Candidates::kMinCapacity, 10));
  EXPECT_FALSE(candidates.is_truncated());
  AddAll(candidates, {{0.0f, TidOf(70000)}});
  EXPECT_TRUE(candidates.is_truncated());
}

}  // namespace
}  // namespace vec::ivf
