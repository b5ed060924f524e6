// hnsw indexes that rows come and go from, on a MemoryStore, and what they should answer. What is
// made of templates is in the source file, for all tests at once: it takes the compiler long.
#pragma once

#include <gtest/gtest.h>

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
  explicit GrowingIndex(const hnsw::Options& options);

  // Makes the index anew, of rows 0, 1 ...; returns whether the memory was too small for that.
  bool Build(const std::vector<Row>& values, const hnsw::BuildParams& params);

  void Insert(std::size_t i, const Row& row);

  // Rows that vacuum removes, and that no answer counts any more.
  void Delete(std::size_t i) {
    dead.insert(TidOf(i));
    rows.erase(TidOf(i));
  }

  hnsw::VacuumCounts Vacuum();

  std::vector<HeapTid> Search(const Row& query, std::size_t limit, std::uint32_t ef);

  // The share of the k nearest rows that searches find; ties count as found.
  double Recall(const std::vector<Row>& queries, std::size_t k, std::uint32_t ef);

  HnswCheck Check();

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
