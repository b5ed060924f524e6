#include "vector/pg/buffer_store.hpp"

#include "vector/ivf/free_page.hpp"
#include "vector/pg/file_end.hpp"

namespace vec::pg {

static_assert(BLCKSZ == kPageBytes, "the page formats are for 8 kB blocks");
static_assert(sizeof(PageHeader) == SizeOfPageHeaderData);
static_assert(offsetof(PageHeader, lower) == offsetof(PageHeaderData, pd_lower));
static_assert(offsetof(PageHeader, special) == offsetof(PageHeaderData, pd_special));
static_assert(offsetof(PageHeader, size_and_version) ==
              offsetof(PageHeaderData, pd_pagesize_version));
static_assert(kSizeAndVersion == (BLCKSZ | PG_PAGE_LAYOUT_VERSION));
static_assert(sizeof(HeapTid) == sizeof(ItemPointerData));
static_assert(kNoBlock == InvalidBlockNumber);

namespace {

constexpr std::size_t kCacheLine = 64;

// Reads a page, where it was the last time if it is often used. A link may come from a damaged
// page. Runs inside of Call.
Buffer ReadPage(Relation index, ForkNumber fork, BlockId block, BufferAccessStrategy strategy) {
  IndexCache cache(index);
  const Buffer recent = cache.Recent(block);
  if (BufferIsValid(recent) && ReadRecent(index, fork, block, recent)) return recent;
  if (block >= RelationGetNumberOfBlocksInFork(index, fork)) {
    ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                    errmsg("index \"%s\" is not valid", RelationGetRelationName(index)),
                    errdetail("Link to block %u behind the end of the file.", block),
                    errhint("Please REINDEX it.")));
  }
  const Buffer buffer = ReadBufferExtended(index, fork, block, RBM_NORMAL, strategy);
  cache.Remember(block, buffer);
  return buffer;
}

// Asks for a page to be read from disk, where there is such a page and it is not in shared
// memory, and returns the buffer that it is in, if any. Runs inside of Call.
Buffer PrefetchPage(Relation index, ForkNumber fork, BlockId block) {
  if (!HasBlock(index, fork, block)) return InvalidBuffer;
  return PrefetchBuffer(index, fork, block).recent_buffer;
}

}  // namespace

void FreshPages::Finish() {
  GiveBack();
  // The changes of an unlogged relation are not logged, but its init fork must survive a crash.
  if (fork_ != INIT_FORKNUM && (log_ != BuildLog::kWholeFork || !RelationNeedsWAL(index_))) return;
  Call([&] {
    log_newpage_range(index_, fork_, 0, RelationGetNumberOfBlocksInFork(index_, fork_), true);
  });
  CrashPoint(RecordPlace::current()).Pass();
}

void FreshPages::GiveBack() {
  if (next_ == count_) return;
  Call([&] {
    for (; next_ < count_; ++next_) {
      const BlockNumber block = BufferGetBlockNumber(buffers_[next_]);
      ReleaseBuffer(buffers_[next_]);
      if (fork_ == MAIN_FORKNUM) RecordFreeIndexPage(index_, block);
    }
    if (fork_ == MAIN_FORKNUM) IndexFreeSpaceMapVacuum(index_);
  });
}

Buffer FreshPages::Take() {
  return Call([&] {
    if (next_ == count_) {
      // At most an eighth of the file is left over.
      count_ = next_ = 0;
      count_ = ExtendRelationBy(index_, fork_, std::clamp(taken_ / 8, 1, kMost), buffers_);
    }
    ++taken_;
    LockBuffer(buffers_[next_], BUFFER_LOCK_EXCLUSIVE);
    return buffers_[next_++];
  });
}

void SparePages::Reserve(int pages) {
  if (count_ >= pages) return;
  Call([&] {
    while (count_ < std::min(pages, kMost)) {
      const Buffer buffer = Fetch();
      LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
      buffers_[count_++] = buffer;
    }
  });
}

Buffer SparePages::Take() {
  bool is_logged = false;
  const Buffer taken = Call([&] {
    const Buffer buffer = LockSpare();
    const auto* page = reinterpret_cast<const std::byte*>(BufferGetPage(buffer));
    if (const auto since = ivf::FreeSince(page)) {
      LogPageReuse(index_, heap_, BufferGetBlockNumber(buffer), FullTransactionIdFromU64(*since));
      is_logged = true;
    }
    return buffer;
  });
  if (is_logged) CrashPoint(RecordPlace::current()).Pass();
  return taken;
}

Buffer SparePages::LockSpare() {
  while (count_ > 0) {
    const Buffer buffer = buffers_[--count_];
    if (LockForUse(buffer)) return buffer;
    ReleaseBuffer(buffer);
  }
  return Fetch();
}

void SparePages::Finish() {
  if (count_ == 0) return;
  Call([&] {
    while (count_ > 0) {
      const Buffer buffer = buffers_[--count_];
      const BlockNumber block = BufferGetBlockNumber(buffer);
      ReleaseBuffer(buffer);
      RecordFreeIndexPage(index_, block);
    }
  });
}

Buffer SparePages::Fetch() {
  const Buffer buffer = FreePage();
  return BufferIsValid(buffer) ? buffer : ExtendRelation(index_, MAIN_FORKNUM);
}

// The map tells of pages, but it may be wrong, and others may take them at the same time:
// whoever gets the lock and finds the page out of use has it. Where others may come to it
// still, it goes back for later inserts; the next search of the map begins behind it.
Buffer SparePages::FreePage() {
  constexpr int kMostEarly = 8;
  for (int early = 0; early < kMostEarly;) {
    const BlockNumber block = GetFreeIndexPage(index_);
    if (block == InvalidBlockNumber) break;
    const Buffer buffer = ReadBufferExtended(index_, MAIN_FORKNUM, block, RBM_NORMAL, nullptr);
    if (LockForUse(buffer)) return buffer;
    ReleaseBuffer(buffer);
    if (is_early_) {
      ++early;
      RecordFreeIndexPage(index_, block);
    }
  }
  return InvalidBuffer;
}

// Locks a page if nobody else has it and it is out of use.
bool SparePages::LockForUse(Buffer buffer) {
  is_early_ = false;
  if (!ConditionalLockBuffer(buffer)) return false;
  const auto* page = reinterpret_cast<const std::byte*>(BufferGetPage(buffer));
  if (IsUnformatted(page)) return true;
  if (const auto since = ivf::FreeSince(page)) {
    if (GlobalVisCheckRemovableFullXid(heap_, FullTransactionIdFromU64(*since))) return true;
    is_early_ = true;
  }
  LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
  return false;
}

BufferRecord::BufferRecord(Relation index, ForkNumber fork, FreshPages* fresh, SparePages* spares,
                           CrashPoint end)
    : index_(index),
      fork_(fork),
      fresh_(fresh),
      spares_(spares),
      end_(end),
      at_entry_(std::uncaught_exceptions()),
      images_(fresh != nullptr ? nullptr : Call([&] { return GenericPages::Start(index); })) {}

BufferRecord::~BufferRecord() {
  if (!is_open_ || Unwinding(at_entry_)) return;
  if (images_ != nullptr) pfree(images_);
  Release();
}

std::byte* BufferRecord::Modify(BlockId block) {
  const Buffer buffer = Call([&] {
    const Buffer read = ReadPage(index_, fork_, block, nullptr);
    LockBuffer(read, BUFFER_LOCK_EXCLUSIVE);
    return read;
  });
  return Register(buffer, false);
}

std::pair<BlockId, std::byte*> BufferRecord::Extend() {
  if (fresh_ == nullptr && spares_ == nullptr) {
    throw Error(ErrorKind::kInternal, "no pages to extend the index with");
  }
  const Buffer buffer = fresh_ != nullptr ? fresh_->Take() : spares_->Take();
  return {BufferGetBlockNumber(buffer), Register(buffer, true)};
}

std::byte* BufferRecord::Register(Buffer buffer, bool is_fresh) {
  if (count_ == kMaxPagesPerRecord) throw Error(ErrorKind::kInternal, "WAL record is full");
  // Pages of temporary tables have no locks that would wait for themselves.
  if (std::find(buffers_, buffers_ + count_, buffer) != buffers_ + count_) {
    throw Error(ErrorKind::kInternal, "page is in the WAL record already");
  }
  buffers_[count_++] = buffer;
  if (images_ == nullptr) return reinterpret_cast<std::byte*>(BufferGetPage(buffer));
  return images_->Add(buffer, is_fresh);
}

void BufferRecord::Commit() {
  if (images_ != nullptr) {
    Call([&] {
      images_->Write();
      pfree(images_);
    });
  } else {
    LogPages();
  }
  is_open_ = false;
  Release();
  end_.Pass();
}

// Whole pages, without the holes, and with no copy of them but the one in the log.
void BufferRecord::LogPages() {
  Call([&] {
    const bool is_logged = fresh_->log() == BuildLog::kEachPage && RelationNeedsWAL(index_);
    START_CRIT_SECTION();
    for (int i = 0; i < count_; ++i) {
      MarkBufferDirty(buffers_[i]);
      if (is_logged) log_newpage_buffer(buffers_[i], true);
    }
    END_CRIT_SECTION();
  });
}

void BufferRecord::Release() {
  for (int i = count_; i-- > 0;) UnlockReleaseBuffer(buffers_[i]);
}

BlockId BufferStore::BlockCount() {
  return Call([&] { return RelationGetNumberOfBlocksInFork(index_, fork_); });
}

void BufferStore::Reserve(int pages) {
  if (spares_ != nullptr) spares_->Reserve(pages);
}

std::uint64_t BufferStore::NextTransaction() {
  return U64FromFullTransactionId(ReadNextFullTransactionId());
}

BufferGuard BufferStore::Read(BlockId block) {
  return BufferGuard(Call([&] {
    const Buffer buffer = ReadPage(index_, fork_, block, strategy_);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    TestSnapshotAgainst(snapshot_, index_, buffer);
    return buffer;
  }));
}

void BufferStore::Prefetch(std::span<const PagePart> parts) {
  // Descriptors first, then pages, in tight loops: so the misses overlap.
  IndexCache cache(index_);
  for (const PagePart& part : parts) {
    const Buffer recent = cache.Recent(part.block);
    if (recent > 0) __builtin_prefetch(GetBufferDescriptor(recent - 1));
  }
  for (const PagePart& part : parts) {
    const Buffer recent = cache.Recent(part.block);
    if (recent > 0 && HoldsBlock(recent, index_, fork_, part.block)) {
      const char* page = static_cast<const char*>(BufferGetBlock(recent));
      __builtin_prefetch(page);
      __builtin_prefetch(page + BLCKSZ - kCacheLine);
      for (const char* line = page + part.from; line < page + part.to; line += kCacheLine) {
        __builtin_prefetch(line);
      }
    } else if (recent >= 0) {
      cache.Remember(part.block, Call([&] { return PrefetchPage(index_, fork_, part.block); }));
    }
  }
}

}  // namespace vec::pg
