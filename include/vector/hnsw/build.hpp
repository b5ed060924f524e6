// Building an index row by row: into private memory as long as that lasts, then into the file.
//
// The pages in memory are those of the file, and further rows go on where the last one was
// put, so that a build with too little memory slows down to the speed of inserts and no
// further. Nobody else sees the file.
#pragma once

#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/hnsw/create.hpp"
#include "vector/hnsw/insert.hpp"
#include "vector/hnsw/memory_pages.hpp"
#include "vector/hnsw/repair.hpp"

namespace vec::hnsw {

struct BuildParams {
  InsertParams insert;
  std::size_t memory_bytes = std::size_t{64} << 20;  // for pages
};

template <PageStore Store>
class Builder {
 public:
  // REQUIRES: a store of no pages.
  Builder(Store& store, const Meta& meta, const BuildParams& params,
          std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        params_(params),
        memory_(memory),
        pages_(Interrupts{&store}, memory),
        first_rows_(memory) {
    VECTOR_ASSERT(store.BlockCount() == 0);
    CreateEmpty(pages_, meta_);
  }

  // REQUIRES: as Inserter::Insert().
  void Add(HeapTid tid, const RowView& row) {
    if (!has_center_) {
      Defer(tid, row);
      if (first_rows_.size() == kCenterRows) InsertFirstRows();
    } else {
      Insert(tid, row);
    }
  }

  // Writes what is still in memory. Returns the meta data of the index.
  Meta Finish() {
    if (!has_center_) InsertFirstRows();
    if (!is_spilled()) WritePages();
    return meta_;
  }

  // Whether rows went to the file one by one.
  bool is_spilled() const { return in_file_.has_value(); }

 private:
  // The rows of which the center of the entry directory is the mean.
  static constexpr std::size_t kCenterRows = 512;

  struct Interrupts {
    Store* store;
    void operator()() const { store->CheckInterrupts(); }
  };
  using Pages = MemoryPages<Interrupts>;

  struct FirstRow {
    FirstRow(HeapTid tid_value, const RowView& row, std::pmr::memory_resource* memory)
        : tid(tid_value),
          values(row.values.begin(), row.values.end(), memory),
          stored(row.stored.begin(), row.stored.end(), memory) {}

    HeapTid tid;
    std::pmr::vector<float> values;
    std::pmr::vector<std::byte> stored;
  };

  void Defer(HeapTid tid, const RowView& row) { first_rows_.emplace_back(tid, row, memory_); }

  void InsertFirstRows() {
    if (meta_.form == Form::kCoded && !first_rows_.empty()) WriteCenter();
    has_center_ = true;
    in_memory_.emplace(pages_, meta_, params_.insert, memory_);
    for (const FirstRow& row : first_rows_) Insert(row.tid, {row.values, row.stored});
    first_rows_.clear();
    first_rows_.shrink_to_fit();
  }

  void WriteCenter() {
    std::pmr::vector<float> center(meta_.dims, memory_);
    const float share = 1.0f / static_cast<float>(first_rows_.size());
    for (const FirstRow& row : first_rows_) {
      for (std::size_t i = 0; i < center.size(); ++i) center[i] += share * row.values[i];
    }
    // Rows whose sum overflows do without.
    for (const float x : center) {
      if (!std::isfinite(x)) return;
    }
    BlockId hint = kNoBlock;
    const ItemRef ref =
        WriteItem(pages_, hint, ItemKind::kCenter, std::as_bytes(std::span<const float>(center)));
    meta_.center_block = ref.block;
    meta_.center_slot = ref.slot;
    RewriteMeta(pages_, meta_);
  }

  void Insert(HeapTid tid, const RowView& row) {
    if (in_file_) return in_file_->Insert(tid, row);
    in_memory_->Insert(tid, row);
    if (pages_.bytes() + Pages::kChunkBytes > params_.memory_bytes) {
      WritePages();
      in_file_.emplace(store_, meta_, params_.insert, memory_);
    }
  }

  void WritePages() {
    AdoptOrphans(pages_, meta_, memory_);
    pages_.CopyTo(store_);
    in_memory_.reset();
    pages_.Clear();
  }

  Store& store_;
  Meta meta_;
  BuildParams params_;
  std::pmr::memory_resource* memory_;
  Pages pages_;
  std::optional<Inserter<Pages>> in_memory_;
  std::optional<Inserter<Store>> in_file_;
  std::pmr::vector<FirstRow> first_rows_;
  bool has_center_ = false;
};

}  // namespace vec::hnsw
