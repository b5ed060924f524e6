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

// One GenericXLog record. Pages are locked exclusively from Modify/Extend on.
class BufferRecord {
 public:
  BufferRecord(Relation index, ForkNumber fork, bool reuse_pages);
  ~BufferRecord();
  BufferRecord(const BufferRecord&) = delete;
  BufferRecord& operator=(const BufferRecord&) = delete;

  std::byte* Modify(BlockId block);
  std::pair<BlockId, std::byte*> Extend();
  void Commit();

 private:
  std::byte* Register(Buffer buffer, int flags);
  Buffer FreePage();
  void Release();

  Relation index_;
  ForkNumber fork_;
  bool reuse_pages_;
  bool is_open_ = true;
  int at_entry_;
  GenericXLogState* xlog_;
  Buffer buffers_[kMaxPagesPerRecord];
  int count_ = 0;
};

class BufferStore {
 public:
  // `reuse_pages` lets Extend() take pages from the free space map; a build,
  // which counts on consecutive blocks, says no.
  explicit BufferStore(Relation index, ForkNumber fork = MAIN_FORKNUM, bool reuse_pages = true,
                       BufferAccessStrategy strategy = nullptr)
      : index_(index), fork_(fork), reuse_pages_(reuse_pages), strategy_(strategy) {}

  BlockId BlockCount();
  BufferGuard Read(BlockId block);
  BufferRecord Begin() { return BufferRecord(index_, fork_, reuse_pages_); }
  void Prefetch(std::span<const PagePart> parts);
  void CheckInterrupts() { pg::CheckInterrupts(); }

 private:
  Relation index_;
  ForkNumber fork_;
  bool reuse_pages_;
  BufferAccessStrategy strategy_;
};

static_assert(PageStore<BufferStore>);

}  // namespace vec::pg
