#include "vector/hnsw/live_tids.hpp"

#include <gtest/gtest.h>

#include "support/growing_index.hpp"
#include "support/live_tids.hpp"

namespace vec::hnsw {
namespace {

using test::GrowingIndex;
using test::LiveTids;
using test::Row;

std::vector<HeapTid> Expected(const GrowingIndex& index) {
  std::vector<HeapTid> tids;
  for (const auto& [tid, row] : index.rows) tids.push_back(tid);
  return tids;
}

// Ten copies of each of some rows: lists of several items.
TEST(HnswLiveTids, AreThoseOfNodesAndLists) {
  for (const std::uint32_t dims : {8u, 40u, 2100u}) {
    GrowingIndex index({.dims = dims});
    const std::vector<Row> rows = test::RandomRows(6, dims, 1);
    for (std::size_t i = 0; i < 60; ++i) index.Insert(i, rows[i % rows.size()]);
    EXPECT_EQ(LiveTids(index), Expected(index));
    for (std::size_t i = 0; i < 60; i += 7) index.Delete(i);
    for (std::size_t i = 1; i < 60; i += 6) index.Delete(i);  // a whole node
    index.Vacuum();
    EXPECT_EQ(LiveTids(index), Expected(index));
  }
}

TEST(HnswLiveTids, PassDamagedPagesBy) {
  GrowingIndex index({.dims = 40});
  const std::vector<Row> rows = test::RandomRows(3, 40, 1);
  for (std::size_t i = 0; i < 12; ++i) index.Insert(i, rows[i % rows.size()]);
  for (BlockId block = 2; block < index.store.BlockCount(); ++block) {
    HeaderOf(index.store.Corrupt(block)).lower = 8100;
  }
  EXPECT_TRUE(LiveTids(index).empty());
}

}  // namespace
}  // namespace vec::hnsw
