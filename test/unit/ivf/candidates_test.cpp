#include "vector/ivf/plain_lists.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::TidOf;

using Rows = std::vector<PlainCandidate>;

void AddAll(Candidates<PlainCandidate>& candidates, const Rows& rows) {
  for (const PlainCandidate& row : rows) candidates.Add(row);
}

Rows RandomCandidates(std::size_t count, std::uint64_t distinct) {
  Random random(count);
  Rows rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back({static_cast<float>(random.Below(distinct)), TidOf(i)});
  }
  return rows;
}

void ExpectAllInOrder(std::size_t count, std::uint64_t distinct, std::size_t capacity,
                      bool keeps_few = false) {
  Rows rows = RandomCandidates(count, distinct);
  Candidates<PlainCandidate> candidates(capacity * sizeof(PlainCandidate),
                                        std::pmr::get_default_resource());
  if (keeps_few) candidates.KeepFew(0);
  AddAll(candidates, rows);
  std::sort(rows.begin(), rows.end());
  for (const PlainCandidate& expected : rows) {
    if (candidates.Peek() == nullptr) {
      ASSERT_TRUE(candidates.is_truncated());
      candidates.Restart();
      AddAll(candidates, rows);
    }
    const PlainCandidate* row = candidates.Peek();
    ASSERT_NE(row, nullptr);
    ASSERT_EQ(row->tid, expected.tid);
    ASSERT_EQ(row->distance, expected.distance);
    candidates.Pop();
  }
  EXPECT_EQ(candidates.Peek(), nullptr);
  EXPECT_FALSE(candidates.is_truncated());
}

TEST(Candidates, ComeInOrder) { ExpectAllInOrder(5000, 1000000, 1 << 20); }
TEST(Candidates, ComeInOrderWithTies) { ExpectAllInOrder(5000, 3, 1 << 20); }
TEST(Candidates, ComeCompletelyFromSmallMemory) { ExpectAllInOrder(9001, 1000000, 1024); }
TEST(Candidates, ComeCompletelyFromSmallMemoryWithTies) { ExpectAllInOrder(9001, 2, 1024); }
TEST(Candidates, ComeCompletelyFromFew) { ExpectAllInOrder(90001, 1000000, 1 << 20, true); }
TEST(Candidates, ComeCompletelyFromFewWithTies) { ExpectAllInOrder(90001, 2, 1 << 20, true); }
TEST(Candidates, AllowNone) { ExpectAllInOrder(0, 1, 1024); }

TEST(Candidates, ComeInOrderWhereASampleIsFarOff) {
  // All that a sample of every 128th row sees is one distance, near or far.
  for (const float seen : {0.0f, 1e6f}) {
    Candidates<PlainCandidate> candidates(1 << 20, std::pmr::get_default_resource());
    Rows rows;
    for (std::size_t i = 0; i < 64 * 128; ++i) {
      rows.push_back({i % 128 == 0 ? seen : static_cast<float>(i * 7919 % 8191), TidOf(i)});
    }
    AddAll(candidates, rows);
    std::sort(rows.begin(), rows.end());
    for (const PlainCandidate& expected : rows) {
      ASSERT_NE(candidates.Peek(), nullptr);
      ASSERT_EQ(candidates.Peek()->tid, expected.tid);
      candidates.Pop();
    }
  }
}

TEST(Candidates, KnowWhatComesNext) {
  Candidates<PlainCandidate> candidates(1 << 20, std::pmr::get_default_resource());
  AddAll(candidates, RandomCandidates(500, 1000000));
  std::vector<HeapTid> next(20);
  EXPECT_EQ(candidates.Likely(std::span<HeapTid>(next)), 0u);
  ASSERT_NE(candidates.Peek(), nullptr);
  ASSERT_EQ(candidates.Likely(std::span<HeapTid>(next)), next.size());
  for (const HeapTid tid : next) {
    ASSERT_EQ(candidates.Peek()->tid, tid);
    candidates.Pop();
  }
}

TEST(Candidates, StayWithinCapacity) {
  constexpr std::size_t kCapacity = Candidates<PlainCandidate>::kMinCapacity;
  Candidates<PlainCandidate> candidates(0, std::pmr::get_default_resource());
  AddAll(candidates, RandomCandidates(kCapacity, 10));
  EXPECT_FALSE(candidates.is_truncated());
  candidates.Add({0.0f, TidOf(70000)});
  EXPECT_TRUE(candidates.is_truncated());
}

TEST(Candidates, KeepMoreOfFewWithEveryRestart) {
  constexpr std::size_t kFew = Candidates<PlainCandidate>::kFew;
  const Rows rows = RandomCandidates(20 * kFew, 1000000);
  Candidates<PlainCandidate> candidates(1 << 20, std::pmr::get_default_resource());
  candidates.KeepFew(0);
  std::size_t kept[3] = {};
  for (std::size_t& n : kept) {
    AddAll(candidates, rows);
    for (; candidates.Peek() != nullptr; ++n) candidates.Pop();
    if (candidates.is_truncated()) candidates.Restart();
  }
  EXPECT_LE(kept[0], kFew);
  EXPECT_GT(kept[1], kFew);
  EXPECT_EQ(kept[0] + kept[1] + kept[2], rows.size());
}

TEST(Candidates, KeepSeveralTimesWhatIsExpected) {
  const Rows rows = RandomCandidates(20000, 1000000);
  for (const std::size_t expected : {100u, 1000u, 4000u}) {
    Candidates<PlainCandidate> candidates(1 << 20, std::pmr::get_default_resource());
    candidates.KeepFew(expected);
    AddAll(candidates, rows);
    std::size_t kept = 0;
    for (; candidates.Peek() != nullptr; ++kept) candidates.Pop();
    EXPECT_GT(kept, expected);
    EXPECT_LE(kept, std::max(Candidates<PlainCandidate>::kFew, 8 * expected));
  }
}

TEST(Candidates, TellWhichKeysAreWanted) {
  Candidates<PlainCandidate> candidates(1 << 20, std::pmr::get_default_resource());
  candidates.KeepFew(0);
  EXPECT_TRUE(candidates.Wants(std::numeric_limits<float>::infinity()));
  Rows rows = RandomCandidates(5000, 1000000);
  AddAll(candidates, rows);
  ASSERT_TRUE(candidates.is_truncated());
  std::sort(rows.begin(), rows.end());
  EXPECT_TRUE(candidates.Wants(rows.front().distance));
  EXPECT_FALSE(candidates.Wants(rows.back().distance));
  candidates.Clear();
  EXPECT_TRUE(candidates.Wants(rows.back().distance));
}

}  // namespace
}  // namespace vec::ivf
