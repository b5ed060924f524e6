// What a scan costs, for the planner.
//
// The generic estimate charges for the whole index. A scan reads the directory
// and `probes` of the lists before it returns its first row; an iterative scan
// may go on to the rest.
#include "vector/pg/guard.hpp"
#include "vector/pg/index_cache.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/options.hpp"

namespace vec::pg::ivfflat {

namespace {

// A foreign index is planned like one of ours: a clear error when it is scanned is
// better than a plan that silently takes a hundred times as long.
std::uint32_t ListsOf(Oid index_oid) {
  Relation index = Call([&] { return index_open(index_oid, NoLock); });
  IndexCache cache(index);
  const std::uint32_t lists = cache.IsForeign() ? DeclaredLists(index) : cache.Meta().lists;
  Call([&] { index_close(index, NoLock); });
  return lists;
}

CostEstimate Never(IndexPath* path) {
  DisablePath(path);
  const double infinity = get_float8_infinity();
  return {infinity, infinity, 0, 0, 0};
}

}  // namespace

CostEstimate EstimateCost(PlannerInfo* root, IndexPath* path, double loop_count) {
  // A second key of the same column would be ignored.
  if (list_length(path->indexorderbys) != 1) return Never(path);

  GenericCosts costs{};
  double random_page_cost = 0;
  double seq_page_cost = 0;
  Call([&] {
    genericcostestimate(root, path, loop_count, &costs);
    get_tablespace_page_costs(path->indexinfo->reltablespace, &random_page_cost, &seq_page_cost);
  });
  const double lists = ListsOf(path->indexinfo->indexoid);
  const double ratio = std::min(1.0, CurrentProbes().probes / lists);

  // Pages of a list lie side by side: halfway between random and sequential.
  const double page_discount = 0.5 * (random_page_cost - seq_page_cost);
  costs.indexTotalCost -= costs.numIndexPages * page_discount;
  double startup = costs.indexTotalCost * ratio;

  // The planner's sequential scan does not count the pages of toasted vectors, so
  // the pages of a selective scan are not counted beyond those of the table.
  const double startup_pages = costs.numIndexPages * ratio;
  if (startup_pages > path->indexinfo->rel->pages && ratio < 0.5) {
    startup -= startup_pages * page_discount;
    startup -= (startup_pages - path->indexinfo->rel->pages) * seq_page_cost;
  }
  return {std::max(0.0, startup), costs.indexTotalCost, costs.indexSelectivity,
          costs.indexCorrelation, costs.numIndexPages};
}

}  // namespace vec::pg::ivfflat
