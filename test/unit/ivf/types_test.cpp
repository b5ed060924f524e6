// Every element type, size and place of vectors: building, searching, inserting, vacuum.
#include <gtest/gtest.h>

#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::Fault;
using test::Index;
using test::Row;
using test::StoredRow;
using test::TidOf;

struct Kind {
  const char* name;
  BuildParams params;
  std::size_t dims;
};

constexpr auto kHalf = ElementType::kFloat16;
constexpr auto kBits = ElementType::kBit;

const Kind kKinds[] = {
    {"HalfL2", {.type = kHalf, .metric = Metric::kL2}, 33},
    {"HalfL1", {.type = kHalf, .metric = Metric::kL1}, 100},
    {"HalfInnerProduct", {.type = kHalf, .metric = Metric::kInnerProduct}, 100},
    {"HalfCodes", {.type = kHalf, .metric = Metric::kL2, .codec = Codec::kRabitq}, 100},
    {"HalfCodesOfProducts",
     {.type = kHalf, .metric = Metric::kInnerProduct, .codec = Codec::kRabitq},
     100},
    {"HalfCodeRows", {.type = kHalf, .metric = Metric::kL2, .codec = Codec::kRabitq}, 2100},
    {"CodeRows", {.codec = Codec::kRabitq}, 1900},
    {"Heap", {.codec = Codec::kRabitq, .vectors = Vectors::kHeap}, 100},
    {"HeapOfProducts",
     {.metric = Metric::kInnerProduct, .codec = Codec::kRabitq, .vectors = Vectors::kHeap},
     100},
    {"HeapAndCodeRows", {.codec = Codec::kRabitq, .vectors = Vectors::kHeap}, 2100},
    {"HeapWithoutCodes", {.metric = Metric::kL1, .vectors = Vectors::kHeap}, 2500},
    {"HalfHeap",
     {.type = kHalf, .metric = Metric::kL2, .codec = Codec::kRabitq, .vectors = Vectors::kHeap},
     4500},
    {"Hamming", {.type = kBits, .metric = Metric::kHamming}, 130},
    {"Jaccard", {.type = kBits, .metric = Metric::kJaccard}, 130},
    {"LongBits", {.type = kBits, .metric = Metric::kHamming}, 64000},
};

float DistanceOf(const Kind& kind, const Row& a, const Row& b) {
  if (!IsBits(kind.params.type)) return test::DistanceOf(kind.params.metric, a, b);
  float different = 0, shared = 0, combined = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool x = a[i] > 0, y = b[i] > 0;
    different += static_cast<float>(x != y);
    shared += static_cast<float>(x && y);
    combined += static_cast<float>(x || y);
  }
  if (kind.params.metric == Metric::kHamming) return different;
  return shared == 0 ? 1.0f : static_cast<float>(1.0 - static_cast<double>(shared) / combined);
}

class EveryKind : public testing::TestWithParam<Kind> {
 protected:
  std::vector<Row> Rows(std::size_t count, std::uint64_t seed) const {
    return test::RandomRows(count, GetParam().dims, seed);
  }

  // Few rows where they are long.
  std::size_t count_ = GetParam().dims > 10000 ? 60 : GetParam().dims > 1000 ? 150 : 900;
};

constexpr SearchParams kAllLists{.probes = 4, .max_probes = 4};
constexpr SearchParams kAllByCodes{.probes = 3, .max_probes = 4};

std::vector<HeapTid> Sorted(std::vector<HeapTid> tids) {
  std::sort(tids.begin(), tids.end());
  return tids;
}

TEST_P(EveryKind, SearchOfAllListsIsExact) {
  const auto rows = Rows(count_, 1);
  Index index(GetParam().params, rows, 4);
  EXPECT_EQ(index.Check().rows, rows.size());
  for (const Row& query : Rows(3, 2)) {
    const auto found = index.Search(query, kAllLists);
    ASSERT_EQ(found.size(), rows.size());
    std::vector<std::pair<float, HeapTid>> expected;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      expected.emplace_back(DistanceOf(GetParam(), query, rows[i]), TidOf(i));
    }
    std::sort(expected.begin(), expected.end());
    for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], expected[i].second) << i;
  }
}

TEST_P(EveryKind, EveryRowComesOnceWithLittleMemory) {
  const auto rows = Rows(count_, 3);
  Index index(GetParam().params, rows, 4);
  for (SearchParams params : {kAllLists, kAllByCodes}) {
    params.memory_bytes = 0;
    const auto found = Sorted(index.Search(rows[5], params));
    EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
    EXPECT_EQ(found.size(), rows.size());
    EXPECT_EQ(index.Search({}, params).size(), rows.size());
  }
  EXPECT_FALSE(index.store.checked_under_lock);
}

TEST_P(EveryKind, InsertedRowsAreFound) {
  Index index(GetParam().params, Rows(count_, 4), 4);
  const auto more = Rows(count_ / 3, 5);
  for (std::size_t i = 0; i < more.size(); ++i) index.Insert(10000 + i, more[i]);
  EXPECT_EQ(index.Check().rows, count_ + more.size());
  if (GetParam().params.metric == Metric::kInnerProduct) return;  // none is its own nearest
  for (std::size_t i = 0; i < more.size(); i += 17) {
    EXPECT_EQ(index.Search(more[i], {.probes = 1, .max_probes = 1}, 1).front(), TidOf(10000 + i));
  }
}

TEST_P(EveryKind, FillsAnEmptyIndex) {
  BuildParams params = GetParam().params;
  params.dims = static_cast<std::uint32_t>(GetParam().dims);
  std::vector<float> centroid(TrainingFloats(params.type, params.metric, params.dims), 0.0f);
  test::MemoryStore store;
  const Meta meta =
      Builder<test::MemoryStore>(store, params, centroid, std::pmr::get_default_resource())
          .Finish();
  const auto rows = Rows(count_, 6);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const StoredRow row(params.type, rows[i]);
    Insert(store, meta, TidOf(i), row.view(), std::pmr::get_default_resource());
  }
  EXPECT_EQ(test::CheckIvf(store).rows, rows.size());
}

TEST_P(EveryKind, VacuumMakesRoomForOthers) {
  const auto rows = Rows(count_, 7);
  Index index(GetParam().params, rows, 4);
  const BlockId before = index.store.BlockCount();
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (TidOf(i).offset % 3 == 0) dead.insert(TidOf(i));
  }
  for (int round = 0; round < 3; ++round) {
    const auto counts = index.Vacuum(dead);
    EXPECT_GT(counts.removed, rows.size() / 4);
    EXPECT_EQ(index.Check().rows, counts.remaining);
    for (const HeapTid tid : index.Search(rows[0], kAllByCodes)) ASSERT_NE(tid.offset % 3, 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (TidOf(i).offset % 3 == 0) index.Insert(i, rows[i]);
    }
    EXPECT_EQ(index.Check().rows, rows.size());
  }
  EXPECT_LE(index.store.BlockCount(), before + 8);
}

TEST_P(EveryKind, FaultAtAnyStepLeavesAValidIndex) {
  const auto rows = Rows(40, 8);
  for (std::size_t step = 1; step < 60; step += 1 + step / 20) {
    Index index(GetParam().params, rows, 1);
    index.store.FailAtStep(step);
    std::size_t inserted = 0;
    try {
      for (; inserted < 6; ++inserted) index.Insert(100 + inserted, rows[inserted]);
    } catch (const Fault&) {
    }
    index.store.FailAtStep(0);
    ASSERT_EQ(index.Check().rows, rows.size() + inserted) << step;
  }
}

// Whatever the pages hold, a search ends with an answer or a clear error.
TEST_P(EveryKind, FlippedBytesNeverCrash) {
  const auto rows = Rows(40, 9);
  Index index(GetParam().params, rows, 2);
  Random random(10);
  for (int i = 0; i < 600; ++i) {
    const auto block = static_cast<BlockId>(1 + random.Below(index.store.BlockCount() - 1));
    const std::size_t at = i % 2 == 0 ? random.Below(1000) : 8100 + random.Below(92);
    std::byte* page = index.store.Corrupt(block);
    const std::byte before = page[at];
    page[at] ^= static_cast<std::byte>(1 + random.Below(255));
    try {
      index.Search(rows[0], {.probes = 1, .max_probes = 2});
      index.Search(rows[0], {.probes = 2, .max_probes = 2});
      index.Insert(500, rows[1]);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
    } catch (const std::out_of_range&) {  // a block behind the end of the file
    }
    index.store.Corrupt(block)[at] = before;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind, testing::ValuesIn(kKinds),
                         [](const auto& kind) { return kind.param.name; });

TEST(HeapVectors, RowsThatTheScanDoesNotSeeAreLeftOut) {
  const auto rows = test::RandomRows(500, 64, 11);
  Index index({.codec = Codec::kRabitq, .vectors = Vectors::kHeap}, rows, 4);
  for (std::size_t i = 0; i < rows.size(); i += 2) index.heap.rows.erase(TidOf(i));
  EXPECT_EQ(index.Search(rows[1], kAllLists).size(), 250u);
  EXPECT_EQ(index.Search(rows[1], {.probes = 3, .max_probes = 4, .memory_bytes = 0}).size(), 250u);
}

TEST(HeapVectors, OnlyTheNearestAreRead) {
  const auto rows = test::ClusteredRows(4000, 128, 20, 12);
  Index index({.codec = Codec::kRabitq, .vectors = Vectors::kHeap}, rows, 10);
  index.heap.reads = 0;
  EXPECT_EQ(index.Search(rows[7], {.probes = 9, .max_probes = 9}, 10).front(), TidOf(7));
  EXPECT_LT(index.heap.reads, 400u);  // little more than the rows of its cluster
}

TEST(HeapVectors, RowsOfAnotherLengthAreRefused) {
  const auto rows = test::RandomRows(50, 64, 13);
  Index index({.codec = Codec::kRabitq, .vectors = Vectors::kHeap}, rows, 1);
  for (auto& [tid, row] : index.heap.rows) row.pop_back();
  EXPECT_THROW(index.Search(rows[0], kAllLists), Error);
}

}  // namespace
}  // namespace vec::ivf
