// hnsw indexes that rows come and go from, on a MemoryStore, and what they should answer.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "support/check_sink.hpp"
#include "support/memory_store.hpp"
#include "support/rows.hpp"
#include "vector/hnsw/build.hpp"
#include "vector/hnsw/create.hpp"
#include "vector/hnsw/insert.hpp"
#include "vector/hnsw/search.hpp"
#include "vector/hnsw/vacuum.hpp"

namespace vec::test {

class GrowingIndex {
 public:
  explicit GrowingIndex(const hnsw::Options& options) : meta(hnsw::MakeMeta(options)) {
    hnsw::CreateEmpty(store, meta);
  }

  // Makes the index anew, of rows 0, 1 ...; returns whether the memory was too small for that.
  bool Build(const std::vector<Row>& values, const hnsw::BuildParams& params) {
    store = {};
    hnsw::Builder<MemoryStore> builder(store, meta, params, std::pmr::get_default_resource());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const StoredRow row(meta.type, values[i]);
      heap.rows[TidOf(i)] = row.values();
      rows.insert_or_assign(TidOf(i), row);
      builder.Add(TidOf(i), row.view());
    }
    meta = builder.Finish();
    return builder.is_spilled();
  }

  void Insert(std::size_t i, const Row& row) {
    const StoredRow stored(meta.type, row);
    heap.rows[TidOf(i)] = stored.values();
    rows.insert_or_assign(TidOf(i), stored);
    hnsw::Insert(store, meta, TidOf(i), stored.view(), {}, std::pmr::get_default_resource());
  }

  // Rows that vacuum removes, and that no answer counts any more.
  void Delete(std::size_t i) {
    dead.insert(TidOf(i));
    rows.erase(TidOf(i));
  }

  hnsw::VacuumCounts Vacuum() {
    const hnsw::VacuumCounts counts = hnsw::Vacuum<MemoryStore, GrowingIndex>(
                                          store, meta, *this, std::pmr::get_default_resource())
                                          .Run();
    dead.clear();
    return counts;
  }

  std::vector<HeapTid> Search(const Row& query, std::size_t limit, std::uint32_t ef) {
    const StoredRow row(meta.type, query);
    const RowView view = row.view();
    hnsw::SearchParams params{.ef = ef};
    params.heap = &heap;
    hnsw::Search<MemoryStore> search(store, meta, view, params, std::pmr::get_default_resource());
    std::vector<HeapTid> found;
    while (found.size() < limit) {
      const auto tid = search.Next();
      if (!tid) break;
      found.push_back(*tid);
    }
    return found;
  }

  // The share of the k nearest rows that searches find; ties count as found.
  double Recall(const std::vector<Row>& queries, std::size_t k, std::uint32_t ef) {
    std::size_t hits = 0;
    for (const Row& query : queries) {
      const StoredRow row(meta.type, query);
      const RowView view = row.view();
      const hnsw::Scorer scorer(meta, view);
      std::vector<float> exact;
      for (const auto& [tid, other] : rows) exact.push_back(scorer.Distance(other.view().stored));
      std::ranges::nth_element(exact, exact.begin() + static_cast<std::ptrdiff_t>(k) - 1);
      for (const HeapTid tid : Search(query, k, ef)) {
        const auto found = rows.find(tid);
        hits += found != rows.end() && scorer.Distance(found->second.view().stored) <= exact[k - 1];
      }
    }
    return static_cast<double>(hits) / static_cast<double>(k * queries.size());
  }

  HnswCheck Check() { return CheckHnsw(store); }

  // VacuumHooks.
  void AreDead(std::span<const HeapTid> tids, std::span<bool> out) {
    for (std::size_t i = 0; i < tids.size(); ++i) out[i] = dead.contains(tids[i]);
  }
  void FreePage(BlockId block) { freed_pages.push_back(block); }
  void Delay() { ++delays; }
  void WaitForInserts() { ++waits; }

  MemoryStore store;
  TestHeap heap;
  hnsw::Meta meta;
  std::map<HeapTid, StoredRow> rows;  // alive
  std::set<HeapTid> dead;
  std::vector<BlockId> freed_pages;
  std::size_t delays = 0;
  std::size_t waits = 0;
};

// No findings at all, and every row in it.
inline void ExpectSound(GrowingIndex& index) {
  const HnswCheck result = index.Check();
  EXPECT_TRUE(result.findings.empty())
      << result.findings.front().what << " in block " << result.findings.front().block;
  EXPECT_EQ(result.rows, index.rows.size());
  EXPECT_TRUE(result.orphans == 0 || result.nodes == 1);
  EXPECT_EQ(result.unreachable, 0u);
}

}  // namespace vec::test
