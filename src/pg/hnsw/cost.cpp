// What a scan costs, for the planner, and whether it returns enough.
//
// A scan reads the entry directory and walks over about as many nodes as it keeps
// candidates before it returns its first row. It returns no more rows than that; an
// iterative scan may go on until it has visited max_scan_tuples.
#include "vector/hnsw/entries.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/meta.hpp"
#include "vector/pg/hnsw/options.hpp"
#include "vector/pg/index_cache.hpp"

namespace vec::pg::hnsw {

namespace {

// Measured: the walk from an entry to the neighborhood of the query.
constexpr double kWalkNodes = 8;

// Of the neighbors of a visited node, the share that was not seen before.
constexpr double kNewNeighbors = 0.35;

// Dimensions that one cpu_operator_cost pays for: of vectors, and of codes.
constexpr double kDimsPerOperator = 128;
constexpr double kCodeDimsPerOperator = 4096;

// What a sparse row has, about.
constexpr double kUsualSparseElements = 128;

struct Shape {
  double entry_pages;
  double entry_cost;   // of ranking the directory
  double visit_pages;  // of a node
  double visit_cost;   // of its vector and its neighbors
};

double DimsOf(const vec::hnsw::Meta& meta) {
  if (meta.type == ElementType::kSparse) return kUsualSparseElements;
  return IsBits(meta.type) ? meta.dims / 32.0 : meta.dims;
}

// Neighbors without codes lie beside each other mostly, or in the cache: only their
// distances count.
Shape ShapeOf(const vec::hnsw::Meta& meta, double tuples) {
  const bool has_codes = meta.form == vec::hnsw::Form::kCoded;
  const double exact = 1 + DimsOf(meta) / kDimsPerOperator;
  const double code = 1.0 / quantize::kLanes + meta.code_dims / kCodeDimsPerOperator;
  const double neighbors = meta.lanes * (has_codes ? code : kNewNeighbors * exact);
  const double entries =
      vec::hnsw::WantedEntries(meta, static_cast<std::uint64_t>(std::max(tuples, 1.0)));
  const auto per_page = static_cast<double>(vec::hnsw::EntryShape(meta).places());
  return {.entry_pages = 1 + std::ceil(entries / std::max(per_page, 1.0)),
          .entry_cost = entries * (has_codes ? code : exact) * cpu_operator_cost,
          .visit_pages = vec::hnsw::IsItem(meta.self) ? 2.0 : 1.0,
          .visit_cost = (exact + neighbors) * cpu_operator_cost};
}

// A foreign index is planned like one of ours: a clear error when it is scanned is
// better than a plan that silently takes a hundred times as long.
Shape ShapeOfForeign() {
  return {.entry_pages = 1,
          .entry_cost = cpu_operator_cost,
          .visit_pages = 1,
          .visit_cost = cpu_operator_cost};
}

Shape ReadShape(Oid index_oid, double tuples) {
  Relation index = Call([&] { return index_open(index_oid, NoLock); });
  const Shape shape =
      IndexCache(index).IsForeign() ? ShapeOfForeign() : ShapeOf(MetaOf(index), tuples);
  Call([&] { index_close(index, NoLock); });
  return shape;
}

}  // namespace

CostEstimate EstimateCost(PlannerInfo* root, IndexPath* path, double loop_count) {
  // A second key of the same column would be ignored.
  if (list_length(path->indexorderbys) != 1) return NeverScan(path);

  GenericCosts costs{};
  double random_page_cost = 0;
  double seq_page_cost = 0;
  Call([&] {
    genericcostestimate(root, path, loop_count, &costs);
    get_tablespace_page_costs(path->indexinfo->reltablespace, &random_page_cost, &seq_page_cost);
  });
  const double tuples = std::max(1.0, path->indexinfo->tuples);
  const Shape shape = ReadShape(path->indexinfo->indexoid, tuples);
  const SearchSettings settings = CurrentSearch();
  const double most = settings.is_iterative ? std::max(settings.ef_search, settings.max_scan_tuples)
                                            : settings.ef_search;
  const double first_rows = std::min<double>(tuples, settings.ef_search);
  const double reached_rows = std::min(tuples, most);

  // What many walks have in common is in the cache: halfway between random and sequential.
  const double page_cost = (random_page_cost + seq_page_cost) / 2;
  const double visits = std::min(tuples, first_rows + kWalkNodes);
  const double pages =
      std::min(shape.entry_pages + visits * shape.visit_pages, path->indexinfo->pages + 1.0);
  const double row_cost = shape.visit_pages * page_cost + shape.visit_cost;
  const double startup = pages * page_cost + shape.entry_cost + visits * shape.visit_cost;
  const double total =
      startup + (reached_rows - first_rows) * row_cost + reached_rows * cpu_index_tuple_cost;

  const double penalty = PenaltyForLostRows(root, path, reached_rows / tuples);
  return {startup + penalty, total + penalty, costs.indexSelectivity, costs.indexCorrelation,
          costs.numIndexPages};
}

}  // namespace vec::pg::hnsw
