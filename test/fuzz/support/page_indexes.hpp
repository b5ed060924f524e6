// Small sound indexes of each kind on a MemoryStore, for targets that damage their pages.
#pragma once

#include <set>
#include <variant>
#include <vector>

#include "support/growing_index.hpp"
#include "support/ivf_fixture.hpp"

namespace vec::fuzz {

// Pages, what a table would have of the rows, and rows to search for and to insert.
struct PageIndex {
  bool is_ivf = false;
  std::variant<ivf::Meta, hnsw::Meta> meta;
  test::MemoryStore store;
  test::TestHeap heap;
  std::vector<test::StoredRow> rows;
};

// Which kinds there are; each has seen inserts, duplicates and a vacuum.
inline std::vector<PageIndex> MakePageIndexes();

namespace internal {

// As many as fill lists and blocks of codes.
inline constexpr std::size_t kRows = 70;
// As many as fill the lanes of nodes. The time of an execution grows with them.
inline constexpr std::size_t kNodes = 40;
// Of wide rows.
inline constexpr std::size_t kFewRows = 20;
inline constexpr std::size_t kFewNodes = 12;

inline bool IsVictim(std::size_t i) { return i % 5 == 1 || (i > 20 && i < 36); }

inline std::vector<test::Row> SomeRows(std::size_t count, std::size_t dims, Metric metric) {
  std::vector<test::Row> rows = test::ClusteredRows(count, dims, 4, 7);
  for (std::size_t i = 5; i < count; i += 9) rows[i] = rows[i % 3];
  return metric == Metric::kCosine ? test::UnitRows(rows) : rows;
}

// Sparse rows have few elements.
inline std::vector<test::Row> Thinned(std::vector<test::Row> rows) {
  for (test::Row& row : rows) {
    for (std::size_t d = 0; d < row.size(); ++d) {
      if (d % 3 != 0) row[d] = 0;
    }
  }
  return rows;
}

template <typename Index>
PageIndex Finished(Index& index, bool is_ivf, ElementType type,
                   const std::vector<test::Row>& rows) {
  PageIndex result{is_ivf, index.meta, index.store, index.heap, {}};
  for (const test::Row& row : rows) result.rows.emplace_back(type, row);
  result.store.is_damaged = result.store.has_one_session = true;
  return result;
}

inline PageIndex MakeIvf(ivf::BuildParams params, std::size_t dims, std::size_t count = kRows,
                         std::size_t lists = 4) {
  const std::vector<test::Row> rows = SomeRows(count, dims, params.metric);
  const std::size_t built = std::max(count / 2, lists);
  test::Index index(params, {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(built)},
                    lists);
  for (std::size_t i = built; i < count; ++i) index.Insert(i, rows[i]);
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < count; ++i) {
    if (IsVictim(i)) dead.insert(test::TidOf(i));
  }
  index.Vacuum(dead);
  return Finished(index, true, params.type, rows);
}

inline PageIndex MakeHnsw(hnsw::Options options, std::size_t dims, std::size_t count = kNodes) {
  options.dims = static_cast<std::uint32_t>(dims);
  std::vector<test::Row> rows = SomeRows(count, dims, options.metric);
  if (options.type == ElementType::kSparse) rows = Thinned(std::move(rows));
  test::GrowingIndex index(options);
  for (std::size_t i = 0; i < count; ++i) index.Insert(i, rows[i]);
  for (std::size_t i = 0; i < count; ++i) {
    if (IsVictim(i)) index.Delete(i);
  }
  index.Vacuum();
  return Finished(index, false, options.type, rows);
}

}  // namespace internal

inline std::vector<PageIndex> MakePageIndexes() {
  using internal::kFewNodes, internal::kFewRows, internal::MakeHnsw, internal::MakeIvf;
  constexpr auto kHalf = ElementType::kFloat16;
  constexpr auto kBit = ElementType::kBit;
  constexpr auto kCodes = ivf::Codec::kRabitq;
  constexpr auto kInHeap = ivf::Vectors::kHeap;
  std::vector<PageIndex> indexes;
  indexes.push_back(MakeIvf({.metric = Metric::kL2}, 100));
  indexes.push_back(MakeIvf({.metric = Metric::kL2, .codec = kCodes}, 64));
  indexes.push_back(MakeIvf({.metric = Metric::kL2, .codec = kCodes, .vectors = kInHeap}, 70));
  indexes.push_back(MakeIvf({.metric = Metric::kL1, .vectors = kInHeap}, 20));
  indexes.push_back(MakeIvf({.type = kBit, .metric = Metric::kHamming}, 300));
  indexes.push_back(
      MakeIvf({.type = kHalf, .metric = Metric::kInnerProduct, .codec = kCodes}, 130));
  // With second codes, rows of codes, codes of centroids.
  indexes.push_back(MakeIvf({.metric = Metric::kL2, .codec = kCodes}, 512, kFewRows));
  indexes.push_back(MakeIvf({.metric = Metric::kL2, .codec = kCodes}, 1900, kFewRows));
  indexes.push_back(MakeIvf({.metric = Metric::kL2, .codec = kCodes}, 1024, kFewRows + 20, 33));
  indexes.push_back(MakeHnsw({.metric = Metric::kL2, .m = 4}, 8));
  indexes.push_back(MakeHnsw({.metric = Metric::kL2}, 40));
  indexes.push_back(MakeHnsw({.metric = Metric::kL2, .rounds = true}, 40));
  indexes.push_back(MakeHnsw({.metric = Metric::kInnerProduct}, 300, kFewNodes));  // as binary16
  indexes.push_back(MakeHnsw({.type = kHalf, .metric = Metric::kCosine, .m = 20}, 64));
  indexes.push_back(MakeHnsw({.metric = Metric::kL2, .m = 17}, 1400, kFewNodes));  // in items
  indexes.push_back(MakeHnsw({.type = kBit, .metric = Metric::kJaccard, .m = 6}, 100));
  indexes.push_back(MakeHnsw(
      {.type = ElementType::kSparse, .metric = Metric::kL2, .m = 5, .inline_bytes = 128}, 60));
  return indexes;
}

}  // namespace vec::fuzz
