#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

bool drop_hidden_distance = true;

planner_hook_type next_planner = nullptr;
get_relation_info_hook_type next_relation_info = nullptr;

extern "C" PlannedStmt* PlanStatement(Query* query, const char* text, int cursor_options,
                                      ParamListInfo parameters) {
  return Guard([&] {
    return Call([&] {
      PlannedStmt* statement = next_planner(query, text, cursor_options, parameters);
      if (drop_hidden_distance) DropHiddenDistance(*statement);
      return statement;
    });
  });
}

extern "C" void GetRelationInfo(PlannerInfo* root, Oid relation, bool inhparent, RelOptInfo* rel) {
  Guard([&] {
    Call([&] {
      if (next_relation_info != nullptr) next_relation_info(root, relation, inhparent, rel);
      AddCastIndexes(rel);
    });
  });
}

}  // namespace

void DefineSettings() {
  Call([] {
    DefineCustomBoolVariable(
        "vector.drop_hidden_distance",
        "Leaves out distances that ORDER BY needs and an index scan's rows do not.", nullptr,
        &drop_hidden_distance, true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  });
}

// A session that plans a scan of our indexes has the second hook: PostgreSQL asks the
// access method when it opens the index, and the hook afterwards. The first it has from
// the next statement on where planning it is what loads the library.
void InstallHooks() {
  next_planner = planner_hook != nullptr ? planner_hook : standard_planner;
  planner_hook = PlanStatement;
  next_relation_info = get_relation_info_hook;
  get_relation_info_hook = GetRelationInfo;
}

}  // namespace vec::pg::planner
