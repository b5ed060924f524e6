#include "vector/pg/pgvector_index.hpp"

#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// At the beginning of the contents of block 0, and in the last bytes of each page.
constexpr std::uint32_t kIvfflatMagic = 0x14FF1A7;
constexpr std::uint16_t kIvfflatPageId = 0xFF84;

template <typename T>
T Load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

bool IsPgvectorMeta(const char* page) {
  return Load<std::uint32_t>(page + SizeOfPageHeaderData) == kIvfflatMagic &&
         Load<std::uint16_t>(page + BLCKSZ - sizeof(std::uint16_t)) == kIvfflatPageId;
}

// The functions below call PostgreSQL and run inside of Call.

bool HasAccessMethod(Relation index, const char* name) {
  const char* method = get_am_name(index->rd_rel->relam);
  return method != nullptr && std::strcmp(method, name) == 0;
}

// The name of an index as this session may write it.
const char* NameOf(Oid index) {
  const char* schema =
      RelationIsVisible(index) ? nullptr : get_namespace_name(get_rel_namespace(index));
  return quote_qualified_identifier(schema, get_rel_name(index));
}

// An index on a partition goes with the one on the whole table.
const char* DropStatement(Relation index) {
  const Oid oid = RelationGetRelid(index);
  List* parents = index->rd_rel->relispartition ? get_partition_ancestors(oid) : NIL;
  if (parents == NIL) return psprintf("DROP INDEX CONCURRENTLY %s;", NameOf(oid));
  return psprintf("DROP INDEX IF EXISTS %s;", NameOf(llast_oid(parents)));
}

const char* ReindexStatement(Relation index) {
  return psprintf("REINDEX INDEX CONCURRENTLY %s;", NameOf(RelationGetRelid(index)));
}

// Whether this session may read the file of a relation.
bool IsReadable(Relation relation) {
  if (RELATION_IS_OTHER_TEMP(relation)) return false;
  return !(RecoveryInProgress() && relation->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED);
}

const char* StatementFor(Relation relation) {
  if (relation->rd_rel->relkind != RELKIND_INDEX || !IsReadable(relation)) return nullptr;
  if (HasAccessMethod(relation, "hnsw")) return DropStatement(relation);
  const bool is_foreign = HasAccessMethod(relation, "ivfflat") && BuiltByPgvector(relation);
  return is_foreign ? ReindexStatement(relation) : nullptr;
}

}  // namespace

bool BuiltByPgvector(Relation index) {
  return Call([&] {
    if (RelationGetNumberOfBlocks(index) == 0) return false;
    const Buffer buffer = ReadBuffer(index, 0);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const bool is_foreign = IsPgvectorMeta(reinterpret_cast<const char*>(BufferGetPage(buffer)));
    UnlockReleaseBuffer(buffer);
    return is_foreign;
  });
}

void RaiseBuiltByPgvector(Relation index) {
  Call([&] {
    const bool is_hnsw = HasAccessMethod(index, "hnsw");
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("index \"%s\" was built by pgvector", RelationGetRelationName(index)),
             is_hnsw ? errhint("hnsw indexes cannot be rebuilt yet. Create an ivfflat index if the "
                               "table needs one, then: %s",
                               DropStatement(index))
                     : errhint("%s", ReindexStatement(index))));
  });
  pg_unreachable();
}

const char* TakeoverStatement(Oid index) {
  return Call([&]() -> const char* {
    Relation relation = try_relation_open(index, AccessShareLock);
    if (relation == nullptr) return nullptr;  // dropped a moment ago
    const char* statement = StatementFor(relation);
    relation_close(relation, AccessShareLock);
    return statement;
  });
}

}  // namespace vec::pg
