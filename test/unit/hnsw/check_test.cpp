#include "vector/hnsw/check.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/busy_store.hpp"
#include "support/growing_index.hpp"
#include "vector/base/random.hpp"

namespace vec::hnsw {
namespace {

using test::ClusteredRows;
using test::CollectingSink;
using test::GrowingIndex;
using test::Row;
using test::TidOf;

GrowingIndex MakeIndex(std::uint32_t dims, std::size_t rows) {
  GrowingIndex index({.dims = dims});
  const std::vector<Row> values = ClusteredRows(rows, dims, 6, 1);
  for (std::size_t i = 0; i < rows; ++i) index.Insert(i, values[i]);
  for (std::size_t i = 0; i < 5; ++i) index.Insert(rows + i, values[i]);
  return index;
}

TEST(HnswCheck, HandsOutEveryRowOnce) {
  for (const std::uint32_t dims : {8u, 40u, 300u, 2100u}) {
    GrowingIndex index = MakeIndex(dims, 60);
    CollectingSink sink;
    Checker<test::MemoryStore, CollectingSink>(index.store, sink, 0,
                                               std::pmr::get_default_resource())
        .Run();
    EXPECT_TRUE(sink.findings.empty()) << test::FirstOf(sink.findings, Severity::kError);
    std::ranges::sort(sink.tids);
    std::vector<HeapTid> expected;
    for (const auto& [tid, row] : index.rows) expected.push_back(tid);
    EXPECT_EQ(sink.tids, expected);
    EXPECT_FALSE(index.store.checked_under_lock);
  }
}

TEST(HnswCheck, WhateverIsDamagedItOnlyTellsSo) {
  for (const std::uint32_t dims : {8u, 40u, 2100u}) {
    GrowingIndex index = MakeIndex(dims, 40);
    Random random(dims);
    const int rounds = dims > 1000 ? 8 : 40;
    for (int round = 0; round < rounds; ++round) {
      const auto block = static_cast<BlockId>(random.Below(index.store.BlockCount()));
      const std::uint64_t at = random.Below(2) == 0 ? random.Below(600) : random.Below(kPageBytes);
      std::byte& byte = index.store.Corrupt(block)[at];
      const std::byte before = byte;
      byte = static_cast<std::byte>(random.Below(256));
      try {
        (void)index.Check();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
      }
      if (round % 10 != 0) byte = before;  // some damage piles up
    }
  }
}

TEST(HnswCheck, FindsNothingBesideWriters) {
  for (const std::uint32_t dims : {8u, 40u}) {
    for (const std::size_t every : {3u, 17u}) {
      GrowingIndex index = MakeIndex(dims, 80);
      const std::vector<Row> more = ClusteredRows(4000, dims, 6, 9);
      std::size_t next = 1000;
      std::size_t victim = 1;
      test::BusyStore busy(index.store, every, [&] {
        if (next >= 1000 + more.size()) return;
        index.Insert(next, more[next - 1000]);
        ++next;
        if (next % 4 != 0) return;
        // Rows of the beginning with odd numbers go, those with even ones stay.
        if (victim < 80) index.Delete(victim);
        victim += 2;
        if (next > 1030) index.Delete(next - 25);
        index.Vacuum();
      });
      CollectingSink sink;
      Checker<test::BusyStore, CollectingSink>(busy, sink, 4096, std::pmr::get_default_resource())
          .Run();
      EXPECT_EQ(test::FirstOf(sink.findings, Severity::kError), "");
      std::map<HeapTid, int> found;
      for (const HeapTid tid : sink.tids) ++found[tid];
      for (std::size_t i = 0; i < 80; i += 2) EXPECT_EQ(found[TidOf(i)], 1) << i;
    }
  }
}

TEST(HnswCheck, TellsItemsThatNoNodeRefersTo) {
  GrowingIndex index = MakeIndex(2100, 10);
  BlockId hint = ReadState(index.store).items_block;
  const std::vector<std::byte> bytes(100);
  WriteItem(index.store, hint, ItemKind::kValue, bytes);
  const test::HnswCheck result = index.Check();
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].severity, Severity::kWarning);
  EXPECT_STREQ(result.findings[0].what, "item that no node refers to");
}

}  // namespace
}  // namespace vec::hnsw
