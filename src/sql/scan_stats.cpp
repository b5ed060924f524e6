#include "vector/pg/scan_stats.hpp"

#include "vector/pg/guard.hpp"

using vec::pg::Call;
using vec::pg::Guard;

// A row of nulls where there was no scan.
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
      std::fill(std::begin(is_null), std::end(is_null), !OidIsValid(stats.index));
      return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, is_null));
    });
  });
}
