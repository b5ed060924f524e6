// Runs inside of Call.
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

namespace {

// A column of a table of its own: one without children, whose rows are all that the
// indexes of the table cover.
bool IsColumnWithoutDims(const Node* argument, const PlannerInfo* root) {
  if (!IsA(argument, Var)) return false;
  const Var* column = castNode(Var, argument);
  if (column->varlevelsup > 0 || IS_SPECIAL_VARNO(column->varno) || column->varattno <= 0 ||
      column->vartypmod != -1 || column->varno > list_length(root->parse->rtable)) {
    return false;
  }
  const RangeTblEntry* entry = rt_fetch(column->varno, root->parse->rtable);
  const bool is_table = entry->rtekind == RTE_RELATION &&
                        (entry->relkind == RELKIND_RELATION || entry->relkind == RELKIND_MATVIEW);
  return is_table && !has_subclass(entry->relid);
}

// Whether the index can be scanned, and has every row that a snapshot of this
// transaction sees.
bool IsUsable(Relation index) {
  const FormData_pg_index* form = index->rd_index;
  if (index->rd_indam->amgettuple == nullptr) return false;
  if (!form->indisvalid || !form->indisready || !form->indislive) return false;
  if (RelationGetIndexPredicate(index) != NIL) return false;
  return !form->indcheckxmin ||
         TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
                               TransactionXmin);
}

// The index's expression, where it is the column's cast to a number of dimensions.
FuncExpr* CastOf(Relation index, const Var* column) {
  if (index->rd_index->indnkeyatts != 1 || index->rd_index->indkey.values[0] != 0) return nullptr;
  List* expressions = RelationGetIndexExpressions(index);
  if (list_length(expressions) != 1 || !IsA(linitial(expressions), FuncExpr)) return nullptr;
  auto* cast = linitial_node(FuncExpr, expressions);
  Oid coercion = InvalidOid;
  if (find_typmod_coercion_function(column->vartype, &coercion) != COERCION_PATH_FUNC ||
      cast->funcid != coercion || !IsA(linitial(cast->args), Var)) {
    return nullptr;
  }
  return linitial_node(Var, cast->args)->varattno == column->varattno ? cast : nullptr;
}

// The operator that the index orders by with a function, or InvalidOid.
Oid OperatorOf(Relation index, Oid function) {
  Oid found = InvalidOid;
  CatCList* members = SearchSysCacheList1(AMOPSTRATEGY, ObjectIdGetDatum(index->rd_opfamily[0]));
  for (int i = 0; i < members->n_members && !OidIsValid(found); ++i) {
    const auto* member = reinterpret_cast<Form_pg_amop>(GETSTRUCT(&members->members[i]->tuple));
    if (member->amoppurpose == AMOP_ORDER && get_opcode(member->amopopr) == function) {
      found = member->amopopr;
    }
  }
  ReleaseSysCacheList(members);
  return found;
}

struct IndexedCast {
  FuncExpr* cast = nullptr;
  Oid distance = InvalidOid;
};

IndexedCast FindCast(Oid table, const Var* column, Oid function) {
  IndexedCast found;
  Relation relation = table_open(table, NoLock);  // the parser has locked it
  List* indexes = RelationGetIndexList(relation);
  ListCell* cell = nullptr;
  foreach (cell, indexes) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    FuncExpr* cast = IsUsable(index) ? CastOf(index, column) : nullptr;
    const Oid distance = cast != nullptr ? OperatorOf(index, function) : InvalidOid;
    if (OidIsValid(distance)) {
      found = {static_cast<FuncExpr*>(copyObjectImpl(cast)), distance};
    }
    index_close(index, NoLock);
    if (found.cast != nullptr) break;
  }
  list_free(indexes);
  table_close(relation, NoLock);
  return found;
}

}  // namespace

Node* CastAsIndexed(const SupportRequestSimplify& request) {
  const FuncExpr* call = request.fcall;
  if (request.root == nullptr || list_length(call->args) != 2) return nullptr;
  for (int i = 0; i < 2; ++i) {
    auto* argument = static_cast<Node*>(list_nth(call->args, i));
    if (!IsColumnWithoutDims(argument, request.root)) continue;
    auto* column = castNode(Var, argument);
    const RangeTblEntry* entry = rt_fetch(column->varno, request.root->parse->rtable);
    const IndexedCast indexed = FindCast(entry->relid, column, call->funcid);
    if (indexed.cast == nullptr) continue;

    linitial(indexed.cast->args) = copyObjectImpl(column);
    auto* other = static_cast<Expr*>(list_nth(call->args, 1 - i));
    auto* cast = reinterpret_cast<Expr*>(indexed.cast);
    Expr* distance =
        make_opclause(indexed.distance, call->funcresulttype, false, i == 0 ? cast : other,
                      i == 0 ? other : cast, call->funccollid, call->inputcollid);
    castNode(OpExpr, distance)->opfuncid = call->funcid;
    return reinterpret_cast<Node*>(distance);
  }
  return nullptr;
}

}  // namespace vec::pg::planner
