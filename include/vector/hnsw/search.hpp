// Searching: walk the graph, hand out rows by distance.
//
// A Search looks for the `ef` nearest nodes and hands out their rows in exact order (as
// exact as SearchParams.heap allows; ranking.hpp). Rows that the caller reports as dead do
// not count: for as many nodes more the walk goes on from where it stopped. So it does,
// iterative, for the next `ef` nodes whenever they run out, up to max_visited nodes and
// memory_bytes; then rows are in order within each such batch. Otherwise, and where strict,
// they are in order overall: those that come too late are left out.
//
// A node hands out all heap TIDs of its duplicates; where these are rows that differ, each
// has a place of its own in the order.
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
        tids_(memory),
        rows_(memory) {
    if (params.heap != nullptr && IsHalf(meta.self) && !query.empty()) {
      heap_scorer_.emplace(meta, query_);
    }
    if (params.is_iterative) beam_.AllowSweep(params.max_visited);
    Walk(std::max(params.ef, 1u));
  }

  // The next row, or nothing when there is no more.
  std::optional<HeapTid> Next() {
    while (next_tid_ == tids_.size()) {
      if (!TakeNode()) return std::nullopt;
    }
    return tids_[next_tid_++];
  }

  // Writes what Next() will probably return, in that order; returns how many rows.
  std::size_t Likely(std::span<HeapTid> out) const {
    const auto rest = std::span<const HeapTid>(tids_).subspan(next_tid_);
    const std::size_t known = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(known), out.begin());
    return known + ranking_.Likely(out.subspan(known).first(std::min(left_, out.size() - known)));
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

  // Where one way leads to fewer than so many nodes, others are tried before any is handed
  // out. By estimates more nodes are visited than are handed out: those left over count.
  void Walk(std::size_t width) {
    left_ = width;
    const bool counts_all = beam_.shape().is_coded;
    std::size_t found = counts_all ? ranking_.size() : 0;
    do {
      store_.CheckInterrupts();
      beam_.Begin(counts_all ? width : std::max(width - found, std::min(width, kLeastWidth)));
      if (counts_all) ranking_.ForEachDistance([this](float d) { beam_.Found(d); });
      beam_.Run([&](const Visit& visit) { found += Take(visit); });
    } while (found < width && beam_.HasRest() && !(params_.is_iterative && IsExhausted()));
  }

  // Returns whether the node may be handed out.
  bool Take(const Visit& visit) {
    const NodeHead& head = visit.node.head();
    ++visited_;
    if (head.state != NodeState::kLive) return false;
    Found found{visit.distance, 0, visit.id, head.tid, head.tids_slot, head.tids_block, false};
    if (heap_scorer_) {
      found.rows_differ = (head.flags & kRowsDiffer) != 0;
      // The origin is that of one row.
      const float error = beam_.target().ErrorOf(visit.distance, head.norm_squared,
                                                 found.rows_differ ? 0 : visit.origin);
      found.error = std::fmin(error, std::numeric_limits<float>::max());
    }
    ranking_.Add(found);
    return true;
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
      auto node = ranking_.Next([this](Found& found) { return Resolve(found); });
      if (!node) continue;
      if (is_ordered() && IsLate(*node)) continue;
      last_ = *node;
      --left_;
      ListRows(*node);
      return true;
    }
  }

  bool is_ordered() const { return params_.is_strict || !params_.is_iterative; }

  // Whether a node is nearer than the one handed out last. That of another batch may have
  // been handed out by a distance that was good enough among its own.
  bool IsLate(Found& node) {
    if (node.least() >= last_.most()) return false;
    if (node.most() < last_.least()) return true;
    if (last_.error > 0) Resolve(last_);
    if (node.error > 0 && !Resolve(node)) return true;
    return node.distance < last_.distance;
  }

  // Goes on for another batch, or in place of nodes that are dead or invisible.
  bool Continue() {
    store_.CheckInterrupts();
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
    if (found.rows_differ) return Spread(found);
    found.error = 0;
    std::optional<std::span<const float>> row = Read(found.tid);
    if (!row && found.tids().exists()) {
      // The others are equal.
      ListRows(found);
      for (std::size_t i = 1; i < tids_.size() && !row; ++i) row = Read(tids_[i]);
      tids_.clear();
    }
    if (!row) return false;
    found.distance = ExactDistance(*row);
    return true;
  }

  // Puts the rows of a node in its place, each at its own distance.
  bool Spread(const Found& node) {
    ListRows(node);
    rows_.swap(tids_);
    tids_.clear();
    for (const HeapTid tid : rows_) {
      if (const auto row = Read(tid)) {
        ranking_.Add({ExactDistance(*row), 0, node.id, tid, 0, kNoBlock, false});
      }
    }
    return false;
  }

  float ExactDistance(std::span<const float> row) {
    if (row.size() != meta_.dims) {
      throw Error(ErrorKind::kCorrupted, "hnsw index is not valid",
                  "A row of the table has another number of dimensions.", "Please REINDEX it.");
    }
    return heap_scorer_->Distance(row);
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
  std::pmr::vector<HeapTid> rows_;  // of a node whose rows differ
  std::size_t next_tid_ = 0;
  std::size_t dead_rows_ = 0;   // of tids_
  std::size_t dead_nodes_ = 0;  // handed out in vain since the last walk
  std::size_t left_ = 0;        // nodes to hand out before the walk goes on
  std::size_t visited_ = 0;
  std::size_t heap_reads_ = 0;
  Found last_{-std::numeric_limits<float>::infinity(), 0, kNoNode, {}, 0, kNoBlock, false};
  SearchCounts counts_;
};

}  // namespace vec::hnsw
