#include "vector/pg/scan_cost.hpp"

namespace vec::pg {

namespace {

// Above any plan that is possible, and below what PostgreSQL charges for plans that the
// user has disabled: with enable_seqscan = off the index is used all the same.
constexpr double kLosesRows = 1e9;

// Whether the query, or one around it, has a LIMIT.
bool HasLimit(const PlannerInfo* root) {
  for (; root != nullptr; root = root->parent_root) {
    if (root->parse->limitCount != nullptr) return true;
  }
  return false;
}

// Whether PostgreSQL has made ORDER BY ... LIMIT 1 of a min(): which is to be exact.
bool IsMinimum(const PlannerInfo* root) {
  if (root->parent_root == nullptr || !root->parent_root->parse->hasAggs) return false;
  const List* targets = root->parse->targetList;
  if (list_length(targets) != 1) return false;
  const char* name = linitial_node(TargetEntry, targets)->resname;
  return name != nullptr && strcmp(name, "agg_target") == 0;
}

// Whether the order may be there for a merge join, which reads all rows. It is if it is
// not what the query asks for, or equal to something else.
bool MayMerge(const PlannerInfo* root, const IndexPath* path) {
  if (root->query_pathkeys == NIL || path->path.pathkeys == NIL) return true;
  const PathKey* wanted = linitial_node(PathKey, root->query_pathkeys);
  if (wanted != linitial_node(PathKey, path->path.pathkeys)) return true;
  return list_length(wanted->pk_eclass->ec_members) > 1;
}

// The share that a partition has in the rows of its table.
double ShareOf(PlannerInfo* root, const RelOptInfo* rel) {
  if (rel->reloptkind != RELOPT_OTHER_MEMBER_REL || root->append_rel_array == nullptr) return 1;
  Index top = rel->relid;
  while (root->append_rel_array[top] != nullptr) top = root->append_rel_array[top]->parent_relid;
  const RelOptInfo* parent = root->simple_rel_array[top];
  return parent != nullptr && parent->rows > rel->rows ? rel->rows / parent->rows : 1;
}

// The rows that the query wants of this table; 0 where that is not known. A cursor may
// be read to its end.
double WantedRows(PlannerInfo* root, const IndexPath* path) {
  const RelOptInfo* rel = path->indexinfo->rel;
  const double all = std::max(1.0, rel->rows);
  const bool is_cursor = root->tuple_fraction < 1 && !HasLimit(root);
  if (root->tuple_fraction == 0 || is_cursor || IsMinimum(root)) return all;
  if (bms_membership(root->all_baserels) != BMS_SINGLETON) return MayMerge(root, path) ? all : 0;
  if (root->limit_tuples > 0) return root->limit_tuples * ShareOf(root, rel);
  return root->tuple_fraction >= 1 ? root->tuple_fraction * ShareOf(root, rel) : 0;
}

}  // namespace

CostEstimate NeverScan(IndexPath* path) {
  DisablePath(path);
  const double infinity = get_float8_infinity();
  return {infinity, infinity, 0, 0, 0};
}

Cost PenaltyForLostRows(PlannerInfo* root, const IndexPath* path, double reached) {
  const double returned = std::max(1.0, reached * path->indexinfo->rel->rows);
  const bool loses_rows = reached < 1 && WantedRows(root, path) > returned;
  return loses_rows ? kLosesRows : 0;
}

}  // namespace vec::pg
