// Searching: walk the graph, hand out rows by distance.
//
// A Search looks for the `ef` nearest nodes and hands out their rows in exact order (as
// exact as SearchParams.heap allows; ranking.hpp). Rows that the caller reports as dead do
// not count: for as many nodes more the walk goes on from where it stopped. So it does,
// iterative, for the next `ef` nodes whenever they run out, up to max_visited nodes and
// memory_bytes; then rows are in order within each such batch, and overall (strict) where
// those that come too late are left out.
//
// A node hands out all heap TIDs of its duplicates.
#pragma once

#include <cmath>
#include <limits>
#include <optional>

#include "vector/hnsw/beam.hpp"
#include "vector/hnsw/ranking.hpp"

namespace vec::hnsw {

template <PageStore Store>
class Search {
 public:
  // An empty query means "no query": all rows are equally near. Store, meta, what the query
  // views and params.heap must outlive the search.
  Search(Store& store, const Meta& meta, const RowView& query, const SearchParams& params,
         std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        query_(query),
        params_(params),
        file_(store),
        beam_(store, meta, query_, true, memory),
        ranking_(memory),
        tids_(memory) {
    if (params.heap != nullptr && IsHalf(meta.self) && !query.empty()) {
      heap_scorer_.emplace(meta, query_);
    }
    Walk(std::max(params.ef, 1u));
  }

  // The next row, or nothing when there is no more.
  std::optional<HeapTid> Next() {
    while (next_tid_ == tids_.size()) {
      if (!TakeNode()) return std::nullopt;
    }
    return tids_[next_tid_++];
  }

  // The row handed out last is dead for everyone.
  void ReportDead() { ++dead_rows_; }

  const SearchCounts& counts() {
    counts_ = beam_.counts();
    counts_.heap = heap_reads_;
    return counts_;
  }

 private:
  // Of a walk in place of dead nodes: a handful of visits costs as much as one.
  static constexpr std::size_t kLeastWidth = 8;

  void Walk(std::size_t width) {
    left_ = width;
    beam_.Begin(width);
    beam_.Run([this](const Visit& visit) {
      const NodeHead& head = visit.node.head();
      ++visited_;
      if (head.state != NodeState::kLive) return;
      const float error = heap_scorer_
                              ? std::fmin(beam_.target().ErrorOf(visit.distance, head.norm_squared),
                                          std::numeric_limits<float>::max())
                              : 0.0f;
      ranking_.Add({visit.distance, error, visit.id, head.tid, head.tids_slot, head.tids_block});
    });
  }

  // Fills tids_ with the rows of the next node.
  bool TakeNode() {
    // A node whose rows have all died made no progress.
    if (!tids_.empty() && dead_rows_ == tids_.size()) ++dead_nodes_;
    tids_.clear();
    next_tid_ = 0;
    dead_rows_ = 0;
    while (true) {
      if (left_ == 0 || ranking_.empty()) {
        if (!Continue()) return false;
      }
      const auto node = ranking_.Next([this](Found& found) { return Resolve(found); });
      if (!node) continue;
      if (params_.is_strict && node->distance < last_distance_) continue;
      last_distance_ = node->distance;
      --left_;
      ListRows(*node);
      return true;
    }
  }

  // Goes on for another batch, or in place of nodes that are dead or invisible.
  bool Continue() {
    if (params_.is_iterative) {
      if (IsExhausted()) return DrainRanking();
      Walk(std::max(params_.ef, 1u));
      return true;
    }
    const std::size_t missing = left_ + std::exchange(dead_nodes_, 0);
    if (missing == 0) return false;
    if (beam_.HasRest()) Walk(std::max(missing, kLeastWidth));
    left_ = missing;
    return !ranking_.empty() || beam_.HasRest();
  }

  // What was visited is handed out even where nothing more may be.
  bool DrainRanking() {
    left_ = std::numeric_limits<std::size_t>::max();
    return !ranking_.empty();
  }

  bool IsExhausted() const {
    return !beam_.HasRest() || visited_ >= params_.max_visited ||
           beam_.bytes() + ranking_.bytes() >= params_.memory_bytes;
  }

  bool Resolve(Found& found) {
    found.error = 0;
    std::optional<std::span<const float>> row = Read(found.tid);
    if (!row && found.tids().exists()) {
      // The others are equal.
      ListRows(found);
      for (std::size_t i = 1; i < tids_.size() && !row; ++i) row = Read(tids_[i]);
      tids_.clear();
    }
    if (!row) return false;
    if (row->size() != meta_.dims) {
      throw Error(ErrorKind::kCorrupted, "hnsw index is not valid",
                  "A row of the table has another number of dimensions.", "Please REINDEX it.");
    }
    found.distance = heap_scorer_->Distance(*row);
    return true;
  }

  std::optional<std::span<const float>> Read(HeapTid tid) {
    ++heap_reads_;
    store_.CheckInterrupts();
    return params_.heap->Read(tid);
  }

  void ListRows(const Found& node) {
    tids_.push_back(node.tid);
    const bool is_read =
        TryForEachItem(store_, file_, node.tids(), ItemKind::kTids, [this](const Item& item) {
          for (const HeapTid tid : item.tids()) {
            if (tid.offset != 0) tids_.push_back(tid);
          }
          return true;
        });
    if (is_read) return;
    tids_.resize(1);
    beam_.CheckMoved(node.id, [&](const NodeHead& head) { return head.tids() != node.tids(); });
  }

  Store& store_;
  const Meta& meta_;
  RowView query_;
  SearchParams params_;
  FileExtent<Store> file_;
  std::optional<Scorer> heap_scorer_;  // of rows of the table, where nodes are rounded
  Beam<Store> beam_;
  Ranking ranking_;
  std::pmr::vector<HeapTid> tids_;  // rows of the node being handed out
  std::size_t next_tid_ = 0;
  std::size_t dead_rows_ = 0;   // of tids_
  std::size_t dead_nodes_ = 0;  // handed out in vain since the last walk
  std::size_t left_ = 0;        // nodes to hand out before the walk goes on
  std::size_t visited_ = 0;
  std::size_t heap_reads_ = 0;
  float last_distance_ = -std::numeric_limits<float>::infinity();
  SearchCounts counts_;
};

}  // namespace vec::hnsw
