// Writing an index from a graph that was made at once.
//
// In this order: meta and state page, items (center of coded nodes, rows that do not lie in nodes,
// lists of heap TIDs), node pages in the order of the graph, the entry directory, and the state at
// last. REQUIRES of the store: fresh blocks come in order.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory_resource>
#include <numeric>
#include <utility>
#include <vector>

#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/create.hpp"
#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/graph_pages.hpp"
#include "vector/hnsw/space.hpp"

namespace vec::hnsw {

struct GraphWriterParams {
  std::size_t threads = 1;       // the caller's included
  std::size_t memory_bytes = 0;  // for what makes it faster
  BulkProgress progress = {};
};

template <PageStore Store>
class GraphWriter {
 public:
  // REQUIRES: a store of no pages; as many lanes as the meta data say. What is referred to must
  // outlive the object.
  GraphWriter(Store& store, const Meta& meta, const BulkGraph& graph, const BulkRows& rows,
              const GraphWriterParams& params, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        graph_(graph),
        rows_(rows),
        params_(params),
        memory_(memory),
        values_(memory),
        tids_(memory) {}

  // Returns the meta data, with the center.
  Meta Write() {
    CreateEmpty(store_, meta_);
    if (graph_.rows.empty()) return meta_;
    if (meta_.form == Form::kCoded) WriteCenter();
    Coding coding(store_, meta_, memory_);
    GraphNodes nodes{.meta = meta_,
                     .graph = graph_,
                     .rows = rows_,
                     .coding = coding,
                     .values = {},
                     .tids = {},
                     .first_block = kNoBlock,
                     .rotated = {}};
    WriteValues(nodes);
    if (!graph_.copies.empty()) WriteTids();
    next_ = 1 + (items_block_ == kNoBlock ? kStateBlock : items_block_);
    nodes.values = values_;
    nodes.tids = tids_;
    nodes.first_block = next_;
    WriteNodes(nodes);
    State state = EmptyState();
    state.insert_block = next_ - 1;
    state.rows = nodes.pages() * meta_.per_page;  // as NodeSpace counts
    WriteEntries(nodes, coding, state);
    WriteState(state);
    return meta_;
  }

 private:
  static constexpr std::size_t kPagesAtOnce = 256;
  static_assert(kMostItemBytes % sizeof(HeapTid) == 0, "parts of lists hold whole TIDs");

  // --- items

  // The mean of the rows.
  void WriteCenter() {
    std::pmr::vector<double> sums(meta_.dims, memory_);
    const std::size_t rows = rows_.tids.size();
    for (std::size_t row = 0; row < rows; ++row) {
      if (row % 1024 == 0) store_.CheckInterrupts();
      const float* values = rows_.values.data() + row * sums.size();
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(values[i]);
    }
    std::pmr::vector<float> center(meta_.dims, memory_);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      center[i] = static_cast<float>(sums[i] / static_cast<double>(rows));
    }
    const ItemRef ref = Put(ItemKind::kCenter, std::as_bytes(std::span<const float>(center)));
    meta_.center_block = ref.block;
    meta_.center_slot = ref.slot;
    RewriteMeta(store_, meta_);
  }

  // The rows that do not lie in their nodes.
  void WriteValues(const GraphNodes& nodes) {
    std::pmr::vector<std::byte> scratch(memory_);
    for (std::size_t node = 0; node < nodes.count(); ++node) {
      store_.CheckInterrupts();
      const std::span<const std::byte> kept = nodes.KeptOf(node, scratch).stored;
      if (LiesInNode(meta_, kept.size())) {
        if (HasFixedRows(meta_.type)) return;  // then all do
        continue;
      }
      values_.resize(nodes.count());
      values_[node] = Put(ItemKind::kValue, kept);
    }
  }

  void WriteTids() {
    std::pmr::vector<HeapTid> list(memory_);
    tids_.resize(graph_.rows.size());
    for (std::size_t node = 0; node < tids_.size(); ++node) {
      list.clear();
      for (std::uint32_t i = graph_.first_copy[node]; i < graph_.first_copy[node + 1]; ++i) {
        list.push_back(rows_.tids[graph_.copies[i]]);
      }
      if (list.empty()) continue;
      store_.CheckInterrupts();
      tids_[node] = Put(ItemKind::kTids, std::as_bytes(std::span<const HeapTid>(list)));
    }
  }

  ItemRef Put(ItemKind kind, std::span<const std::byte> bytes) {
    return WriteItem(store_, items_block_, kind, bytes);
  }

  // --- nodes

  void WriteNodes(GraphNodes& nodes) {
    constexpr double kRotating = 0.1;
    const std::size_t rotated_bytes = nodes.count() * nodes.coding.rotated_dims() * sizeof(float);
    if (meta_.form == Form::kCoded && rotated_bytes <= params_.memory_bytes) {
      RotateNodes(nodes, params_.threads, [&](double done) { Report(kRotating * done); });
    }
    const std::size_t pages = nodes.pages();
    std::pmr::vector<std::byte> buffer(std::min(pages, kPagesAtOnce) * kPageBytes, memory_);
    for (std::size_t first = 0; first < pages; first += kPagesAtOnce) {
      const std::size_t count = std::min(kPagesAtOnce, pages - first);
      const auto out = std::span(buffer).first(count * kPageBytes);
      MakeNodePages(nodes, first, out, params_.threads, [&](double done) {
        const double made = static_cast<double>(first) + done * static_cast<double>(count);
        Report(kRotating + (1 - kRotating) * made / static_cast<double>(pages));
      });
      Append(out);
    }
  }

  void Append(std::span<const std::byte> pages) {
    for (std::size_t at = 0; at < pages.size();) {
      store_.CheckInterrupts();
      auto record = store_.Begin();
      for (int i = 0; i < kMaxPagesPerRecord && at < pages.size(); ++i, at += kPageBytes) {
        std::memcpy(Extend(record).second, pages.data() + at, kPageBytes);
      }
      record.Commit();
    }
  }

  template <typename Record>
  std::pair<BlockId, std::byte*> Extend(Record& record) {
    const auto fresh = record.Extend();
    if (fresh.first != next_) throw Error(ErrorKind::kInternal, "fresh pages are not in order");
    if (next_ >= kMostBlocks) {
      throw Error(ErrorKind::kLimit, "hnsw index cannot have more than 67108864 pages");
    }
    ++next_;
    return fresh;
  }

  void Report(double done) const {
    store_.CheckInterrupts();
    if (params_.progress) params_.progress(done);
  }

  // --- the entry directory and the state

  // A sample of plain nodes with the roots, evenly spread over the graph: places in its order are
  // places in space. So are the first of them, which are all that a search looks at where entries
  // have no copies of their rows.
  std::pmr::vector<std::uint32_t> SpreadNodes() const {
    const std::size_t nodes = graph_.rows.size();
    const std::vector<std::uint32_t>& roots = graph_.roots;
    const std::size_t wanted = std::max<std::size_t>(WantedEntries(meta_, nodes), roots.size());
    constexpr double kGolden = 0.618;
    std::size_t step =
        std::max<std::size_t>(1, static_cast<std::size_t>(kGolden * static_cast<double>(wanted)));
    while (std::gcd(step, wanted) != 1) ++step;
    std::pmr::vector<std::uint32_t> sample(roots.begin(), roots.end(), memory_);
    for (std::size_t i = 0; i < wanted && sample.size() < wanted; ++i) {
      const auto node = static_cast<std::uint32_t>(nodes * (i * step % wanted) / wanted);
      if (!std::ranges::binary_search(roots, node)) sample.push_back(node);
    }
    return sample;
  }

  // A uniform sample, ascending; with the roots, from which all others are reached.
  std::pmr::vector<std::uint32_t> SampleNodes() const {
    const std::size_t nodes = graph_.rows.size();
    const std::vector<std::uint32_t>& roots = graph_.roots;
    const std::size_t wanted = std::max<std::size_t>(WantedEntries(meta_, nodes), roots.size());
    Random random(meta_.seed);
    std::pmr::vector<std::uint32_t> sample(roots.begin(), roots.end(), memory_);
    for (std::uint32_t i = 0; i < nodes && sample.size() < wanted; ++i) {
      if (std::ranges::binary_search(roots, i)) continue;
      if (random.Below(nodes - i) < wanted - sample.size()) sample.push_back(i);
    }
    std::ranges::sort(sample);
    return sample;
  }

  void WriteEntries(const GraphNodes& nodes, Coding& coding, State& state) {
    const EntryShape shape(meta_);
    const std::pmr::vector<std::uint32_t> sample = shape.is_coded ? SampleNodes() : SpreadNodes();
    std::pmr::vector<float> rotated(coding.rotated_dims(), memory_);
    std::pmr::vector<std::byte> scratch(memory_);
    state.entries = static_cast<std::uint32_t>(sample.size());
    state.entries_first = next_;
    for (std::size_t first = 0; first < sample.size(); first += shape.places()) {
      store_.CheckInterrupts();
      auto record = store_.Begin();
      const auto [block, bytes] = Extend(record);
      FormatHnswPage(bytes, PageKind::kEntries);
      MutableEntryPage page(shape, bytes, block);
      const std::size_t end = std::min(first + shape.places(), sample.size());
      for (std::size_t i = first; i < end; ++i) {
        const NodeId id = nodes.IdOf(sample[i]);
        Entry entry{.lane = {id, 0, 0, {}}, .row = {}};
        if (shape.is_coded) {
          coding.Rotate(nodes.ValuesOf(sample[i]), rotated);
          entry.lane = coding.Encode(id, coding.center(), rotated);
        } else if (const auto kept = nodes.KeptOf(sample[i], scratch).stored;
                   LiesInNode(meta_, kept.size())) {
          entry.row = kept;
        }
        page.Put(i - first, entry);
      }
      if (end < sample.size()) TrailerOf(bytes).next = block + 1;
      state.entries_last = block;
      record.Commit();
    }
  }

  // The last page of items is where further ones go.
  void WriteState(State& state) {
    auto record = store_.Begin();
    if (items_block_ != kNoBlock) {
      TrailerOf(record.Modify(items_block_)).flags |= kIsListed;
      state.items_block = items_block_;
    }
    hnsw::WriteState(record.Modify(kStateBlock), state);
    record.Commit();
  }

  Store& store_;
  Meta meta_;
  const BulkGraph& graph_;
  BulkRows rows_;
  GraphWriterParams params_;
  std::pmr::memory_resource* memory_;
  std::pmr::vector<ItemRef> values_;
  std::pmr::vector<ItemRef> tids_;
  BlockId items_block_ = kNoBlock;
  BlockId next_ = 0;  // the next fresh one
};

}  // namespace vec::hnsw
