#include "vector/pg/ivfflat/options.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/row_kind.hpp"

namespace vec::pg::ivfflat {

namespace {

constexpr IndexMethod kMethod = {.name = "ivfflat", .takes_sparse = false};

constexpr int kDefaultLists = 100;
constexpr int kDefaultProbes = 1;
constexpr int kIterativeOff = 0;
constexpr int kIterativeRelaxed = 1;

// lists = 0: sqrt(rows), and so many times more from so many rows on.
constexpr struct {
  double rows;
  double factor;
} kMoreLists[] = {{50000, 2}, {250000, 4}};

// Values of the reloption `quantizer`.
constexpr int kQuantizerAuto = 0;
constexpr int kQuantizerNone = 1;
constexpr int kQuantizerRabitq = 2;

// Values of the reloption `vectors`.
constexpr int kVectorsIndex = 0;
constexpr int kVectorsHeap = 1;

struct Reloptions {
  int32 vl_len_;
  int lists;   // 0: by the number of rows
  int probes;  // 0: not given
  int quantizer;
  int vectors;
};
constexpr Reloptions kDefaults = {0, kDefaultLists, 0, kQuantizerAuto, kVectorsIndex};

relopt_enum_elt_def quantizers[] = {
    {"auto", kQuantizerAuto},
    {"none", kQuantizerNone},
    {"rabitq", kQuantizerRabitq},
    {nullptr, 0},
};
relopt_enum_elt_def vector_places[] = {
    {"index", kVectorsIndex},
    {"heap", kVectorsHeap},
    {nullptr, 0},
};

relopt_kind reloption_kind;

int probes = kDefaultProbes;
bool is_probes_set = false;
int iterative_scan = kIterativeOff;
int max_probes = ivf::kMaxLists;
bool adaptive_probes = true;

const config_enum_entry kIterativeModes[] = {
    {"off", kIterativeOff, false},
    {"relaxed_order", kIterativeRelaxed, false},
    {nullptr, 0, false},
};

// Whether the user or the administrator has set ivfflat.probes goes beside its value.
extern "C" bool CheckProbes(int*, void** extra, GucSource source) {
  auto* is_set = static_cast<bool*>(AllocateForSetting(sizeof(bool)));
  if (is_set == nullptr) {
    GUC_check_errcode(ERRCODE_OUT_OF_MEMORY);
    GUC_check_errmsg("out of memory");
    return false;
  }
  *is_set = source > PGC_S_DEFAULT;
  *extra = is_set;
  return true;
}
extern "C" void AssignProbes(int, void* extra) { is_probes_set = *static_cast<bool*>(extra); }

ivf::Codec CodecOf(const Reloptions& options, const RowKind& rows) {
  const bool can = ivf::CanQuantize(rows.type, rows.metric);
  switch (options.quantizer) {
    case kQuantizerNone:
      return ivf::Codec::kNone;
    case kQuantizerRabitq:
      if (can) return ivf::Codec::kRabitq;
      throw Error(ErrorKind::kNotSupported,
                  "quantizer \"rabitq\" is not supported for this operator class");
    default:
      return can && rows.dims >= ivf::kMinCodeDims ? ivf::Codec::kRabitq : ivf::Codec::kNone;
  }
}

// Vectors that no page has room for stay in the heap.
ivf::Vectors VectorsOf(const Reloptions& options, const RowKind& rows) {
  if (!ivf::FitsPage(ivf::RowBytes(rows.type, rows.dims))) return ivf::Vectors::kHeap;
  if (options.vectors == kVectorsIndex) return ivf::Vectors::kIndex;
  if (!ivf::IsBits(rows.type)) return ivf::Vectors::kHeap;
  throw Error(ErrorKind::kNotSupported, "option \"vectors\" is not supported for type bit");
}

}  // namespace

void DefineSettings() {
  Call([] {
    reloption_kind = add_reloption_kind();
    add_int_reloption(reloption_kind, "lists", "Number of lists", kDefaultLists, 0, ivf::kMaxLists,
                      AccessExclusiveLock);
    add_int_reloption(reloption_kind, "probes", "Number of probes where none is set", 0, 1,
                      ivf::kMaxLists, ShareUpdateExclusiveLock);
    add_enum_reloption(reloption_kind, "quantizer", "Codes in front of the vectors", quantizers,
                       kQuantizerAuto, "Valid values are \"auto\", \"none\", and \"rabitq\".",
                       AccessExclusiveLock);
    add_enum_reloption(reloption_kind, "vectors", "Where exact vectors are read", vector_places,
                       kVectorsIndex, "Valid values are \"index\" and \"heap\".",
                       AccessExclusiveLock);

    DefineCustomIntVariable("ivfflat.probes", "Sets the number of probes",
                            "Valid range is 1..lists.", &probes, kDefaultProbes, 1, ivf::kMaxLists,
                            PGC_USERSET, 0, CheckProbes, AssignProbes, nullptr);
    DefineCustomEnumVariable("ivfflat.iterative_scan", "Sets the mode for iterative scans", nullptr,
                             &iterative_scan, kIterativeOff, kIterativeModes, PGC_USERSET, 0,
                             nullptr, nullptr, nullptr);
    DefineCustomIntVariable(
        "ivfflat.max_probes", "Sets the max number of probes for iterative scans", nullptr,
        &max_probes, ivf::kMaxLists, 1, ivf::kMaxLists, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("ivfflat.adaptive_probes",
                             "Scans fewer lists for some queries and more for others",
                             "The number of probes is then an average over queries.",
                             &adaptive_probes, true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("ivfflat");
  });
}

bytea* ParseOptions(Datum reloptions, bool validate) {
  const relopt_parse_elt table[] = {
      Reloption("lists", RELOPT_TYPE_INT, offsetof(Reloptions, lists)),
      Reloption("probes", RELOPT_TYPE_INT, offsetof(Reloptions, probes)),
      Reloption("quantizer", RELOPT_TYPE_ENUM, offsetof(Reloptions, quantizer)),
      Reloption("vectors", RELOPT_TYPE_ENUM, offsetof(Reloptions, vectors)),
  };
  return Call([&] {
    return static_cast<bytea*>(build_reloptions(reloptions, validate, reloption_kind,
                                                sizeof(Reloptions), table, lengthof(table)));
  });
}

namespace {

const Reloptions& OptionsOf(Relation index) {
  const auto* given = reinterpret_cast<const Reloptions*>(index->rd_options);
  return given != nullptr ? *given : kDefaults;
}

}  // namespace

std::uint32_t DeclaredLists(Relation index) {
  return static_cast<std::uint32_t>(OptionsOf(index).lists);
}

std::uint32_t ListsForRows(const Declaration& declared, double rows) {
  // With codes of centroids many lists are ranked as fast as few.
  double factor = 1;
  if (declared.codec == ivf::Codec::kRabitq) {
    for (const auto& more : kMoreLists) {
      if (rows >= more.rows) factor = more.factor;
    }
  }
  return static_cast<std::uint32_t>(
      std::clamp(factor * std::sqrt(rows), 1.0, static_cast<double>(ivf::kMaxLists)));
}

Declaration Describe(Relation index) {
  const Reloptions& options = OptionsOf(index);
  const RowKind rows = ReadRowKind(index, kMethod);
  const Declaration declared{.type = rows.type,
                             .metric = rows.metric,
                             .dims = rows.dims,
                             .lists = DeclaredLists(index),
                             .codec = CodecOf(options, rows),
                             .vectors = VectorsOf(options, rows)};
  const bool is_angular =
      declared.metric == ivf::Metric::kCosine || declared.metric == ivf::Metric::kInnerProduct;
  if (is_angular && declared.dims == 1) {
    throw Error(ErrorKind::kParameter, "dimensions must be greater than one for this opclass");
  }
  return declared;
}

ProbeSettings CurrentProbes(Relation index) {
  const int given = OptionsOf(index).probes;
  const int first = given > 0 && !is_probes_set ? given : probes;
  const bool is_iterative = iterative_scan != kIterativeOff;
  const int most = is_iterative ? std::max(first, max_probes) : first;
  // The user's limit holds where probes have reached it.
  const bool is_adaptive = adaptive_probes && !(is_iterative && most == first);
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(most), is_adaptive};
}

}  // namespace vec::pg::ivfflat
