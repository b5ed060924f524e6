// Runs inside of Call.
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

// The column whose cast to a number of dimensions is all that the index has, or nullptr.
// A cast that truncates instead of raising an error, as that of bit, proves nothing.
const Var* ColumnOfCast(const IndexOptInfo* index) {
  if (index->nkeycolumns != 1 || index->ncolumns != 1 || index->indexkeys[0] != 0 ||
      list_length(index->indexprs) != 1 || !IsA(linitial(index->indexprs), FuncExpr)) {
    return nullptr;
  }
  const auto* cast = linitial_node(FuncExpr, index->indexprs);
  if (cast->args == NIL || !IsA(linitial(cast->args), Var)) return nullptr;
  const auto* column = linitial_node(Var, cast->args);
  const bool truncates = column->vartype == BITOID || column->vartype == VARBITOID;
  if (truncates || column->vartypmod != -1 || cast->funcresulttype != column->vartype) {
    return nullptr;
  }
  Oid coercion = InvalidOid;
  const bool is_typmod_cast =
      find_typmod_coercion_function(column->vartype, &coercion) == COERCION_PATH_FUNC &&
      coercion == cast->funcid;
  return is_typmod_cast ? column : nullptr;
}

// Our index methods take our types only, whose casts raise; and those of bit.
bool IsSearchable(const IndexOptInfo* index) {
  return index->amhasgettuple && index->indpred == NIL && IsAccessMethodOurs(index->relam);
}

// The index as one on the column itself.
IndexOptInfo* OnColumn(const IndexOptInfo* index, const Var* column) {
  IndexOptInfo* twin = makeNode(IndexOptInfo);
  *twin = *index;
  twin->indexkeys = static_cast<int*>(palloc(sizeof(int)));
  twin->indexkeys[0] = column->varattno;
  twin->indexprs = NIL;
  auto* expression = static_cast<Expr*>(copyObjectImpl(column));
  twin->indextlist = list_make1(makeTargetEntry(expression, 1, nullptr, false));
  return twin;
}

}  // namespace

void AddCastIndexes(RelOptInfo* rel) {
  List* twins = NIL;
  ListCell* cell = nullptr;
  foreach (cell, rel->indexlist) {
    const auto* index = lfirst_node(IndexOptInfo, cell);
    const Var* column = IsSearchable(index) ? ColumnOfCast(index) : nullptr;
    if (column != nullptr) twins = lappend(twins, OnColumn(index, column));
  }
  rel->indexlist = list_concat(rel->indexlist, twins);
}

}  // namespace vec::pg::planner
