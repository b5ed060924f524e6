#include "vector/pg/row_kind.hpp"

#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// What makes the inner product of an operator class a cosine.
constexpr int kNormProc = 2;

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

struct Operands {
  ElementType type;
  Metric metric;
};

[[noreturn]] void ThrowNotSupported(std::string_view what, const IndexMethod& method,
                                    std::string hint = {}) {
  throw Error(ErrorKind::kNotSupported,
              std::string(what) + " not supported for " + std::string(method.name) + " index", {},
              std::move(hint));
}

// What an operator class works on, by its distance function.
Operands OperandsOf(Relation index, const IndexMethod& method) {
  struct Known {
    std::string_view symbol;
    Operands operands;
  };
  using enum ElementType;
  static constexpr Known kKnown[] = {
      {"vector_l2_squared_distance", {kFloat32, Metric::kL2}},
      {"vector_negative_inner_product", {kFloat32, Metric::kInnerProduct}},
      {"l1_distance", {kFloat32, Metric::kL1}},
      {"halfvec_l2_squared_distance", {kFloat16, Metric::kL2}},
      {"halfvec_negative_inner_product", {kFloat16, Metric::kInnerProduct}},
      {"halfvec_l1_distance", {kFloat16, Metric::kL1}},
      {"hamming_distance", {kBit, Metric::kHamming}},
      {"jaccard_distance", {kBit, Metric::kJaccard}},
      {"sparsevec_l2_squared_distance", {kSparse, Metric::kL2}},
      {"sparsevec_negative_inner_product", {kSparse, Metric::kInnerProduct}},
      {"sparsevec_l1_distance", {kSparse, Metric::kL1}},
  };
  const std::string symbol = DistanceSymbol(index);
  const auto* known = std::ranges::find(kKnown, symbol, &Known::symbol);
  if (known == std::end(kKnown) || (known->operands.type == kSparse && !method.takes_sparse)) {
    ThrowNotSupported("operator class", method,
                      "Use an operator class that comes with the extension.");
  }
  Operands operands = known->operands;
  if (operands.metric == Metric::kInnerProduct &&
      OidIsValid(Call([&] { return index_getprocid(index, 1, kNormProc); }))) {
    operands.metric = Metric::kCosine;
  }
  // A bit varying has no number of dimensions, but takes the operators of bit.
  const Oid column = TupleDescAttr(RelationGetDescr(index), 0)->atttypid;
  if (IsBits(operands.type) && column != BITOID) ThrowNotSupported("type", method);
  return operands;
}

// The dimensions of a sparse vector are as many as its type can have.
std::uint32_t DimsOf(Relation index, ElementType type, const IndexMethod& method) {
  const int typmod = TupleDescAttr(RelationGetDescr(index), 0)->atttypmod;
  if (typmod < 1) throw Error(ErrorKind::kParameter, "column does not have dimensions");
  if (type != ElementType::kSparse && typmod > static_cast<int>(MaxDims(type))) {
    throw Error(ErrorKind::kLimit, "column cannot have more than " + std::to_string(MaxDims(type)) +
                                       " dimensions for " + std::string(method.name) + " index");
  }
  return static_cast<std::uint32_t>(typmod);
}

}  // namespace

RowKind ReadRowKind(Relation index, const IndexMethod& method) {
  const Operands operands = OperandsOf(index, method);
  return {operands.type, operands.metric, DimsOf(index, operands.type, method)};
}

}  // namespace vec::pg
