#include "vector/ivf/check.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/busy_store.hpp"
#include "support/ivf_fixture.hpp"
#include "vector/base/random.hpp"

namespace vec::ivf {
namespace {

using test::CollectingSink;
using test::Index;
using test::RandomRows;
using test::Row;
using test::TidOf;

const Codec kCodecs[] = {Codec::kNone, Codec::kRabitq};

TEST(IvfCheck, HandsOutEveryRowOnce) {
  for (const Codec codec : kCodecs) {
    for (const std::uint32_t dims : {20u, 512u, 1900u}) {
      const std::vector<Row> rows = RandomRows(100, dims, 1);
      Index index(Metric::kL2, rows, 3, codec);
      CollectingSink sink;
      Checker<test::MemoryStore, CollectingSink>(index.store, sink, nullptr,
                                                 std::pmr::get_default_resource())
          .Run();
      EXPECT_TRUE(sink.findings.empty()) << test::FirstOf(sink.findings, Severity::kError);
      std::map<HeapTid, int> found;
      for (const HeapTid tid : sink.tids) ++found[tid];
      for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(found[TidOf(i)], 1);
      EXPECT_FALSE(index.store.checked_under_lock);
    }
  }
}

TEST(IvfCheck, WhateverIsDamagedItOnlyTellsSo) {
  for (const Codec codec : kCodecs) {
    for (const std::uint32_t dims : {20u, 512u, 1900u}) {
      Index index(Metric::kInnerProduct, RandomRows(60, dims, 1), 3, codec);
      Random random(dims);
      for (int round = 0; round < 80; ++round) {
        const auto block = static_cast<BlockId>(random.Below(index.store.BlockCount()));
        const std::uint64_t at =
            random.Below(2) == 0 ? random.Below(600) : kPageBytes - 1 - random.Below(90);
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
}

TEST(IvfCheck, FindsNothingBesideWriters) {
  for (const Codec codec : kCodecs) {
    for (const std::size_t every : {1u, 5u}) {
      const std::vector<Row> rows = RandomRows(300, 64, 1);
      Index index(Metric::kL2, rows, 4, codec);
      index.store.oldest_transaction =
          0;  // the check's snapshot is older than all pages out of use
      const std::vector<Row> more = RandomRows(3000, 64, 2);
      std::set<HeapTid> dead;
      std::size_t next = 1000;
      test::BusyStore busy(index.store, every, [&] {
        if (next >= 1000 + more.size()) return;
        index.Insert(next, more[next - 1000]);
        if (++next % 8 != 0) return;
        // Of the first rows two in three go, of the others most.
        const std::size_t i = (next - 1000) / 8 * 3;
        if (i + 2 < rows.size()) dead.insert({TidOf(i + 1), TidOf(i + 2)});
        for (std::size_t j = next - 8; j < next - 1; ++j) dead.insert(TidOf(j));
        index.Vacuum(dead);
      });
      CollectingSink sink;
      Checker<test::BusyStore, CollectingSink>(busy, sink, nullptr,
                                               std::pmr::get_default_resource())
          .Run();
      EXPECT_EQ(test::FirstOf(sink.findings, Severity::kError), "");
      std::map<HeapTid, int> found;
      for (const HeapTid tid : sink.tids) ++found[tid];
      for (std::size_t i = 0; i < rows.size(); i += 3) EXPECT_EQ(found[TidOf(i)], 1) << i;
    }
  }
}

}  // namespace
}  // namespace vec::ivf
