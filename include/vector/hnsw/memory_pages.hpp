// A PageStore in private memory, for builds: no locks, no WAL, nobody else.
//
// A record works on the pages themselves, so whoever drops one without Commit() must not
// have written to it; an error in between ends the build. Pages keep their places, and
// block numbers count from 0 without gaps: in the end they are the file.
#pragma once

#include <cstring>
#include <memory_resource>
#include <vector>

#include "vector/base/assert.hpp"
#include "vector/base/error.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::hnsw {

// `Interrupts` is called as a function without arguments, and throws where the user
// cancelled.
template <typename Interrupts>
class MemoryPages {
 public:
  class Guard {
   public:
    explicit Guard(const std::byte* page) : page_(page) {}
    const std::byte* page() const { return page_; }

   private:
    const std::byte* page_;
  };

  class Record {
   public:
    explicit Record(MemoryPages& pages) : pages_(pages) {}
    std::byte* Modify(BlockId block) { return pages_.At(block); }
    std::pair<BlockId, std::byte*> Extend() { return pages_.Extend(); }
    void Commit() {}

   private:
    MemoryPages& pages_;
  };

  MemoryPages(Interrupts interrupts, std::pmr::memory_resource* memory)
      : interrupts_(interrupts), chunks_(memory) {}
  ~MemoryPages() { Clear(); }
  MemoryPages(const MemoryPages&) = delete;
  MemoryPages& operator=(const MemoryPages&) = delete;

  BlockId BlockCount() const { return count_; }
  Guard Read(BlockId block) { return Guard(At(block)); }
  Record Begin() { return Record(*this); }
  void Reserve(int) {}
  std::uint64_t NextTransaction() const { return 0; }  // nobody else looks at these pages
  void CheckInterrupts() { interrupts_(); }

  void Prefetch(std::span<const PagePart> parts) {
    for (const PagePart& part : parts) {
      if (part.block >= count_) continue;
      const std::byte* page = At(part.block);
      __builtin_prefetch(page);
      __builtin_prefetch(page + kPageBytes - kLine);
      for (std::size_t line = part.from / kLine * kLine; line < part.to; line += kLine) {
        __builtin_prefetch(page + line);
      }
    }
  }

  // What the pages take, in steps of kChunkBytes.
  std::size_t bytes() const { return chunks_.size() * kChunkBytes; }

  // Appends all pages to `store`, under the same numbers. REQUIRES: it is empty.
  template <PageStore Store>
  void CopyTo(Store& store) {
    VECTOR_ASSERT(store.BlockCount() == 0);
    for (BlockId block = 0; block < count_;) {
      store.CheckInterrupts();
      auto record = store.Begin();
      for (int i = 0; i < kMaxPagesPerRecord && block < count_; ++i, ++block) {
        const auto [copy, page] = record.Extend();
        if (copy != block) throw Error(ErrorKind::kInternal, "index file is not empty");
        std::memcpy(page, At(block), kPageBytes);
      }
      record.Commit();
    }
  }

  // Gives the memory back.
  void Clear() {
    for (std::byte* chunk : chunks_) resource()->deallocate(chunk, kChunkBytes, kAlignment);
    chunks_.clear();
    count_ = 0;
  }

  static constexpr std::size_t kPagesPerChunk = 256;
  static constexpr std::size_t kChunkBytes = kPagesPerChunk * kPageBytes;

 private:
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kAlignment = 4096;

  std::pmr::memory_resource* resource() { return chunks_.get_allocator().resource(); }

  // Links are read from pages, but only from those that the build wrote itself.
  std::byte* At(BlockId block) const {
    VECTOR_ASSERT(block < count_);
    return chunks_[block / kPagesPerChunk] + block % kPagesPerChunk * kPageBytes;
  }

  std::pair<BlockId, std::byte*> Extend() {
    if (count_ % kPagesPerChunk == 0) {
      chunks_.reserve(chunks_.size() + 1);  // a chunk is never without its entry
      chunks_.push_back(static_cast<std::byte*>(resource()->allocate(kChunkBytes, kAlignment)));
    }
    const BlockId block = count_++;
    std::memset(At(block), 0, kPageBytes);
    return {block, At(block)};
  }

  Interrupts interrupts_;
  std::pmr::vector<std::byte*> chunks_;
  BlockId count_ = 0;
};

}  // namespace vec::hnsw
