// Every difference between PostgreSQL major versions that we depend on.
// No other file tests PG_VERSION_NUM.
#pragma once

#include "vector/pg/postgres.hpp"

#if PG_VERSION_NUM < 150000
#error "PostgreSQL 15 or later is required"
#endif

#if PG_VERSION_NUM >= 160000
extern "C" {
#include "varatt.h"
}
#endif

// Exported symbols. Before 16 PostgreSQL leaves PGDLLEXPORT empty on Unix and
// builds extensions with default visibility.
#if PG_VERSION_NUM < 160000 && !defined(_WIN32)
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

// Declares an SQL-callable C function.
#define VECTOR_FUNCTION(name)               \
  extern "C" {                              \
  PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
  PG_FUNCTION_INFO_V1(name);                \
  }                                         \
  Datum name([[maybe_unused]] PG_FUNCTION_ARGS)

namespace vec::pg {

// What ReadBuffer does at a hit, and ReadRecentBuffer leaves out.
inline void CountHit(Relation relation) {
  pgstat_count_buffer_read(relation);
  pgstat_count_buffer_hit(relation);
#if PG_VERSION_NUM >= 160000
  const IOObject object =
      RelationUsesLocalBuffers(relation) ? IOOBJECT_TEMP_RELATION : IOOBJECT_RELATION;
#if PG_VERSION_NUM >= 180000
  pgstat_count_io_op(object, IOCONTEXT_NORMAL, IOOP_HIT, 1, 0);
#else
  pgstat_count_io_op(object, IOCONTEXT_NORMAL, IOOP_HIT);
#endif
#endif
  if (VacuumCostActive) VacuumCostBalance += VacuumCostPageHit;
}

// Whether a buffer is used often. ReadRecentBuffer does not count uses, so a page
// that is only ever read by it would look idle and be evicted.
inline bool IsHot(Buffer buffer) {
  constexpr uint32 kHotUses = 3;
  const uint32 state = pg_atomic_read_u32(&GetBufferDescriptor(buffer - 1)->state);
  return BUF_STATE_GET_USAGECOUNT(state) >= kHotUses;
}

// Pins a buffer if it holds a block and, where it is shared, is used often. The identity of a
// relation's file is RelFileNode before 16.
inline bool ReadRecent(Relation relation, ForkNumber fork, BlockNumber block, Buffer recent) {
  if (recent > 0 && !IsHot(recent)) return false;
#if PG_VERSION_NUM >= 160000
  if (!ReadRecentBuffer(relation->rd_locator, fork, block, recent)) return false;
#else
  if (!ReadRecentBuffer(relation->rd_node, fork, block, recent)) return false;
#endif
  CountHit(relation);
  return true;
}

// Whether a buffer held a block a moment ago: a hint, read without a lock.
inline bool HoldsBlock(Buffer buffer, Relation relation, ForkNumber fork, BlockNumber block) {
  BufferTag tag;
#if PG_VERSION_NUM >= 160000
  InitBufferTag(&tag, &relation->rd_locator, fork, block);
  return BufferTagsEqual(&tag, &GetBufferDescriptor(buffer - 1)->tag);
#else
  INIT_BUFFERTAG(tag, relation->rd_node, fork, block);
  return BUFFERTAGS_EQUAL(tag, GetBufferDescriptor(buffer - 1)->tag);
#endif
}

// Raises an ERROR where old_snapshot_threshold, which 17 dropped, has made a page
// too new for the snapshot.
inline void TestSnapshotAgainst([[maybe_unused]] Snapshot snapshot,
                                [[maybe_unused]] Relation relation,
                                [[maybe_unused]] Buffer buffer) {
#if PG_VERSION_NUM < 170000
  if (snapshot != nullptr) TestForOldSnapshot(snapshot, relation, BufferGetPage(buffer));
#endif
}

// Adds a zero page and returns its buffer, exclusively locked. 16 brought a call
// that takes the extension lock itself.
inline Buffer ExtendRelation(Relation relation, ForkNumber fork) {
#if PG_VERSION_NUM >= 160000
  return ExtendBufferedRel(BMR_REL(relation), fork, nullptr, EB_LOCK_FIRST);
#else
  const bool needs_lock = !RELATION_IS_LOCAL(relation);
  if (needs_lock) LockRelationForExtension(relation, ExclusiveLock);
  const Buffer buffer = ReadBufferExtended(relation, fork, P_NEW, RBM_ZERO_AND_LOCK, nullptr);
  if (needs_lock) UnlockRelationForExtension(relation, ExclusiveLock);
  return buffer;
#endif
}

// Adds up to `count` zero pages at once. Writes their buffers, pinned, and returns how many
// there are. 16 brought the call, which makes the file longer without writing zeros, and pins
// no more buffers than a backend's share. The lock is taken even where the relation is new:
// workers of a parallel build, to whom it is not, add pages, too.
inline int ExtendRelationBy(Relation relation, ForkNumber fork, int count, Buffer* buffers) {
#if PG_VERSION_NUM >= 160000
  uint32 extended = 0;
  ExtendBufferedRelBy(BMR_REL(relation), fork, nullptr, 0, static_cast<uint32>(count), buffers,
                      &extended);
  return static_cast<int>(extended);
#else
  const bool needs_lock = !RelationUsesLocalBuffers(relation);
  const int share = needs_lock ? NBuffers / MaxBackends : num_temp_buffers / 4;
  count = std::clamp(share, 1, count);
  if (needs_lock) LockRelationForExtension(relation, ExclusiveLock);
  for (int i = 0; i < count; ++i) {
    buffers[i] = ReadBufferExtended(relation, fork, P_NEW, RBM_NORMAL, nullptr);
  }
  if (needs_lock) UnlockRelationForExtension(relation, ExclusiveLock);
  return count;
#endif
}

// Makes standbys end their searches that may still come to a page that was taken out of
// use at `since`: before its new contents are replayed. 16 tells what table it is of. The
// record is GiST's: what it says is not about GiST, and replay needs no extension.
inline void LogPageReuse(Relation index, [[maybe_unused]] Relation heap, BlockNumber block,
                         FullTransactionId since) {
  if (!XLogStandbyInfoActive() || !RelationNeedsWAL(index)) return;
#if PG_VERSION_NUM >= 160000
  gistXLogPageReuse(index, heap, block, since);
#else
  gistXLogPageReuse(index, block, since);
#endif
}

// Whether transaction numbers are about to run out, and PostgreSQL warns whoever takes one. The
// limit is read without a lock.
inline bool IsShortOfTransactions() {
#if PG_VERSION_NUM >= 170000
  const TransactionId limit = TransamVariables->xidWarnLimit;
#else
  const TransactionId limit = ShmemVariableCache->xidWarnLimit;
#endif
  return TransactionIdIsValid(limit) &&
         TransactionIdFollowsOrEquals(ReadNextTransactionId(), limit);
}

// Whether a role owns a relation. 16 has one function for all kinds of objects.
inline bool OwnsRelation(Oid relation, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(RelationRelationId, relation, role);
#else
  return pg_class_ownercheck(relation, role);
#endif
}

// Whether a role may VACUUM and REINDEX a table that it does not own: a privilege since 17.
inline bool MayMaintain([[maybe_unused]] Oid relation, [[maybe_unused]] Oid role) {
#if PG_VERSION_NUM >= 170000
  return pg_class_aclcheck(relation, role, ACL_MAINTAIN) == ACLCHECK_OK;
#else
  return false;
#endif
}

// 17 has what keeps expressions of an index from finding what others have put before them.
#if PG_VERSION_NUM < 170000
inline void RestrictSearchPath() {}
#endif

// The next value of a sort of datums, ascending. 16 asks whether to copy it.
inline bool GetSortedDatum(Tuplesortstate* sort, Datum* value) {
  bool is_null = false;
#if PG_VERSION_NUM >= 160000
  return tuplesort_getdatum(sort, true, false, value, &is_null, nullptr);
#else
  return tuplesort_getdatum(sort, true, value, &is_null, nullptr);
#endif
}

// 18 tells the reason for the delay.
inline void VacuumDelayPoint() {
#if PG_VERSION_NUM >= 180000
  vacuum_delay_point(false);
#else
  vacuum_delay_point();
#endif
}

// 18 also counts index searches for EXPLAIN.
inline void CountIndexScan(IndexScanDesc scan) {
  pgstat_count_index_scan(scan->indexRelation);
#if PG_VERSION_NUM >= 180000
  if (scan->instrument != nullptr) scan->instrument->nsearches++;
#endif
}

// Keeps the planner from a path. Infinite costs do so before 18; since then paths
// with fewer disabled nodes win whatever they cost, and one is what a path gets that
// the user disabled.
inline void DisablePath([[maybe_unused]] IndexPath* path) {
#if PG_VERSION_NUM >= 180000
  path->path.disabled_nodes = 2;
#endif
}

// Keeps values of a column as they are: no compression, no packed headers. 18
// caches the attribute in a second form.
inline void SetPlainStorage(TupleDesc descriptor, int column) {
  TupleDescAttr(descriptor, column)->attstorage = TYPSTORAGE_PLAIN;
#if PG_VERSION_NUM >= 180000
  populate_compact_attribute(descriptor, column);
#endif
}

// What a check hook keeps beside a value; nullptr where there is no memory.
inline void* AllocateForSetting(std::size_t bytes) {
#if PG_VERSION_NUM >= 160000
  return guc_malloc(LOG, bytes);
#else
  return std::malloc(bytes);
#endif
}

// A storage parameter's place in the parsed options. 18 adds a member, which is zero.
inline relopt_parse_elt Reloption(const char* name, relopt_type type, std::size_t offset) {
  relopt_parse_elt element{};
  element.optname = name;
  element.opttype = type;
  element.offset = static_cast<int>(offset);
  return element;
}

// Members of IndexAmRoutine that not every version has.
inline void FillVersionedMembers([[maybe_unused]] IndexAmRoutine& am) {
#if PG_VERSION_NUM >= 160000
  am.amsummarizing = false;
#endif
#if PG_VERSION_NUM >= 170000
  am.amcanbuildparallel = true;
#endif
#if PG_VERSION_NUM >= 180000
  am.amcanhash = false;
  am.amconsistentequality = false;
  am.amconsistentordering = false;
#endif
}

}  // namespace vec::pg
