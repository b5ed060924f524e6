// What a backend remembers of an index between statements: the meta page and
// where each page was found in shared buffers.
//
// One chunk in rd_amcache, which PostgreSQL frees at any relation cache
// invalidation: no pointer into it is kept across a call into PostgreSQL. A
// remembered buffer is only a hint; ReadRecentBuffer verifies it.
#pragma once

#include "vector/ivf/layout.hpp"
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
    if (chunk != nullptr && block < chunk->hints) chunk->Buffers()[block] = buffer;
  }

  // Whether the index is one that pgvector has built.
  bool IsForeign() const;

  // The checked meta page, read at the first call. Throws Error(kCorrupted), and
  // raises an ERROR for a foreign index.
  ivf::Meta Meta();

 private:
  struct Chunk {
    ivf::Meta meta;
    BlockNumber hints;
    Buffer* Buffers() noexcept { return reinterpret_cast<Buffer*>(this + 1); }
    const Buffer* Buffers() const noexcept { return reinterpret_cast<const Buffer*>(this + 1); }
  };

  Chunk* Existing() const noexcept { return static_cast<Chunk*>(index_->rd_amcache); }

  Relation index_;
};

}  // namespace vec::pg
