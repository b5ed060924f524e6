// Runs inside of Call.
//
// ORDER BY adds its expression to the rows of a query, as a hidden column that is thrown
// away at the top. Where an index delivers the order nobody reads it, but PostgreSQL
// computes it for every row, and fetches the vector from the TOAST table for that.
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

bool IsIndexOurs(Oid index) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return false;
  const Oid access_method = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam;
  ReleaseSysCache(tuple);
  return IsAccessMethodOurs(access_method);
}

// The index's order has the column on the left, whichever side the query has it on.
bool IsSameDistance(const Node* hidden, const Node* order) {
  if (equal(hidden, order)) return true;
  if (!IsA(hidden, OpExpr) || !IsA(order, OpExpr)) return false;
  const auto* distance = reinterpret_cast<const OpExpr*>(hidden);
  if (list_length(distance->args) != 2 || !OidIsValid(get_commutator(distance->opno))) return false;
  auto* commuted = static_cast<OpExpr*>(copyObjectImpl(distance));
  CommuteOpExpr(commuted);
  return equal(commuted, order);
}

// The scan of a plan that is nothing else, or nullptr. WITH TIES compares the distances.
IndexScan* OrderedScan(Plan* top) {
  if (IsA(top, Limit)) {
    if (castNode(Limit, top)->limitOption != LIMIT_OPTION_COUNT) return nullptr;
    top = outerPlan(top);
  }
  if (top == nullptr || !IsA(top, IndexScan) || top->parallel_aware) return nullptr;
  auto* scan = castNode(IndexScan, top);
  return list_length(scan->indexorderby) == 1 && IsIndexOurs(scan->indexid) ? scan : nullptr;
}

// Whether the last column, and no other, is hidden.
bool HidesLast(const List* columns) {
  ListCell* cell = nullptr;
  int number = 0;
  foreach (cell, columns) {
    const auto* column = lfirst_node(TargetEntry, cell);
    if (column->resno != ++number) return false;
    if (column->resjunk != (number == list_length(columns))) return false;
  }
  return columns != NIL;
}

// `top` is the plan of a whole query: who runs it sees only columns that are not hidden.
// The lists are cut where they are: a plan that another extension keeps stays its own.
void DropFrom(Plan* top) {
  if (top == nullptr || !HidesLast(top->targetlist)) return;
  IndexScan* scan = OrderedScan(top);
  if (scan == nullptr) return;
  Plan* bottom = &scan->scan.plan;
  const int visible = list_length(top->targetlist) - 1;
  if (list_length(bottom->targetlist) != visible + 1) return;
  const auto* hidden = llast_node(TargetEntry, bottom->targetlist);
  if (!IsSameDistance(reinterpret_cast<Node*>(hidden->expr),
                      static_cast<Node*>(linitial(scan->indexorderbyorig)))) {
    return;
  }
  bottom->targetlist = list_truncate(bottom->targetlist, visible);
  if (top != bottom) top->targetlist = list_truncate(top->targetlist, visible);
}

}  // namespace

// Subqueries are left alone but for those that are planned on their own, as the values of
// expressions and WITH: a scan of another subquery may copy its hidden columns.
void DropHiddenDistance(PlannedStmt& statement) {
  if (statement.commandType != CMD_SELECT || statement.rowMarks != NIL ||
      statement.parallelModeNeeded) {
    return;
  }
  DropFrom(statement.planTree);
  ListCell* cell = nullptr;
  foreach (cell, statement.subplans) {
    DropFrom(static_cast<Plan*>(lfirst(cell)));
  }
}

}  // namespace vec::pg::planner
