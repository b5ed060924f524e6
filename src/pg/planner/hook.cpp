#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

bool drop_hidden_distance = true;

planner_hook_type next_planner = nullptr;

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

}  // namespace

void DefineSettings() {
  Call([] {
    DefineCustomBoolVariable(
        "vector.drop_hidden_distance",
        "Leaves out distances that ORDER BY needs and an index scan's rows do not.", nullptr,
        &drop_hidden_distance, true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  });
}

void InstallHook() {
  next_planner = planner_hook != nullptr ? planner_hook : standard_planner;
  planner_hook = PlanStatement;
}

}  // namespace vec::pg::planner
