#include "vector/pg/generic_pages.hpp"

// Outside of vec, whose PageHeader is not the one that PostgreSQL's macro means.
static void SetLsn(Buffer buffer, XLogRecPtr lsn) { PageSetLSN(BufferGetPage(buffer), lsn); }

namespace vec::pg {

static_assert(kMaxPagesPerRecord <= XLR_NORMAL_MAX_BLOCK_ID + 1);
static_assert(kMaxPagesPerRecord == MAX_GENERIC_XLOG_PAGES);

GenericPages* GenericPages::Start(Relation index) {
  auto* pages = static_cast<GenericPages*>(palloc(sizeof(GenericPages)));
  pages->is_logged_ = RelationNeedsWAL(index);
  pages->count_ = 0;
  return pages;
}

std::byte* GenericPages::Add(Buffer buffer, bool is_whole) {
  Change& change = changes_[count_++];
  change.buffer = buffer;
  change.is_whole = is_whole;
  std::memcpy(change.image, BufferGetPage(buffer), BLCKSZ);
  return change.image;
}

void GenericPages::Write() {
  for (int i = 0; i < count_; ++i) {
    Change& change = changes_[i];
    const PageHeader& header = HeaderOf(change.image);
    if (header.lower < sizeof(PageHeader) || header.lower > header.upper ||
        header.upper > BLCKSZ) {
      elog(ERROR, "page %u has no valid header", BufferGetBlockNumber(change.buffer));
    }
    ClearHole(change.image);
    if (is_logged_ && !change.is_whole) {
      change.delta.Find(reinterpret_cast<std::byte*>(BufferGetPage(change.buffer)), change.image);
    }
  }
  if (is_logged_) XLogBeginInsert();
  START_CRIT_SECTION();
  for (int i = 0; i < count_; ++i) {
    std::memcpy(BufferGetPage(changes_[i].buffer), changes_[i].image, BLCKSZ);
    MarkBufferDirty(changes_[i].buffer);
  }
  if (is_logged_) Log();
  END_CRIT_SECTION();
}

void GenericPages::Log() {
  for (int i = 0; i < count_; ++i) {
    Change& change = changes_[i];
    const auto id = static_cast<uint8>(i);
    if (change.is_whole) {
      XLogRegisterBuffer(id, change.buffer, REGBUF_FORCE_IMAGE | REGBUF_STANDARD);
    } else {
      const auto delta = change.delta.bytes();
      XLogRegisterBuffer(id, change.buffer, REGBUF_STANDARD);
      XLogRegisterBufData(id, reinterpret_cast<char*>(const_cast<std::byte*>(delta.data())),
                          static_cast<uint32>(delta.size()));
    }
  }
  const XLogRecPtr end = XLogInsert(RM_GENERIC_ID, 0);
  for (int i = 0; i < count_; ++i) SetLsn(changes_[i].buffer, end);
}

}  // namespace vec::pg
