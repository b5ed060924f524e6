// PageStore on PostgreSQL's buffer manager and GenericXLog.
//
// A page read before is found by its remembered buffer (no lookup in the shared
// table), and Prefetch() brings buffer descriptors and pages into the CPU cache,
// or pages from disk, in batches before they are visited: the memory stalls of
// single page visits are what a search costs most.
#pragma once

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

// Fresh pages for a build, which nobody else sees: consecutive blocks, added to the
// file several at a time. What is left over in the end goes to the free space map.
class FreshPages {
 public:
  FreshPages(Relation index, ForkNumber fork) : index_(index), fork_(fork) {}
  FreshPages(const FreshPages&) = delete;
  FreshPages& operator=(const FreshPages&) = delete;

  // The next page, pinned and locked exclusively.
  Buffer Take();

  // Lets go of what is left over. To be called in the end; an abort needs no call.
  void Finish();

 private:
  static constexpr int kMost = 64;

  Relation index_;
  ForkNumber fork_;
  int taken_ = 0;  // in all
  int next_ = 0;
  int count_ = 0;
  Buffer buffers_[kMost];
};

// One GenericXLog record, or the pages of a build. Pages are locked exclusively from
// Modify/Extend on.
class BufferRecord {
 public:
  // Extend() takes pages from `fresh` or, where that is nullptr, from the free space
  // map and the end of the file. With `fresh` a build changes pages in place: what it does
  // not commit is lost with the file, and what it does is logged page by page.
  BufferRecord(Relation index, ForkNumber fork, FreshPages* fresh);
  ~BufferRecord();
  BufferRecord(const BufferRecord&) = delete;
  BufferRecord& operator=(const BufferRecord&) = delete;

  std::byte* Modify(BlockId block);
  std::pair<BlockId, std::byte*> Extend();
  void Commit();

 private:
  std::byte* Register(Buffer buffer, int flags);
  Buffer FreePage();
  void LogPages();
  void Release();

  Relation index_;
  ForkNumber fork_;
  FreshPages* fresh_;
  bool is_open_ = true;
  int at_entry_;
  GenericXLogState* xlog_;  // nullptr: pages are changed in place
  Buffer buffers_[kMaxPagesPerRecord];
  int count_ = 0;
};

class BufferStore {
 public:
  explicit BufferStore(Relation index, BufferAccessStrategy strategy = nullptr)
      : index_(index), fork_(MAIN_FORKNUM), strategy_(strategy) {}

  // For building into an empty fork: new blocks come from `fresh`.
  BufferStore(Relation index, ForkNumber fork, FreshPages& fresh)
      : index_(index), fork_(fork), fresh_(&fresh) {}

  // Pages read from now on are for a search by this snapshot.
  void TestSnapshot(Snapshot snapshot) { snapshot_ = snapshot; }

  BlockId BlockCount();
  BufferGuard Read(BlockId block);
  BufferRecord Begin() { return BufferRecord(index_, fork_, fresh_); }
  void Prefetch(std::span<const PagePart> parts);
  void CheckInterrupts() { pg::CheckInterrupts(); }

 private:
  Relation index_;
  ForkNumber fork_;
  FreshPages* fresh_ = nullptr;
  Snapshot snapshot_ = nullptr;
  BufferAccessStrategy strategy_ = nullptr;
};

static_assert(PageStore<BufferStore>);

}  // namespace vec::pg
