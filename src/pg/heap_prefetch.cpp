#include "vector/pg/heap_prefetch.hpp"

#include "vector/pg/file_end.hpp"
#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// Where blocks were seen last, of all tables: a buffer knows what it holds, so that the
// table needs no keys and is never invalidated.
constexpr std::size_t kSeen = 1 << 14;
constinit Buffer seen[kSeen];

constexpr std::size_t kCacheLine = 64;

Buffer& SeenAt(Relation heap, BlockNumber block) {
  const std::uint32_t key = block + RelationGetRelid(heap) * 0x9E3779B1u;
  return seen[key % kSeen];
}

// The tuple of a row on a page that is not pinned and may just be replaced: whatever is
// read there, two cache lines of the page begin at the address.
const char* TupleAt(const char* page, OffsetNumber offset) {
  const std::size_t at = SizeOfPageHeaderData + (offset - 1) * sizeof(ItemIdData);
  if (offset == InvalidOffsetNumber || at > BLCKSZ - sizeof(ItemIdData)) return page;
  ItemIdData item;
  std::memcpy(&item, page + at, sizeof item);
  return page + std::min<std::size_t>(ItemIdGetOffset(&item), BLCKSZ - 2 * kCacheLine);
}

}  // namespace

void HeapPrefetch::Start(Relation heap) noexcept {
  heap_ = HasHeapPages(heap) ? heap : nullptr;
  covered_ = 1;
  batch_ = kFirst;
}

void HeapPrefetch::Prefetch(std::span<const HeapTid> tids) {
  // One tight loop for each step, or the misses would not overlap.
  ItemPointerData pointers[kMost];
  const char* pages[kMost];
  for (std::size_t i = 0; i < tids.size(); ++i) {
    pointers[i] = std::bit_cast<ItemPointerData>(tids[i]);
    const Buffer recent = SeenAt(heap_, ItemPointerGetBlockNumberNoCheck(&pointers[i]));
    if (recent > 0) __builtin_prefetch(GetBufferDescriptor(recent - 1));
  }
  std::size_t n = 0;
  for (std::size_t i = 0; i < tids.size(); ++i) {
    const Buffer buffer = Find(ItemPointerGetBlockNumberNoCheck(&pointers[i]));
    if (buffer <= 0) continue;
    pages[n] = static_cast<const char*>(BufferGetBlock(buffer));
    pointers[n] = pointers[i];
    __builtin_prefetch(GetBufferDescriptor(buffer - 1));
    __builtin_prefetch(pages[n]);
    __builtin_prefetch(pages[n] + SizeOfPageHeaderData +
                       ItemPointerGetOffsetNumberNoCheck(&pointers[n]) * sizeof(ItemIdData));
    ++n;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const char* tuple = TupleAt(pages[i], ItemPointerGetOffsetNumberNoCheck(&pointers[i]));
    __builtin_prefetch(tuple);
    __builtin_prefetch(tuple + kCacheLine);
  }
}

// The shared buffer that holds a block. Otherwise asks for the block to be read from
// disk, if there is such a block, and returns something else.
Buffer HeapPrefetch::Find(BlockNumber block) {
  Buffer& recent = SeenAt(heap_, block);
  if (recent > 0 && HoldsBlock(recent, heap_, MAIN_FORKNUM, block)) return recent;
  recent = Call([&] {
    if (!HasBlock(heap_, MAIN_FORKNUM, block)) return InvalidBuffer;
    return PrefetchBuffer(heap_, MAIN_FORKNUM, block).recent_buffer;
  });
  return recent;
}

void PinPageOfRow(IndexScanDesc desc) {
  const Relation heap = desc->heapRelation;
  if (desc->xs_heapfetch == nullptr || !HasHeapPages(heap)) return;
  // A temporary table may have the number of another's file, which a shared buffer holds.
  if (RelationUsesLocalBuffers(heap)) return;
  const BlockNumber block = ItemPointerGetBlockNumberNoCheck(&desc->xs_heaptid);
  Buffer& pinned = reinterpret_cast<IndexFetchHeapData*>(desc->xs_heapfetch)->xs_cbuf;
  const Buffer recent = SeenAt(heap, block);
  if (recent <= 0 || recent == pinned || !ReadRecent(heap, MAIN_FORKNUM, block, recent)) return;
  if (BufferIsValid(pinned)) ReleaseBuffer(pinned);
  pinned = recent;
  heap_page_prune_opt(heap, recent);  // as the executor does with a page that it comes to
}

}  // namespace vec::pg
