#include "support/growing_index.hpp"

#include <algorithm>

#include "support/hand_out.hpp"
#include "vector/hnsw/create.hpp"
#include "vector/hnsw/search.hpp"

namespace vec::test {

GrowingIndex::GrowingIndex(const hnsw::Options& options) : meta(hnsw::MakeMeta(options)) {
  hnsw::CreateEmpty(store, meta);
}

bool GrowingIndex::Build(const std::vector<Row>& values, const hnsw::BuildParams& params) {
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

void GrowingIndex::Insert(std::size_t i, const Row& row) {
  const StoredRow stored(meta.type, row);
  heap.rows[TidOf(i)] = stored.values();
  rows.insert_or_assign(TidOf(i), stored);
  hnsw::Insert(store, meta, TidOf(i), stored.view(), {}, std::pmr::get_default_resource());
}

hnsw::VacuumCounts GrowingIndex::Vacuum() {
  const hnsw::VacuumCounts counts =
      hnsw::Vacuum<MemoryStore, GrowingIndex>(store, meta, *this, std::pmr::get_default_resource())
          .Run();
  dead.clear();
  return counts;
}

std::vector<HeapTid> GrowingIndex::Search(const Row& query, std::size_t limit, std::uint32_t ef) {
  const StoredRow row(meta.type, query);
  const RowView view = row.view();
  hnsw::SearchParams params{.ef = ef};
  params.heap = &heap;
  hnsw::Search<MemoryStore> search(store, meta, view, params, std::pmr::get_default_resource());
  return HandOut(search, limit);
}

double GrowingIndex::Recall(const std::vector<Row>& queries, std::size_t k, std::uint32_t ef) {
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

HnswCheck GrowingIndex::Check() { return CheckHnsw(store); }

}  // namespace vec::test
