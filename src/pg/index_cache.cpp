#include "vector/pg/index_cache.hpp"

#include "vector/ivf/code_page.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/pgvector_index.hpp"

namespace vec::pg {

namespace {

// 4 bytes a page: 4 MB of hints cover 8 GB of index.
constexpr BlockNumber kMaxHints = 1 << 20;

}  // namespace

bool IndexCache::IsForeign() const { return Existing() == nullptr && BuiltByPgvector(index_); }

ivf::Meta IndexCache::Meta() {
  if (const Chunk* chunk = Existing()) return chunk->meta;
  if (IsForeign()) RaiseBuiltByPgvector(index_);

  const Buffer buffer = Call([&] {
    const Buffer read = ReadBuffer(index_, ivf::kMetaBlock);
    LockBuffer(read, BUFFER_LOCK_SHARE);
    return read;
  });
  const ivf::Meta meta = ivf::ReadMeta(reinterpret_cast<const std::byte*>(BufferGetPage(buffer)));
  UnlockReleaseBuffer(buffer);

  const BlockNumber blocks = Call([&] { return RelationGetNumberOfBlocks(index_); });
  const std::uint64_t directory = std::uint64_t{meta.slices} * ivf::DirectoryBlocks(meta);
  const bool has_codes = meta.centroid_codes != 0;
  if (meta.directory_block + directory > blocks ||
      (has_codes && (meta.centroid_codes >= blocks || ivf::CentroidCodesEnd(meta) > blocks))) {
    ivf::ThrowCorrupted("Directory behind the end of the file", ivf::kMetaBlock);
  }
  // Taken last: building the chunk may itself process invalidations.
  Call([&] {
    const BlockNumber hints = std::min(blocks + blocks / 4, kMaxHints);
    auto* chunk = static_cast<Chunk*>(
        MemoryContextAllocZero(index_->rd_indexcxt, sizeof(Chunk) + hints * sizeof(Buffer)));
    chunk->meta = meta;
    chunk->hints = hints;
    if (index_->rd_amcache != nullptr) pfree(index_->rd_amcache);
    index_->rd_amcache = chunk;
  });
  return meta;
}

}  // namespace vec::pg
