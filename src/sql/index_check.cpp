// Checks of indexes: vector_index_check() lists what is wrong, vector_index_check_strict() raises
// it.
#include "vector/pg/check/index_check.hpp"

#include "vector/pg/guard.hpp"

using vec::Severity;
using vec::pg::Call;
using vec::pg::Guard;

namespace {

// Puts findings into the result of a set-returning function.
class FindingRows final : public vec::pg::FindingReceiver {
 public:
  explicit FindingRows(ReturnSetInfo* result) : result_(result) {}

  void Receive(Relation, vec::BlockId block, std::uint32_t item, std::string_view what,
               Severity severity) override {
    Call([&] {
      const char* name = severity == Severity::kError ? "error" : "warning";
      Datum values[] = {
          Int64GetDatum(block), Int32GetDatum(static_cast<int32>(item)),
          PointerGetDatum(cstring_to_text_with_len(what.data(), static_cast<int>(what.size()))),
          CStringGetTextDatum(name)};
      bool is_null[] = {block == vec::kNoBlock, item == vec::kNoItem, false, false};
      tuplestore_putvalues(result_->setResult, result_->setDesc, values, is_null);
    });
  }

 private:
  ReturnSetInfo* result_;
};

// Raises the first error; warnings are WARNINGs.
class FindingErrors final : public vec::pg::FindingReceiver {
 public:
  void Receive(Relation index, vec::BlockId block, std::uint32_t item, std::string_view what,
               Severity severity) override {
    Call([&] {
      const bool has_block = block != vec::kNoBlock;
      const char* place = item != vec::kNoItem ? psprintf("Block %u, item %u.", block, item)
                                               : psprintf("Block %u.", block);
      ereport(severity == Severity::kError ? ERROR : WARNING,
              (errcode(ERRCODE_INDEX_CORRUPTED),
               errmsg("index \"%s\" is not valid: %.*s", RelationGetRelationName(index),
                      static_cast<int>(what.size()), what.data()),
               has_block ? errdetail_internal("%s", place) : 0,
               severity == Severity::kError ? errhint("Please REINDEX it.") : 0));
    });
  }
};

}  // namespace

VECTOR_FUNCTION(vector_index_check) {
  return Guard([&]() -> Datum {
    Call([&] { InitMaterializedSRF(fcinfo, 0); });
    FindingRows rows(reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo));
    vec::pg::CheckIndex(PG_GETARG_OID(0), PG_GETARG_BOOL(1), rows);
    return 0;
  });
}

VECTOR_FUNCTION(vector_index_check_strict) {
  return Guard([&]() -> Datum {
    FindingErrors errors;
    vec::pg::CheckIndex(PG_GETARG_OID(0), PG_GETARG_BOOL(1), errors);
    PG_RETURN_VOID();
  });
}
