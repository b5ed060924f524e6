// Runs inside of Call.
#include "vector/base/half.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

// Measured: a cpu_operator_cost of the default stands for about 25 ns, in which a kernel
// reads half a kilobyte. Fetching a value from the TOAST table takes a hundred times
// that, and a little for each of its chunks.
constexpr double kBytesPerOperator = 512;
constexpr double kToastOperators = 100;
constexpr double kToastBytesPerOperator = 256;

// Where nothing is declared.
constexpr int kUsualDims = 512;
constexpr double kUsualSparseBytes = 1024;

List* ArgumentsOf(Node* call) {
  if (call == nullptr) return NIL;
  if (IsA(call, FuncExpr)) return castNode(FuncExpr, call)->args;
  if (IsA(call, OpExpr)) return castNode(OpExpr, call)->args;
  return NIL;
}

bool HasName(Oid type, const char* name) {
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return false;
  const bool has =
      strcmp(NameStr(reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typname), name) == 0;
  ReleaseSysCache(tuple);
  return has;
}

// A sparsevec does not say how many elements it has.
double BytesOf(Node* argument) {
  const Oid type = exprType(argument);
  if (HasName(type, "sparsevec")) return kUsualSparseBytes;
  const int typmod = exprTypmod(argument);
  const double dims = typmod > 0 ? typmod : kUsualDims;
  if (type == BITOID) return dims / BITS_PER_BYTE;
  return dims * (HasName(type, "halfvec") ? sizeof(Half) : sizeof(float));
}

// Whether a column keeps such values out of line; true where it is not known.
bool MayToast(PlannerInfo* root, const Var* column) {
  if (root == nullptr || column->varlevelsup > 0 || IS_SPECIAL_VARNO(column->varno)) return true;
  const RangeTblEntry* entry = planner_rt_fetch(column->varno, root);
  if (entry->rtekind != RTE_RELATION || column->varattno <= 0) return true;
  HeapTuple tuple = SearchSysCacheAttNum(entry->relid, column->varattno);
  if (!HeapTupleIsValid(tuple)) return true;
  const char storage = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attstorage;
  ReleaseSysCache(tuple);
  return storage == TYPSTORAGE_EXTERNAL || storage == TYPSTORAGE_EXTENDED;
}

// The column behind an argument, seen through a cast; nullptr where it is no column.
const Var* ColumnOf(Node* argument) {
  if (IsA(argument, FuncExpr) && castNode(FuncExpr, argument)->args != NIL) {
    argument = static_cast<Node*>(linitial(castNode(FuncExpr, argument)->args));
  }
  return IsA(argument, Var) ? castNode(Var, argument) : nullptr;
}

}  // namespace

bool EstimateCall(SupportRequestCost& request) {
  bool has_column = false;
  double operators = 1;
  ListCell* cell = nullptr;
  foreach (cell, ArgumentsOf(request.node)) {
    auto* argument = static_cast<Node*>(lfirst(cell));
    const Var* column = ColumnOf(argument);
    if (column == nullptr) continue;
    has_column = true;
    const double bytes = BytesOf(argument);
    operators += bytes / kBytesPerOperator;
    if (bytes > TOAST_TUPLE_THRESHOLD && MayToast(request.root, column)) {
      operators += kToastOperators + bytes / kToastBytesPerOperator;
    }
  }
  request.startup = 0;
  request.per_tuple = operators * cpu_operator_cost;
  return has_column;
}

}  // namespace vec::pg::planner
