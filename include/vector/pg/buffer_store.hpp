// PageStore on PostgreSQL's buffer manager and generic WAL records.
//
// A page read before is found by its remembered buffer (no lookup in the shared
// table), and Prefetch() brings buffer descriptors and pages into the CPU cache,
// or pages from disk, in batches before they are visited: the memory stalls of
// single page visits are what a search costs most.
#pragma once

#include "vector/pg/crash_point.hpp"
#include "vector/pg/generic_pages.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/index_cache.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::pg {

// A page pinned and locked shared.
class BufferGuard {
 public:
  explicit BufferGuard(Buffer buffer) noexcept
      : buffer_(buffer), at_entry_(std::uncaught_exceptions()) {}
  ~BufferGuard() {
    if (!Unwinding(at_entry_)) UnlockReleaseBuffer(buffer_);
  }
  BufferGuard(const BufferGuard&) = delete;
  BufferGuard& operator=(const BufferGuard&) = delete;

  const std::byte* page() const {
    return reinterpret_cast<const std::byte*>(BufferGetPage(buffer_));
  }

 private:
  Buffer buffer_;
  int at_entry_;
};

// What a build logs: each page when a record that changed it is committed, which suits
// pages written once, or the whole fork in the end, or nothing, where another process logs the
// fork when this one has ended.
enum class BuildLog { kEachPage, kWholeFork, kNothing };

// Fresh pages for a build, which nobody else sees: consecutive blocks, added to the
// file several at a time. What is left over in the end goes to the free space map.
class FreshPages {
 public:
  FreshPages(Relation index, ForkNumber fork, BuildLog log = BuildLog::kEachPage)
      : index_(index), fork_(fork), log_(log) {}
  FreshPages(const FreshPages&) = delete;
  FreshPages& operator=(const FreshPages&) = delete;

  // The next page, pinned and locked exclusively.
  Buffer Take();

  // Lets go of what is left over, and logs the fork where that was put off, or where it is an init
  // fork. To be called in the end; an abort needs no call.
  void Finish();

  BuildLog log() const { return log_; }

 private:
  static constexpr int kMost = 64;

  void GiveBack();

  Relation index_;
  ForkNumber fork_;
  BuildLog log_;
  int taken_ = 0;  // in all
  int next_ = 0;
  int count_ = 0;
  Buffer buffers_[kMost];
};

// Pages that a record may need, fetched before it takes locks: out of the free space map
// or from the end of the file. They are pinned, not locked: who comes by vacuum or by the
// map may take one before.
class SparePages {
 public:
  // `heap` is the table of the index.
  SparePages(Relation index, Relation heap) : index_(index), heap_(heap) {}
  SparePages(const SparePages&) = delete;
  SparePages& operator=(const SparePages&) = delete;

  // Has `pages` of them from now on. No page may be locked.
  void Reserve(int pages);

  // One page, locked exclusively; never waits for the lock of a page.
  Buffer Take();

  // Gives back what is left. To be called in the end; an abort needs no call.
  void Finish();

 private:
  static constexpr int kMost = kMaxPagesPerRecord;

  Buffer LockSpare();
  Buffer Fetch();
  Buffer FreePage();
  bool LockForUse(Buffer buffer);

  Relation index_;
  Relation heap_;
  bool is_early_ = false;  // the page looked at last is free, but not for long enough
  int count_ = 0;
  Buffer buffers_[kMost];
};

// One generic WAL record, or the pages of a build. Pages are locked exclusively from
// Modify/Extend on.
class BufferRecord {
 public:
  // Extend() takes pages from `fresh` or from `spares`, whichever is there. With `fresh` a
  // build changes pages in place: what it does not commit is lost with the file, and what it
  // does is logged as BuildLog says.
  BufferRecord(Relation index, ForkNumber fork, FreshPages* fresh, SparePages* spares,
               CrashPoint end);
  ~BufferRecord();
  BufferRecord(const BufferRecord&) = delete;
  BufferRecord& operator=(const BufferRecord&) = delete;

  std::byte* Modify(BlockId block);
  std::pair<BlockId, std::byte*> Extend();
  void Commit();

 private:
  std::byte* Register(Buffer buffer, bool is_fresh);
  void LogPages();
  void Release();

  Relation index_;
  ForkNumber fork_;
  FreshPages* fresh_;
  SparePages* spares_;
  [[no_unique_address]] CrashPoint end_;
  bool is_open_ = true;
  int at_entry_;
  GenericPages* images_;  // nullptr: pages are changed in place
  Buffer buffers_[kMaxPagesPerRecord];
  int count_ = 0;
};

class BufferStore {
 public:
  explicit BufferStore(Relation index, BufferAccessStrategy strategy = nullptr)
      : index_(index), fork_(MAIN_FORKNUM), strategy_(strategy) {}

  // For inserts: new blocks come from `spares`.
  BufferStore(Relation index, SparePages& spares, BufferAccessStrategy strategy = nullptr)
      : index_(index), fork_(MAIN_FORKNUM), spares_(&spares), strategy_(strategy) {}

  // For building into an empty fork: new blocks come from `fresh`.
  BufferStore(Relation index, ForkNumber fork, FreshPages& fresh)
      : index_(index), fork_(fork), fresh_(&fresh) {}

  // Pages read from now on are for a search by this snapshot.
  void TestSnapshot(Snapshot snapshot) { snapshot_ = snapshot; }

  BlockId BlockCount();
  BufferGuard Read(BlockId block);
  BufferRecord Begin(const RecordPlace& where = RecordPlace::current()) {
    return BufferRecord(index_, fork_, fresh_, spares_, CrashPoint(where));
  }
  void Reserve(int pages);
  std::uint64_t NextTransaction();
  void Prefetch(std::span<const PagePart> parts);
  void CheckInterrupts() { pg::CheckInterrupts(); }

 private:
  Relation index_;
  ForkNumber fork_;
  FreshPages* fresh_ = nullptr;
  SparePages* spares_ = nullptr;
  Snapshot snapshot_ = nullptr;
  BufferAccessStrategy strategy_ = nullptr;
};

static_assert(PageStore<BufferStore>);

}  // namespace vec::pg
