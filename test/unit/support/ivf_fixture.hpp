// Small ivfflat indexes on a MemoryStore, and what they should answer. What is made of templates is
// in the source file, for all tests at once: it takes the compiler long.
#pragma once

#include <set>
#include <vector>

#include "support/check_sink.hpp"
#include "support/memory_store.hpp"
#include "support/rows.hpp"
#include "vector/ivf/build.hpp"
#include "vector/ivf/insert.hpp"
#include "vector/ivf/search.hpp"
#include "vector/ivf/vacuum.hpp"

namespace vec::test {

class Index {
 public:
  // The first `lists` rows serve as centroids.
  Index(ivf::Metric metric, const std::vector<Row>& rows, std::size_t lists,
        ivf::Codec codec = ivf::Codec::kNone)
      : Index({.metric = metric, .codec = codec}, rows, lists) {}

  // `params` without dims and max_norm_squared. Margins are measured by `queries`.
  Index(ivf::BuildParams params, const std::vector<Row>& rows, std::size_t lists,
        const std::vector<Row>& queries = {});

  void Insert(std::size_t i, const Row& row);

  // All rows that a search hands out, or the first `limit`.
  std::vector<HeapTid> Search(const Row& query, ivf::SearchParams params,
                              std::size_t limit = SIZE_MAX);

  ivf::VacuumCounts Vacuum(const std::set<HeapTid>& dead);

  ivf::CheckCounts Check() { return CheckIvf(store, &heap); }

  MemoryStore store;
  TestHeap heap;
  ivf::Meta meta{};
  ivf::SearchCounts counts;          // of the last search
  std::vector<BlockId> freed_pages;  // by the last vacuum

 private:
  template <typename Search>
  std::vector<HeapTid> Run(const Row& row, ivf::SearchParams params, std::size_t limit);

  void Build(const std::vector<Row>& rows, std::vector<float>& centroids,
             const std::vector<Row>& queries);

  std::uint32_t Nearest(const StoredRow& row, const std::vector<float>& centroids) const;

  ivf::BuildParams params_;
};

float DistanceOf(ivf::Metric metric, const Row& a, const Row& b);

// All rows by (distance, TID).
std::vector<HeapTid> ExactOrder(ivf::Metric metric, const std::vector<Row>& rows, const Row& query);

// Rows to delete.
inline std::set<HeapTid> EveryThird(std::size_t count) {
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < count; i += 3) dead.insert(TidOf(i));
  return dead;
}

}  // namespace vec::test
