#include "vector/pg/hnsw/options.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/hnsw/hnsw.hpp"

namespace vec::pg::hnsw {

namespace {

using vec::hnsw::Codec;

constexpr IndexMethod kMethod = {.name = "hnsw", .takes_sparse = true};

constexpr int kDefaultM = 16;
constexpr int kDefaultEfConstruction = 64;
constexpr int kMinEfConstruction = 4;
constexpr int kMaxEfConstruction = 1000;
constexpr int kDefaultEfSearch = 40;
constexpr int kMaxEfSearch = 10000;
constexpr int kDefaultMaxScanTuples = 20000;
constexpr double kMaxScanMemMultiplier = 1000;

constexpr int kIterativeOff = 0;
constexpr int kIterativeRelaxed = 1;
constexpr int kIterativeStrict = 2;

// Values of the reloption `quantizer`.
constexpr int kQuantizerAuto = 0;
constexpr int kQuantizerNone = 1;
constexpr int kQuantizerRabitq = 2;

struct Reloptions {
  int32 vl_len_;
  int m;
  int ef_construction;
  int quantizer;
};
constexpr Reloptions kDefaults = {0, kDefaultM, kDefaultEfConstruction, kQuantizerAuto};

relopt_enum_elt_def quantizers[] = {
    {"auto", kQuantizerAuto},
    {"none", kQuantizerNone},
    {"rabitq", kQuantizerRabitq},
    {nullptr, 0},
};

relopt_kind reloption_kind;

int ef_search = kDefaultEfSearch;
int iterative_scan = kIterativeOff;
int max_scan_tuples = kDefaultMaxScanTuples;
double scan_mem_multiplier = 1;

const config_enum_entry kIterativeModes[] = {
    {"off", kIterativeOff, false},
    {"relaxed_order", kIterativeRelaxed, false},
    {"strict_order", kIterativeStrict, false},
    {nullptr, 0, false},
};

const Reloptions& OptionsOf(Relation index) {
  const auto* given = reinterpret_cast<const Reloptions*>(index->rd_options);
  return given != nullptr ? *given : kDefaults;
}

Codec CodecOf(const Reloptions& options, const RowKind& rows) {
  const bool can = vec::hnsw::HasCodes(rows.type, rows.metric, rows.dims);
  if (options.quantizer == kQuantizerRabitq && !can) {
    if (CanQuantize(rows.type, rows.metric)) {
      throw Error(ErrorKind::kNotSupported,
                  "quantizer \"rabitq\" is not supported for fewer than " +
                      std::to_string(vec::hnsw::kMinCodeDims) + " dimensions");
    }
    throw Error(ErrorKind::kNotSupported,
                "quantizer \"rabitq\" is not supported for this operator class");
  }
  return can && options.quantizer != kQuantizerNone ? Codec::kRabitq : Codec::kNone;
}

void DefineReloptions() {
  reloption_kind = add_reloption_kind();
  add_int_reloption(reloption_kind, "m", "Max number of connections", kDefaultM, vec::hnsw::kMinM,
                    vec::hnsw::kMaxM, AccessExclusiveLock);
  add_int_reloption(reloption_kind, "ef_construction",
                    "Size of the dynamic candidate list for construction", kDefaultEfConstruction,
                    kMinEfConstruction, kMaxEfConstruction, AccessExclusiveLock);
  add_enum_reloption(reloption_kind, "quantizer", "Codes of a node's neighbors", quantizers,
                     kQuantizerAuto, "Valid values are \"auto\", \"none\", and \"rabitq\".",
                     AccessExclusiveLock);
}

}  // namespace

void DefineSettings() {
  Call([] {
    DefineReloptions();
    DefineCustomIntVariable("hnsw.ef_search",
                            "Sets the size of the dynamic candidate list for search",
                            "Valid range is 1..10000.", &ef_search, kDefaultEfSearch, 1,
                            kMaxEfSearch, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomEnumVariable("hnsw.iterative_scan", "Sets the mode for iterative scans", nullptr,
                             &iterative_scan, kIterativeOff, kIterativeModes, PGC_USERSET, 0,
                             nullptr, nullptr, nullptr);
    DefineCustomIntVariable("hnsw.max_scan_tuples",
                            "Sets the max number of tuples to visit for iterative scans", nullptr,
                            &max_scan_tuples, kDefaultMaxScanTuples, 1, INT_MAX, PGC_USERSET, 0,
                            nullptr, nullptr, nullptr);
    DefineCustomRealVariable("hnsw.scan_mem_multiplier",
                             "Sets the multiple of work_mem to use for iterative scans", nullptr,
                             &scan_mem_multiplier, 1, 1, kMaxScanMemMultiplier, PGC_USERSET, 0,
                             nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("hnsw");
  });
}

bytea* ParseOptions(Datum reloptions, bool validate) {
  const relopt_parse_elt table[] = {
      Reloption("m", RELOPT_TYPE_INT, offsetof(Reloptions, m)),
      Reloption("ef_construction", RELOPT_TYPE_INT, offsetof(Reloptions, ef_construction)),
      Reloption("quantizer", RELOPT_TYPE_ENUM, offsetof(Reloptions, quantizer)),
  };
  return Call([&] {
    return static_cast<bytea*>(build_reloptions(reloptions, validate, reloption_kind,
                                                sizeof(Reloptions), table, lengthof(table)));
  });
}

Declaration Describe(Relation index) {
  const Reloptions& options = OptionsOf(index);
  const RowKind rows = ReadRowKind(index, kMethod);
  if (options.ef_construction < 2 * options.m) {
    throw Error(ErrorKind::kParameter, "ef_construction must be greater than or equal to 2 * m");
  }
  return {.rows = rows,
          .m = static_cast<std::uint16_t>(options.m),
          .ef_construction = EfConstruction(index),
          .codec = CodecOf(options, rows)};
}

std::uint32_t EfConstruction(Relation index) {
  return static_cast<std::uint32_t>(OptionsOf(index).ef_construction);
}

SearchSettings CurrentSearch() {
  const double memory = static_cast<double>(work_mem) * 1024 * scan_mem_multiplier;
  return {.ef_search = static_cast<std::uint32_t>(ef_search),
          .is_iterative = iterative_scan != kIterativeOff,
          .is_strict = iterative_scan == kIterativeStrict,
          .max_scan_tuples = static_cast<std::uint32_t>(max_scan_tuples),
          .memory_bytes = static_cast<std::size_t>(memory)};
}

}  // namespace vec::pg::hnsw
