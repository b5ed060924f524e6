// What a scan costs, for the planner, and whether it returns enough.
//
// A scan reads the directory and `probes` of the lists before it returns its first
// row; an iterative scan may go on to the rest. Rows of lists that it does not reach
// are lost.
#include "vector/ivf/code_page.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/index_cache.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/meta.hpp"
#include "vector/pg/ivfflat/options.hpp"
#include "vector/pg/scan_cost.hpp"

namespace vec::pg::ivfflat {

namespace {

// Rows whose exact vector is read for each row that is returned.
constexpr double kExactReads = 4;

// Dimensions that one cpu_operator_cost pays for: of vectors, and of codes.
constexpr double kDimsPerOperator = 128;
constexpr double kCodeDimsPerOperator = 4096;

struct Shape {
  ProbeSettings probes;
  double lists;
  double directory_pages;
  double row_pages;     // a row's share of the pages of its list
  double list_cost;     // of ranking one list
  double exact_cost;    // of one exact distance
  double row_cost;      // of scoring one row of a list
  double result_pages;  // that a row which is returned costs beyond its list
};

double PagesPerRow(const ivf::Meta& meta) {
  const std::size_t per_page =
      meta.codec == ivf::Codec::kNone
          ? RowsPerPage<HeapTid>(ivf::StoredBytes(meta), sizeof(ivf::Trailer))
          : ivf::LanesPerPage(meta);
  return 1.0 / static_cast<double>(per_page);
}

// What ranking the lists reads: all centroids, or their codes and a few of them.
double DirectoryPages(const ivf::Meta& meta, const ProbeSettings& probes) {
  const double all = static_cast<double>(meta.slices) * ivf::DirectoryBlocks(meta);
  const std::size_t wanted = std::min(meta.lists, probes.probes);
  if (!ivf::HasCentroidCodesFor(meta, wanted)) return all;
  const double codes = ivf::CentroidCodesEnd(meta) - meta.centroid_codes;
  return std::min(all, codes + static_cast<double>(meta.slices) *
                                   static_cast<double>(ivf::ShortList(meta, wanted)));
}

// `heap_page_cost` is what a row costs that lies in the table.
Shape ShapeOf(Relation index, const ivf::Meta& meta, double heap_page_cost) {
  const bool has_codes = meta.codec == ivf::Codec::kRabitq;
  const double bits = ivf::IsBits(meta.type) ? 1.0 / 32 : 1.0;
  const double operators = 1 + meta.dims * bits / kDimsPerOperator;
  const double code_operators = 1 + meta.dims / kCodeDimsPerOperator;
  const bool reads_heap = !has_codes && meta.vectors == ivf::Vectors::kHeap;
  const ProbeSettings probes = CurrentProbes(index);
  return {.probes = probes,
          .lists = static_cast<double>(meta.lists),
          .directory_pages = DirectoryPages(meta, probes),
          .row_pages = PagesPerRow(meta),
          .list_cost = (meta.centroid_codes != 0 ? code_operators : operators) * cpu_operator_cost,
          .exact_cost = operators * cpu_operator_cost,
          .row_cost = (has_codes ? code_operators : operators) * cpu_operator_cost +
                      (reads_heap ? heap_page_cost : 0),
          .result_pages = has_codes ? kExactReads : 0.0};
}

// A foreign index is planned like one of ours: a clear error when it is scanned is
// better than a plan that silently takes a hundred times as long.
Shape ShapeOfForeign(Relation index, const GenericCosts& costs, double tuples) {
  const double lists = DeclaredLists(index);
  return {.probes = CurrentProbes(index),
          .lists = lists,
          .directory_pages = 1,
          .row_pages = costs.numIndexPages / std::max(1.0, tuples),
          .list_cost = cpu_operator_cost,
          .exact_cost = cpu_operator_cost,
          .row_cost = cpu_operator_cost,
          .result_pages = 0};
}

Shape ReadShape(Oid index_oid, const GenericCosts& costs, double tuples, double heap_page_cost) {
  Relation index = Call([&] { return index_open(index_oid, NoLock); });
  const Shape shape = IndexCache(index).IsForeign() ? ShapeOfForeign(index, costs, tuples)
                                                    : ShapeOf(index, MetaOf(index), heap_page_cost);
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
  const Shape shape = ReadShape(path->indexinfo->indexoid, costs, tuples, random_page_cost);
  const double probed = std::min(1.0, shape.probes.probes / shape.lists);
  const double reached = std::min(1.0, shape.probes.max_probes / shape.lists);

  // Pages of a list lie side by side: halfway between random and sequential.
  const double page_cost = (random_page_cost + seq_page_cost) / 2;
  const double all_lists = tuples * (shape.row_pages * page_cost + shape.row_cost);
  const double result_cost =
      cpu_index_tuple_cost + shape.result_pages * (page_cost / 2 + shape.exact_cost);
  const double startup = shape.directory_pages * page_cost + shape.lists * shape.list_cost +
                         std::max(probed * all_lists, page_cost);
  const double total = startup + (reached - probed) * all_lists + tuples * reached * result_cost;

  const double penalty = PenaltyForLostRows(root, path, reached);
  return {startup + penalty, total + penalty, costs.indexSelectivity, costs.indexCorrelation,
          costs.numIndexPages};
}

}  // namespace vec::pg::ivfflat
