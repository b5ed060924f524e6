#include "vector/pg/index_cache.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/pgvector_index.hpp"

namespace vec::pg {

namespace {

// 4 bytes a page: 4 MB of hints cover 8 GB of index.
constexpr BlockNumber kMaxHints = 1 << 20;
constexpr BlockNumber kLeastHints = 64;

constexpr BlockNumber kMetaBlock = 0;

}  // namespace

bool IndexCache::IsForeign() const { return !HasMeta() && BuiltByPgvector(index_); }

BlockNumber IndexCache::CopyMetaPage(std::byte* page) const {
  if (IsForeign()) RaiseBuiltByPgvector(index_);
  return Call([&] {
    const Buffer buffer = ReadBuffer(index_, kMetaBlock);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    std::memcpy(page, BufferGetPage(buffer), BLCKSZ);
    UnlockReleaseBuffer(buffer);
    return RelationGetNumberOfBlocks(index_);
  });
}

void IndexCache::Keep(const void* meta, std::size_t bytes, BlockNumber blocks) {
  Call([&] {
    Chunk* chunk = Enlarge(std::min(blocks + blocks / 4, kMaxHints), 0);
    std::memcpy(chunk->meta, meta, bytes);
    chunk->has_meta = true;
  });
}

IndexCache::Chunk* IndexCache::Grow(BlockNumber block) noexcept {
  if (block >= kMaxHints) return nullptr;
  const Chunk* old = Existing();
  const BlockNumber before = old != nullptr ? old->hints : 0;
  const BlockNumber wanted = std::max(2 * before, block + block / 4 + kLeastHints);
  return Enlarge(std::min(wanted, kMaxHints), MCXT_ALLOC_NO_OOM);  // raises nothing
}

IndexCache::Chunk* IndexCache::Enlarge(BlockNumber hints, int flags) {
  Chunk* old = Existing();
  const BlockNumber before = old != nullptr ? old->hints : 0;
  hints = std::max(hints, before);
  auto* chunk = static_cast<Chunk*>(MemoryContextAllocExtended(
      index_->rd_indexcxt, sizeof(Chunk) + hints * sizeof(Buffer), flags | MCXT_ALLOC_ZERO));
  if (chunk == nullptr) return nullptr;
  if (old != nullptr) {
    std::memcpy(chunk, old, sizeof(Chunk) + before * sizeof(Buffer));
    pfree(old);
  }
  chunk->hints = hints;
  index_->rd_amcache = chunk;
  return chunk;
}

}  // namespace vec::pg
