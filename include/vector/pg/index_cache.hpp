// What a backend remembers of an index between statements: the meta page and
// where each page was found in shared buffers.
//
// One chunk in rd_amcache, which PostgreSQL frees at any relation cache
// invalidation: no pointer into it is kept across a call into PostgreSQL. A
// remembered buffer is only a hint; ReadRecentBuffer verifies it.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg {

class IndexCache {
 public:
  explicit IndexCache(Relation index) noexcept : index_(index) {}

  // The buffer where a block was seen last, or InvalidBuffer.
  Buffer Recent(BlockNumber block) const noexcept {
    const Chunk* chunk = Existing();
    if (chunk == nullptr || block >= chunk->hints) return InvalidBuffer;
    return chunk->Buffers()[block];
  }
  void Remember(BlockNumber block, Buffer buffer) noexcept {
    Chunk* chunk = Existing();
    if (chunk == nullptr || block >= chunk->hints) chunk = Grow(block);
    if (chunk != nullptr) chunk->Buffers()[block] = buffer;
  }

  // How many rows the last scan of the index looked at closely in this session, or 0.
  std::uint32_t LastTaken() const noexcept {
    const Chunk* chunk = Existing();
    return chunk != nullptr ? chunk->last_taken : 0;
  }
  void SetLastTaken(std::uint64_t rows) noexcept {
    Chunk* chunk = Existing();
    if (chunk != nullptr) {
      chunk->last_taken = static_cast<std::uint32_t>(std::min<std::uint64_t>(rows, UINT32_MAX));
    }
  }

  // Whether the index is one that pgvector has built.
  bool IsForeign() const;

  // The contents of the meta page as `read` takes it from block 0 of a file of so many
  // blocks, at the first call: read(const std::byte* page, BlockNumber blocks) -> Meta.
  // Throws what it throws; raises an ERROR for a foreign index. An index has one Meta.
  template <typename Meta, typename Read>
  Meta MetaBy(Read&& read) {
    static_assert(std::is_trivially_copyable_v<Meta> && sizeof(Meta) <= kMetaBytes);
    Meta meta;
    if (HasMeta()) {
      std::memcpy(&meta, Existing()->meta, sizeof(Meta));
      return meta;
    }
    alignas(16) std::byte page[BLCKSZ];
    const BlockNumber blocks = CopyMetaPage(page);
    meta = read(static_cast<const std::byte*>(page), blocks);
    Keep(&meta, sizeof(Meta), blocks);
    return meta;
  }

 private:
  static constexpr std::size_t kMetaBytes = 128;

  struct Chunk {
    alignas(8) std::byte meta[kMetaBytes];
    BlockNumber hints;
    std::uint32_t last_taken;
    bool has_meta;  // not while the index is being built
    Buffer* Buffers() noexcept { return reinterpret_cast<Buffer*>(this + 1); }
    const Buffer* Buffers() const noexcept { return reinterpret_cast<const Buffer*>(this + 1); }
  };

  Chunk* Existing() const noexcept { return static_cast<Chunk*>(index_->rd_amcache); }
  bool HasMeta() const noexcept {
    const Chunk* chunk = Existing();
    return chunk != nullptr && chunk->has_meta;
  }

  // Copies block 0; returns the number of blocks.
  BlockNumber CopyMetaPage(std::byte* page) const;
  void Keep(const void* meta, std::size_t bytes, BlockNumber blocks);

  // Makes room for hints up to a block of a file that has grown; nullptr where it is too far or
  // memory is short.
  Chunk* Grow(BlockNumber block) noexcept;

  // A chunk for so many hints, with all that is there already; nullptr where memory is short and
  // the flags of MemoryContextAllocExtended() let that pass.
  Chunk* Enlarge(BlockNumber hints, int flags);

  Relation index_;
};

}  // namespace vec::pg
