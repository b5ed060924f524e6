// Small hnsw indexes on a MemoryStore, their graph made by brute force, and what they should
// answer.
#pragma once

#include <algorithm>
#include <set>
#include <vector>

#include "support/hand_out.hpp"
#include "support/memory_store.hpp"
#include "support/rows.hpp"
#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/create.hpp"
#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/half_row.hpp"
#include "vector/hnsw/items.hpp"
#include "vector/hnsw/search.hpp"

namespace vec::test {

class HnswIndex {
 public:
  // Rows of equal values share a node. REQUIRES: for cosine, rows of unit length.
  HnswIndex(hnsw::Options options, const std::vector<Row>& rows)
      : type_(options.type), encoder_memory_(std::pmr::get_default_resource()) {
    options.dims = static_cast<std::uint32_t>(rows.front().size());
    meta = hnsw::MakeMeta(options);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const StoredRow row(type_, rows[i]);
      heap.rows[TidOf(i)] = row.values();
      AddRow(i, row);
    }
    hnsw::CreateEmpty(store, meta);
    WriteNodes();
    WriteEntries();
  }

  // All rows that a search hands out, or the first `limit`.
  std::vector<HeapTid> Search(const Row& query, hnsw::SearchParams params,
                              std::size_t limit = SIZE_MAX) {
    const StoredRow row(type_, query);
    const RowView view = row.view();
    return Run(query.empty() ? RowView{} : view, params, limit);
  }

  std::vector<HeapTid> Run(const RowView& query, hnsw::SearchParams params, std::size_t limit) {
    params.heap = &heap;
    hnsw::Search<MemoryStore> search(store, meta, query, params, std::pmr::get_default_resource());
    std::vector<HeapTid> found = HandOut(search, limit);
    counts = search.counts();
    return found;
  }

  // The distance of a row by the index's own rule.
  float Distance(const Row& query, std::size_t i) const {
    const StoredRow row(type_, query);
    const RowView view = row.view();
    return hnsw::Scorer(meta, view).Distance(Stored(rows_[node_of_[i]]));
  }

  // Row numbers by (distance, number).
  std::vector<std::size_t> ExactOrder(const Row& query) const {
    const StoredRow row(type_, query);
    const RowView view = row.view();
    const hnsw::Scorer scorer(meta, view);
    std::vector<std::pair<float, std::size_t>> order;
    for (std::size_t i = 0; i < node_of_.size(); ++i) {
      order.emplace_back(scorer.Distance(Stored(rows_[node_of_[i]])), i);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> numbers;
    for (const auto& [distance, i] : order) numbers.push_back(i);
    return numbers;
  }

  // Distances must not exceed that of the k-th nearest: ties count as found.
  double Recall(const Row& query, const std::vector<HeapTid>& found, std::size_t k) const {
    const float kth = Distance(query, ExactOrder(query)[k - 1]);
    std::size_t hits = 0;
    for (std::size_t i = 0; i < std::min(k, found.size()); ++i) {
      hits += Distance(query, NumberOf(found[i])) <= kth;
    }
    return static_cast<double>(hits) / static_cast<double>(k);
  }

  static std::size_t NumberOf(HeapTid tid) {
    return (std::size_t{tid.block_high} << 24) + (std::size_t{tid.block_low} << 8) + tid.offset - 1;
  }

  std::size_t nodes() const { return rows_.size(); }
  std::size_t node_of(std::size_t row) const { return node_of_[row]; }
  hnsw::NodeId IdOf(std::size_t node) const {
    return hnsw::NodeIdOf(static_cast<BlockId>(2 + node / meta.per_page), node % meta.per_page);
  }

  // Changes a node in a record.
  template <typename Change>
  void Edit(std::size_t node, Change change) {
    const hnsw::NodeShape shape(meta);
    auto record = store.Begin();
    const BlockId block = hnsw::BlockOf(IdOf(node));
    hnsw::MutableNodePage page(shape, record.Modify(block), block);
    auto editor = page.node(hnsw::SlotOf(IdOf(node)));
    change(editor);
    record.Commit();
  }

  MemoryStore store;
  TestHeap heap;
  hnsw::Meta meta{};
  hnsw::SearchCounts counts;  // of the last search
  BlockId items_hint = kNoBlock;

 private:
  static std::span<const std::byte> Stored(const StoredRow& row) { return row.view().stored; }

  void AddRow(std::size_t i, const StoredRow& row) {
    const std::span<const std::byte> stored = Stored(row);
    const auto [place, is_new] =
        by_bytes_.emplace(std::vector<std::byte>(stored.begin(), stored.end()), rows_.size());
    if (is_new) {
      rows_.push_back(row);
      tids_.emplace_back();
    }
    node_of_.push_back(place->second);
    tids_[place->second].push_back(TidOf(i));
  }

  // The nearest of all nodes, pruned: those nearer to a kept one than to the node come last.
  std::vector<std::pair<std::size_t, bool>> Neighbors(std::size_t node) const {
    const RowView self = rows_[node].view();
    hnsw::Meta l2 = meta;
    const bool is_product = meta.metric == Metric::kInnerProduct;
    if (is_product) l2.metric = Metric::kL2;
    std::vector<std::pair<std::size_t, bool>> lanes = Prune(l2, node, self, meta.lanes);
    if (!is_product) return lanes;
    std::vector<std::pair<std::size_t, bool>> both = Prune(meta, node, self, meta.lanes / 2u);
    for (const auto& lane : lanes) {
      if (both.size() == meta.lanes) break;
      const bool is_known =
          std::ranges::any_of(both, [&](const auto& x) { return x.first == lane.first; });
      if (!is_known) both.push_back(lane);
    }
    return both;
  }

  std::vector<std::pair<std::size_t, bool>> Prune(const hnsw::Meta& rule, std::size_t node,
                                                  const RowView& self, std::size_t most) const {
    const hnsw::Scorer scorer(rule, self);
    std::vector<std::pair<float, std::size_t>> near;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i != node) near.emplace_back(scorer.Distance(Stored(rows_[i])), i);
    }
    const std::size_t kept = std::min<std::size_t>(near.size(), 150);
    std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(kept), near.end());
    near.resize(kept);
    std::vector<std::pair<std::size_t, bool>> lanes;
    std::vector<std::size_t> rejected;
    for (const auto& [distance, i] : near) {
      const RowView other = rows_[i].view();
      const hnsw::Scorer from(rule, other);
      const bool is_hidden = std::ranges::any_of(lanes, [&, own = distance](const auto& lane) {
        return from.Distance(Stored(rows_[lane.first])) < own;
      });
      if (is_hidden) {
        rejected.push_back(i);
      } else if (lanes.size() < most) {
        lanes.emplace_back(i, false);
      }
    }
    for (const std::size_t i : rejected) {
      if (lanes.size() < most) lanes.emplace_back(i, true);
    }
    return lanes;
  }

  void WriteNodes() {
    const hnsw::NodeShape shape(meta);
    const std::size_t pages = (rows_.size() + meta.per_page - 1) / meta.per_page;
    for (std::size_t page = 0; page < pages; ++page) {
      auto record = store.Begin();
      const auto [block, bytes] = record.Extend();
      hnsw::FormatHnswPage(bytes, hnsw::PageKind::kNodes);
      hnsw::MutableNodePage nodes(shape, bytes, block);
      const std::size_t count =
          std::min<std::size_t>(meta.per_page, rows_.size() - page * meta.per_page);
      for (std::size_t slot = 0; slot < count; ++slot) (void)nodes.Take(slot);
      record.Commit();
    }
    if (meta.form == hnsw::Form::kCoded) RotateRows();
    for (std::size_t node = 0; node < rows_.size(); ++node) WriteNode(node);
  }

  void RotateRows() {
    WriteCenter();
    hnsw::Coding coding(store, meta, encoder_memory_);
    rotated_center_.assign(coding.center().begin(), coding.center().end());
    for (const StoredRow& row : rows_) {
      coding.Rotate(row.values(), rotated_.emplace_back(coding.rotated_dims()));
    }
  }

  void WriteNode(std::size_t node) {
    const StoredRow& row = rows_[node];
    std::vector<std::byte> self(Stored(row).begin(), Stored(row).end());
    if (hnsw::IsHalf(meta.self)) {
      self.resize(hnsw::HalfRowBytes(meta.dims));
      hnsw::EncodeHalfRow(row.values(), self);
    }
    hnsw::ItemRef value;
    if (hnsw::IsItem(meta.self) || self.size() > meta.self_bytes) {
      value = hnsw::WriteItem(store, items_hint, hnsw::ItemKind::kValue, self);
      self.clear();
    }
    hnsw::ItemRef tids;
    if (tids_[node].size() > 1) {
      const auto bytes = std::as_bytes(std::span(tids_[node]).subspan(1));
      // Items hold whole TIDs.
      constexpr std::size_t kPart = hnsw::kMostTids * sizeof(HeapTid);
      for (std::size_t at = 0; at < bytes.size(); at += kPart) {
        auto record = store.Begin();
        tids = *hnsw::AppendItem(record, kNoBlock, hnsw::ItemKind::kTids, tids,
                                 bytes.subspan(at, std::min(kPart, bytes.size() - at)));
        record.Commit();
      }
    }
    const auto lanes = Neighbors(node);
    hnsw::LaneEncoder encoder(meta, encoder_memory_);
    Edit(node, [&](hnsw::NodeEditor& editor) {
      editor.Create(tids_[node].front(), value, hnsw::NormSquared(meta, row.view()), self);
      if (tids.exists()) editor.SetTids(tids);
      for (std::size_t k = 0; k < lanes.size(); ++k) {
        hnsw::Lane lane{IdOf(lanes[k].first), 0, 0, {}};
        if (meta.form == hnsw::Form::kCoded) {
          lane = encoder.Encode(lane.node, rotated_[node], rotated_[lanes[k].first]);
        }
        editor.SetLane(k, lane, lanes[k].second);
      }
    });
  }

  // Every node up to the number wanted, spread evenly.
  void WriteEntries() {
    hnsw::State state = hnsw::EmptyState();
    state.rows = rows_.size();
    state.insert_block = 2;
    {
      auto record = store.Begin();
      hnsw::WriteState(record.Modify(hnsw::kStateBlock), state);
      record.Commit();
    }
    const std::size_t wanted = hnsw::WantedEntries(meta, rows_.size());
    for (std::size_t i = 0; i < wanted; ++i) AddEntry(i * rows_.size() / wanted);
  }

  void WriteCenter() {
    std::vector<float> center(meta.dims);
    for (const StoredRow& row : rows_) {
      for (std::size_t d = 0; d < center.size(); ++d) center[d] += row.values()[d];
    }
    for (float& x : center) x /= static_cast<float>(rows_.size());
    const hnsw::ItemRef ref = hnsw::WriteItem(store, items_hint, hnsw::ItemKind::kCenter,
                                              std::as_bytes(std::span(center)));
    meta.center_block = ref.block;
    meta.center_slot = ref.slot;
    hnsw::RewriteMeta(store, meta);
  }

  void AddEntry(std::size_t node) {
    hnsw::LaneEncoder encoder(meta, encoder_memory_);
    hnsw::Entry entry{{IdOf(node), 0, 0, {}}, {}};
    if (meta.form == hnsw::Form::kCoded) {
      entry.lane = encoder.Encode(IdOf(node), rotated_center_, rotated_[node]);
    } else if (Stored(rows_[node]).size() <= meta.self_bytes) {
      entry.row = Stored(rows_[node]);
    }
    hnsw::AppendEntry(store, meta, entry);
  }

  ElementType type_;
  std::pmr::memory_resource* encoder_memory_;
  std::map<std::vector<std::byte>, std::size_t> by_bytes_;
  std::vector<StoredRow> rows_;  // of nodes
  std::vector<std::vector<HeapTid>> tids_;
  std::vector<std::size_t> node_of_;  // rows
  std::vector<std::vector<float>> rotated_;
  std::vector<float> rotated_center_;
};

}  // namespace vec::test
