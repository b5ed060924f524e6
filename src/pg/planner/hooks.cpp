#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

get_relation_info_hook_type next_relation_info = nullptr;

extern "C" void GetRelationInfo(PlannerInfo* root, Oid relation, bool inhparent, RelOptInfo* rel) {
  if (next_relation_info != nullptr) next_relation_info(root, relation, inhparent, rel);
  Guard([&] { Call([&] { AddCastIndexes(rel); }); });
}

}  // namespace

// The library is loaded before the first plan that an index of ours can be part of:
// PostgreSQL asks the access method when it opens the index, and this hook afterwards.
void InstallHooks() {
  next_relation_info = get_relation_info_hook;
  get_relation_info_hook = GetRelationInfo;
}

}  // namespace vec::pg::planner
