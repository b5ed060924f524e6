#include "vector/pg/index_cache.hpp"

#include "vector/pg/guard.hpp"
#include "vector/pg/pgvector_index.hpp"

namespace vec::pg {

namespace {

// 4 bytes a page: 4 MB of hints cover 8 GB of index.
constexpr BlockNumber kMaxHints = 1 << 20;

constexpr BlockNumber kMetaBlock = 0;

}  // namespace

bool IndexCache::IsForeign() const { return Existing() == nullptr && BuiltByPgvector(index_); }

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
    const BlockNumber hints = std::min(blocks + blocks / 4, kMaxHints);
    auto* chunk = static_cast<Chunk*>(
        MemoryContextAllocZero(index_->rd_indexcxt, sizeof(Chunk) + hints * sizeof(Buffer)));
    std::memcpy(chunk->meta, meta, bytes);
    chunk->hints = hints;
    if (index_->rd_amcache != nullptr) pfree(index_->rd_amcache);
    index_->rd_amcache = chunk;
  });
}

}  // namespace vec::pg
