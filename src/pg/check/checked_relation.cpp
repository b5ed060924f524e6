#include "vector/pg/check/checked_relation.hpp"

#include "vector/pg/pgvector_index.hpp"

namespace vec::pg {

namespace {

// The functions below call PostgreSQL and run inside of Call.

// As for REINDEX: before anything is locked, so that nobody else waits for it.
void RequireOwner(Oid index, Oid heap) {
  if (OwnsRelation(index, GetUserId()) || (OidIsValid(heap) && MayMaintain(heap, GetUserId())))
    return;
  const char* name = get_rel_name(index);
  if (name == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation with OID %u does not exist", index)));
  }
  aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(index)), name);
}

[[noreturn]] void RaiseNotSupported(const char* message, const char* detail) {
  ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg_internal("%s", message),
                  errdetail_internal("%s", detail)));
  pg_unreachable();
}

}  // namespace

CheckedRelation::CheckedRelation(Oid index) : at_entry_(std::uncaught_exceptions()) {
  Call([&] {
    Open(index);
    Refuse();
  });
  if (!is_without_file_ && BuiltByPgvector(index_)) RaiseBuiltByPgvector(index_);
}

CheckedRelation::~CheckedRelation() {
  if (Unwinding(at_entry_)) return;
  AtEOXact_GUC(false, guc_level_);
  SetUserIdAndSecContext(caller_, caller_context_);
  index_close(index_, AccessShareLock);
  table_close(heap_, AccessShareLock);
}

// The table first, as everybody does; whose index it is is asked again under the locks.
void CheckedRelation::Open(Oid index) {
  const Oid heap = IndexGetRelation(index, true);
  RequireOwner(index, heap);
  GetUserIdAndSecContext(&caller_, &caller_context_);
  if (OidIsValid(heap)) {
    heap_ = table_open(heap, AccessShareLock);
    SetUserIdAndSecContext(heap_->rd_rel->relowner,
                           caller_context_ | SECURITY_RESTRICTED_OPERATION);
    guc_level_ = NewGUCNestLevel();
    RestrictSearchPath();
  }
  index_ = index_open(index, AccessShareLock);
  if (heap_ == nullptr || heap != IndexGetRelation(index, false)) {
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("could not open parent table of index \"%s\"",
                                                      RelationGetRelationName(index_))));
  }
}

void CheckedRelation::Refuse() {
  const char* name = RelationGetRelationName(index_);
  const char* method = get_am_name(index_->rd_rel->relam);
  const bool is_ivfflat = std::string_view(method) == "ivfflat";
  if (index_->rd_rel->relkind != RELKIND_INDEX ||
      (!is_ivfflat && std::string_view(method) != "hnsw")) {
    const bool is_ours = is_ivfflat || std::string_view(method) == "hnsw";
    RaiseNotSupported("only ivfflat and hnsw indexes are supported as targets for verification",
                      is_ours
                          ? psprintf("Index \"%s\" is partitioned: check its partitions.", name)
                          : psprintf("Relation \"%s\" is an index of method %s.", name, method));
  }
  method_ = is_ivfflat ? CheckedMethod::kIvfflat : CheckedMethod::kHnsw;
  if (RELATION_IS_OTHER_TEMP(index_)) {
    RaiseNotSupported("cannot access temporary tables of other sessions",
                      psprintf("Index \"%s\" is associated with temporary relation.", name));
  }
  if (!index_->rd_index->indisvalid) {
    RaiseNotSupported(psprintf("cannot check index \"%s\"", name), "Index is not valid.");
  }
  is_without_file_ =
      index_->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED && RecoveryInProgress();
  if (is_without_file_) {
    ereport(NOTICE,
            (errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
             errmsg("cannot verify unlogged index \"%s\" during recovery, skipping", name)));
  }
}

}  // namespace vec::pg
