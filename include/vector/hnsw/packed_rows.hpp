// Bits and sparse rows of a build that wait in memory until a graph is made of all of them: the
// bytes that the index keeps, one row after the other, in chunks.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "vector/hnsw/row_matrix.hpp"

namespace vec::hnsw {

class PackedRows {
 public:
  // REQUIRES: bits, or a sparse type.
  PackedRows(const Meta& meta, std::pmr::memory_resource* memory)
      : meta_(meta), chunks_(memory), stored_(memory), tids_(memory) {}
  ~PackedRows() {
    for (std::byte* chunk : chunks_) resource()->deallocate(chunk, kChunkBytes, kAlignment);
  }
  PackedRows(const PackedRows&) = delete;
  PackedRows& operator=(const PackedRows&) = delete;

  std::size_t count() const { return tids_.size(); }
  BulkRows rows() const { return {{}, stored_, tids_, {}}; }

  // The elements of the longest sparse row.
  std::size_t longest_row() const { return longest_row_; }

  // What rows take once this one is among them.
  std::size_t BytesWith(const RowView& row) const {
    const std::size_t chunks = chunks_.size() + (row.stored.size() > left_ ? 1 : 0);
    const std::size_t places = std::max({kFirst, tids_.capacity(), 2 * count()});
    return chunks * kChunkBytes + places * (sizeof(std::byte*) + sizeof(HeapTid));
  }

  void Add(HeapTid tid, const RowView& row) {
    if (count() == tids_.capacity()) {
      tids_.reserve(std::max(kFirst, 2 * count()));
      stored_.reserve(tids_.capacity());
    }
    if (row.stored.size() > left_) AddChunk();
    std::byte* place = chunks_.back() + (kChunkBytes - left_);
    std::ranges::copy(row.stored, place);
    left_ -= row.stored.size();
    stored_.push_back(place);
    tids_.push_back(tid);
    if (meta_.type == ElementType::kSparse) {
      longest_row_ = std::max(longest_row_, SparseElementsAt(place).size());
    }
  }

 private:
  static constexpr std::size_t kFirst = 1024;
  static constexpr std::size_t kAlignment = 64;
  static constexpr std::size_t kChunkBytes = std::size_t{256} << 10;
  static_assert(SparseRowBytes(types::kMaxSparseElements) <= kChunkBytes);

  std::pmr::memory_resource* resource() { return chunks_.get_allocator().resource(); }

  void AddChunk() {
    chunks_.reserve(chunks_.size() + 1);  // a chunk is never without its entry
    chunks_.push_back(static_cast<std::byte*>(resource()->allocate(kChunkBytes, kAlignment)));
    left_ = kChunkBytes;
  }

  const Meta& meta_;
  std::pmr::vector<std::byte*> chunks_;
  std::size_t left_ = 0;  // of the last chunk
  std::pmr::vector<const std::byte*> stored_;
  std::pmr::vector<HeapTid> tids_;
  std::size_t longest_row_ = 0;
};

}  // namespace vec::hnsw
