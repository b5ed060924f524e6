#include "vector/pg/pgvector_index.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg {

namespace {

// The magic number is at the beginning of the contents of block 0, the page id in the last
// bytes of each page.
struct Format {
  std::uint32_t magic;
  std::uint16_t page_id;
};
constexpr Format kFormats[] = {{0x14FF1A7, 0xFF84}, {0xA953A953, 0xFF90}};  // ivfflat, hnsw

template <typename T>
T Load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

bool IsPgvectorMeta(const char* page) {
  const auto magic = Load<std::uint32_t>(page + SizeOfPageHeaderData);
  const auto page_id = Load<std::uint16_t>(page + BLCKSZ - sizeof(std::uint16_t));
  return std::ranges::any_of(kFormats, [&](const Format& format) {
    return magic == format.magic && page_id == format.page_id;
  });
}

// The functions below call PostgreSQL and run inside of Call.

bool IsIndexOurs(Relation relation) {
  return relation->rd_rel->relkind == RELKIND_INDEX &&
         planner::IsAccessMethodOurs(relation->rd_rel->relam);
}

// The name of an index as this session may write it.
const char* NameOf(Oid index) {
  const char* schema =
      RelationIsVisible(index) ? nullptr : get_namespace_name(get_rel_namespace(index));
  return quote_qualified_identifier(schema, get_rel_name(index));
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
  const bool is_foreign =
      IsIndexOurs(relation) && IsReadable(relation) && BuiltByPgvector(relation);
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
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("index \"%s\" was built by pgvector", RelationGetRelationName(index)),
                    errhint("%s", ReindexStatement(index))));
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
