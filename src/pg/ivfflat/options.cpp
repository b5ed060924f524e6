#include "vector/pg/ivfflat/options.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"

namespace vec::pg::ivfflat {

namespace {

constexpr int kDefaultLists = 100;
constexpr int kDefaultProbes = 1;
constexpr int kIterativeOff = 0;
constexpr int kIterativeRelaxed = 1;
constexpr int kNormProc = 2;

struct Reloptions {
  int32 vl_len_;
  int lists;
};

relopt_kind reloption_kind;

int probes = kDefaultProbes;
int iterative_scan = kIterativeOff;
int max_probes = ivf::kMaxLists;

const config_enum_entry kIterativeModes[] = {
    {"off", kIterativeOff, false},
    {"relaxed_order", kIterativeRelaxed, false},
    {nullptr, 0, false},
};

// The C symbol behind the distance function of the operator class.
std::string DistanceSymbol(Relation index) {
  return Call([&] {
    const Oid function = index_getprocid(index, 1, 1);
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", function);
    bool is_null = false;
    const Datum source = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null);
    char* symbol = TextDatumGetCString(source);
    ReleaseSysCache(tuple);
    return symbol;
  });
}

ivf::Metric MetricOf(Relation index) {
  const std::string symbol = DistanceSymbol(index);
  if (symbol == "vector_l2_squared_distance") return ivf::Metric::kL2;
  if (symbol == "l1_distance") return ivf::Metric::kL1;
  if (symbol == "vector_negative_inner_product") {
    const bool has_norm = OidIsValid(Call([&] { return index_getprocid(index, 1, kNormProc); }));
    return has_norm ? ivf::Metric::kCosine : ivf::Metric::kInnerProduct;
  }
  throw Error(ErrorKind::kNotSupported, "operator class not supported for ivfflat index", {},
              "Use an operator class that comes with the extension.");
}

std::uint32_t DimsOf(Relation index) {
  const int typmod = TupleDescAttr(RelationGetDescr(index), 0)->atttypmod;
  if (typmod < 1) throw Error(ErrorKind::kParameter, "column does not have dimensions");
  if (typmod > static_cast<int>(ivf::kMaxDims)) {
    throw Error(ErrorKind::kLimit, "column cannot have more than " + std::to_string(ivf::kMaxDims) +
                                       " dimensions for ivfflat index");
  }
  return static_cast<std::uint32_t>(typmod);
}

}  // namespace

void DefineSettings() {
  Call([] {
    reloption_kind = add_reloption_kind();
    add_int_reloption(reloption_kind, "lists", "Number of lists", kDefaultLists, 1, ivf::kMaxLists,
                      AccessExclusiveLock);

    DefineCustomIntVariable("ivfflat.probes", "Sets the number of probes",
                            "Valid range is 1..lists.", &probes, kDefaultProbes, 1, ivf::kMaxLists,
                            PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("ivfflat.iterative_scan", "Sets the mode for iterative scans", nullptr,
                             &iterative_scan, kIterativeOff, kIterativeModes, PGC_USERSET, 0,
                             nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "ivfflat.max_probes", "Sets the max number of probes for iterative scans", nullptr,
        &max_probes, ivf::kMaxLists, 1, ivf::kMaxLists, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("ivfflat");
  });
}

bytea* ParseOptions(Datum reloptions, bool validate) {
  static const relopt_parse_elt kTable[] = {
      {"lists", RELOPT_TYPE_INT, offsetof(Reloptions, lists)},
  };
  return Call([&] {
    return static_cast<bytea*>(build_reloptions(reloptions, validate, reloption_kind,
                                                sizeof(Reloptions), kTable, lengthof(kTable)));
  });
}

std::uint32_t DeclaredLists(Relation index) {
  const auto* options = reinterpret_cast<const Reloptions*>(index->rd_options);
  return static_cast<std::uint32_t>(options != nullptr ? options->lists : kDefaultLists);
}

Declaration Describe(Relation index) {
  const Declaration declared{
      .metric = MetricOf(index), .dims = DimsOf(index), .lists = DeclaredLists(index)};
  const bool is_angular =
      declared.metric == ivf::Metric::kCosine || declared.metric == ivf::Metric::kInnerProduct;
  if (is_angular && declared.dims == 1) {
    throw Error(ErrorKind::kParameter, "dimensions must be greater than one for this opclass");
  }
  return declared;
}

ProbeSettings CurrentProbes() {
  const int most = iterative_scan == kIterativeOff ? probes : std::max(probes, max_probes);
  return {static_cast<std::uint32_t>(probes), static_cast<std::uint32_t>(most)};
}

}  // namespace vec::pg::ivfflat
