#include "vector/pg/buffer_store.hpp"

namespace vec::pg {

static_assert(BLCKSZ == kPageBytes, "the page formats are for 8 kB blocks");
static_assert(sizeof(PageHeader) == SizeOfPageHeaderData);
static_assert(offsetof(PageHeader, lower) == offsetof(PageHeaderData, pd_lower));
static_assert(offsetof(PageHeader, special) == offsetof(PageHeaderData, pd_special));
static_assert(offsetof(PageHeader, size_and_version) ==
              offsetof(PageHeaderData, pd_pagesize_version));
static_assert(kSizeAndVersion == (BLCKSZ | PG_PAGE_LAYOUT_VERSION));
static_assert(sizeof(HeapTid) == sizeof(ItemPointerData));
static_assert(kMaxPagesPerRecord == MAX_GENERIC_XLOG_PAGES);
static_assert(kNoBlock == InvalidBlockNumber);

namespace {

constexpr std::size_t kCacheLine = 64;

// Reads a page that is not in its remembered place. A link may come from a damaged page.
// Runs inside of Call.
Buffer ReadPage(Relation index, ForkNumber fork, BlockId block, BufferAccessStrategy strategy) {
  if (block >= RelationGetNumberOfBlocksInFork(index, fork)) {
    ereport(ERROR, (errcode(ERRCODE_INDEX_CORRUPTED),
                    errmsg("index \"%s\" is not valid", RelationGetRelationName(index)),
                    errdetail("Link to block %u behind the end of the file.", block),
                    errhint("Please REINDEX it.")));
  }
  return ReadBufferExtended(index, fork, block, RBM_NORMAL, strategy);
}

}  // namespace

void FreshPages::Finish() {
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

BufferRecord::BufferRecord(Relation index, ForkNumber fork, FreshPages* fresh)
    : index_(index),
      fork_(fork),
      fresh_(fresh),
      at_entry_(std::uncaught_exceptions()),
      xlog_(Call([&] { return GenericXLogStart(index); })) {}

BufferRecord::~BufferRecord() {
  if (!is_open_ || Unwinding(at_entry_)) return;
  GenericXLogAbort(xlog_);
  Release();
}

std::byte* BufferRecord::Modify(BlockId block) {
  const Buffer buffer = Call([&] {
    const Buffer read = ReadPage(index_, fork_, block, nullptr);
    LockBuffer(read, BUFFER_LOCK_EXCLUSIVE);
    return read;
  });
  return Register(buffer, 0);
}

std::pair<BlockId, std::byte*> BufferRecord::Extend() {
  const Buffer buffer = fresh_ != nullptr ? fresh_->Take() : Call([&] {
    const Buffer free_page = FreePage();
    return BufferIsValid(free_page) ? free_page : ExtendRelation(index_, fork_);
  });
  return {BufferGetBlockNumber(buffer), Register(buffer, GENERIC_XLOG_FULL_IMAGE)};
}

// A page that a crash left unlinked. Somebody else may take it at the same time:
// whoever gets the lock and finds it unformatted has it.
Buffer BufferRecord::FreePage() {
  for (;;) {
    const BlockNumber block = GetFreeIndexPage(index_);
    if (block == InvalidBlockNumber) return InvalidBuffer;
    const Buffer buffer = ReadBufferExtended(index_, fork_, block, RBM_NORMAL, nullptr);
    if (ConditionalLockBuffer(buffer)) {
      if (IsUnformatted(reinterpret_cast<const std::byte*>(BufferGetPage(buffer)))) return buffer;
      LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
    }
    ReleaseBuffer(buffer);
  }
}

std::byte* BufferRecord::Register(Buffer buffer, int flags) {
  if (count_ == kMaxPagesPerRecord) throw Error(ErrorKind::kInternal, "WAL record is full");
  buffers_[count_++] = buffer;
  return Call([&] {
    return reinterpret_cast<std::byte*>(GenericXLogRegisterBuffer(xlog_, buffer, flags));
  });
}

void BufferRecord::Commit() {
  Call([&] { return GenericXLogFinish(xlog_); });
  is_open_ = false;
  Release();
}

void BufferRecord::Release() {
  for (int i = count_; i-- > 0;) UnlockReleaseBuffer(buffers_[i]);
}

BlockId BufferStore::BlockCount() {
  return Call([&] { return RelationGetNumberOfBlocksInFork(index_, fork_); });
}

BufferGuard BufferStore::Read(BlockId block) {
  IndexCache cache(index_);
  return BufferGuard(Call([&] {
    Buffer buffer = cache.Recent(block);
    const bool is_found = BufferIsValid(buffer) && (buffer < 0 || IsHot(buffer)) &&
                          ReadRecent(index_, fork_, block, buffer);
    if (!is_found) {
      buffer = ReadPage(index_, fork_, block, strategy_);
      cache.Remember(block, buffer);
    }
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
      for (const char* line = page + part.from; line < page + part.to; line += kCacheLine) {
        __builtin_prefetch(line);
      }
    } else if (recent >= 0) {
      cache.Remember(part.block,
                     Call([&] { return PrefetchBuffer(index_, fork_, part.block).recent_buffer; }));
    }
  }
}

}  // namespace vec::pg
