#include "vector/ivf/live_tids.hpp"

#include <gtest/gtest.h>

#include "support/ivf_fixture.hpp"
#include "support/live_tids.hpp"

namespace vec::ivf {
namespace {

using test::CollectingSink;
using test::Index;
using test::LiveTids;
using test::MemoryStore;
using test::RandomRows;

std::vector<HeapTid> CheckedTids(Index& index) {
  CollectingSink sink;
  Checker<MemoryStore, CollectingSink>(index.store, sink, &index.heap,
                                       std::pmr::get_default_resource())
      .Run();
  std::ranges::sort(sink.tids);
  return sink.tids;
}

TEST(IvfLiveTids, AreThoseOfTheLists) {
  constexpr auto kCodes = Codec::kRabitq;
  const BuildParams kinds[] = {{.metric = Metric::kL2},
                               {.metric = Metric::kL2, .codec = kCodes},
                               {.metric = Metric::kL2, .codec = kCodes, .vectors = Vectors::kHeap},
                               {.type = ElementType::kBit, .metric = Metric::kHamming}};
  for (const BuildParams& params : kinds) {
    Index index(params, RandomRows(200, 64, 1), 5);
    EXPECT_EQ(LiveTids(index).size(), 200u);
    EXPECT_EQ(LiveTids(index), CheckedTids(index));
  }
  Index long_rows({.metric = Metric::kL2, .codec = kCodes}, RandomRows(60, 1900, 1), 3);
  EXPECT_EQ(LiveTids(long_rows), CheckedTids(long_rows));
}

TEST(IvfLiveTids, PassDamagedPagesBy) {
  Index index({.metric = Metric::kL2, .codec = Codec::kRabitq}, RandomRows(200, 64, 1), 5);
  for (BlockId block = 1; block < index.store.BlockCount(); ++block) {
    HeaderOf(index.store.Corrupt(block)).lower = 8000;
  }
  EXPECT_TRUE(LiveTids(index).empty());
}

}  // namespace
}  // namespace vec::ivf
