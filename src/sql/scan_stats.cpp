#include "vector/pg/scan_stats.hpp"

#include "vector/pg/guard.hpp"

using vec::pg::Call;
using vec::pg::Guard;

namespace {

// Whether this user may know how much a scan has read of an index: who may read the table, and all
// of its rows, as for statistics of columns. Runs inside of Call.
bool MayKnow(Oid index) {
  if (!OidIsValid(index)) return false;
  const Oid table = IndexGetRelation(index, true);
  if (!OidIsValid(table)) return false;  // dropped since
  const Oid user = GetUserId();
  const bool may_read =
      pg_class_aclcheck(table, user, ACL_SELECT) == ACLCHECK_OK ||
      pg_attribute_aclcheck_all(table, user, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
  return may_read && check_enable_rls(table, InvalidOid, true) != RLS_ENABLED;
}

}  // namespace

// A row of nulls where there was no scan, or none that the user may know of.
VECTOR_FUNCTION(vector_last_scan_stats) {
  return Guard([&] {
    const vec::pg::ScanStats& stats = vec::pg::last_scan;
    return Call([&] {
      TupleDesc descriptor = nullptr;
      if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE) {
        elog(ERROR, "return type must be a row type");
      }
      const auto number = [](std::uint64_t n) { return Int64GetDatum(static_cast<int64>(n)); };
      Datum values[] = {ObjectIdGetDatum(stats.index), number(stats.lists),   number(stats.pages),
                        number(stats.codes),           number(stats.refined), number(stats.exact)};
      bool is_null[lengthof(values)];
      std::fill(std::begin(is_null), std::end(is_null), !MayKnow(stats.index));
      return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, is_null));
    });
  });
}
