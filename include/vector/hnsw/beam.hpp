// Walking the graph towards a query: what searches and inserts share.
//
// A visit reads one node page. In the coded form that tells the distance of the node itself
// and estimates of all its neighbours; in the plain form the neighbours are compared at
// their own pages, so that a node's distance is known before its visit. A visit holds one
// page at a time, and none while an item is read.
//
// What another process frees or changes meanwhile is not an error: free nodes are passed
// over, and so are dead ones whose item is not whole any more; an item is missing only where
// a live node still refers to it.
#pragma once

#include <array>
#include <utility>

#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/frontier.hpp"
#include "vector/hnsw/half_row.hpp"
#include "vector/hnsw/items.hpp"
#include "vector/hnsw/search_params.hpp"
#include "vector/hnsw/target.hpp"

namespace vec::hnsw {

// What a visitor sees, while the page is locked (where the row lies in an item, a copy).
struct Visit {
  NodeId id;
  const NodeView& node;    // live or dead, not free
  float distance;          // of the node; of half rows up to Target::ErrorOf()
  const float* estimates;  // coded: of all lanes up to the degree; plain: nullptr
  std::uint32_t origin;    // of a half row (half_row.hpp)
};

template <PageStore Store>
class Beam {
 public:
  // What store, meta and query refer to must outlive the object. `keeps_rest`: Begin() will
  // be called more than once.
  Beam(Store& store, const Meta& meta, const RowView& query, bool keeps_rest,
       std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        file_(store),
        target_(meta, query, memory),
        frontier_(keeps_rest, !shape_.is_coded, memory),
        copy_(memory),
        item_(memory) {
    if (meta.form == Form::kCoded && IsItem(meta.self)) copy_.resize(meta.node_bytes);
  }

  // Where neither edges nor entries lead to a node, as a crash may leave it, it is looked for
  // page by page, in up to so many slots.
  void AllowSweep(std::size_t slots) { sweep_left_ = slots; }

  // Starts from the nearest of the entry directory, or goes on from where it stopped, for
  // `width` nodes. Where that leads no further, all other entries are offered: parts of the
  // graph that nothing nearer leads to have entries of their own. And then what a sweep finds.
  void Begin(std::size_t width) {
    frontier_.Begin(width, shape_.is_coded ? MostEstimates(width) : width);
    if (offered_ == Entries::kNone) {
      OfferNearestEntries();
      offered_ = Entries::kNearest;
      return;
    }
    if (offered_ == Entries::kNearest && !frontier_.HasRest()) {
      OfferAllEntries();
      offered_ = Entries::kAll;
    }
    if (!frontier_.HasRest()) Sweep(width);
  }

  // After Begin(): a node visited before, and not handed out, is so far away. REQUIRES: coded.
  void Found(float distance) { frontier_.Found(distance); }

  // Offers nodes from elsewhere, to be visited at once. REQUIRES: at most kMostLanes.
  void Offer(std::span<const NodeId> nodes) {
    if (!shape_.is_coded) return ScoreNodes(nodes);
    for (const NodeId node : nodes) frontier_.Offer(node, kNearest);
  }

  // Visits nodes until none is left that may be among the `width` nearest. visit(const Visit&).
  template <typename Visitor>
  void Run(Visitor visit) {
    while (const auto next = frontier_.Next()) {
      PrefetchAhead();
      store_.CheckInterrupts();
      if (shape_.is_coded) {
        VisitCoded(next->node, visit);
      } else {
        VisitPlain(*next, visit);
      }
    }
  }

  // How many of the smallest estimates are looked at for `width` nodes, where estimates are so
  // vague that all seem to be near: with these a search of unrelated coordinates, of 32 to 1,536
  // dimensions, finds as much as one that knows all distances.
  static constexpr std::size_t MostEstimates(std::size_t width) { return 2 * width + 32; }

  // Whether another Begin() may find anything to visit.
  bool HasRest() const { return offered_ != Entries::kAll || frontier_.HasRest() || CanSweep(); }
  bool IsVisited(NodeId node) const { return frontier_.IsVisited(node); }
  std::size_t bytes() const { return frontier_.bytes(); }

  Target& target() { return target_; }
  const NodeShape& shape() const { return shape_; }
  const SearchCounts& counts() const { return counts_; }
  SearchCounts& counts() { return counts_; }

 private:
  enum class Entries { kNone, kNearest, kAll };

  static constexpr std::size_t kEntries = 4;
  static constexpr std::size_t kAhead = 2;
  static constexpr float kNearest = std::numeric_limits<float>::lowest();

  // The nearest few of the directory, in no order.
  class Best {
   public:
    void Add(NodeId node, float estimate) {
      if (size_ < kEntries) {
        best_[size_++] = {estimate, node};
      } else if (estimate < best_[worst_].estimate) {
        best_[worst_] = {estimate, node};
      } else {
        return;
      }
      if (size_ < kEntries) return;
      worst_ = 0;
      for (std::size_t i = 1; i < kEntries; ++i) {
        if (best_[i].estimate > best_[worst_].estimate) worst_ = i;
      }
    }
    float bound() const {
      return size_ < kEntries ? std::numeric_limits<float>::infinity() : best_[worst_].estimate;
    }
    std::span<const Candidate> nodes() const { return std::span(best_).first(size_); }

   private:
    std::array<Candidate, kEntries> best_;
    std::size_t size_ = 0;
    std::size_t worst_ = 0;
  };

  // Ids on the stack.
  class NodeList {
   public:
    void Add(NodeId node) {
      if (size_ < kMostLanes) ids_[size_++] = node;
    }
    std::span<const NodeId> nodes() const { return std::span(ids_).first(size_); }

   private:
    std::array<NodeId, kMostLanes> ids_;
    std::size_t size_ = 0;
  };

  void OfferNearestEntries() {
    const State state = ReadState();
    if (shape_.is_coded && target_.has_query()) ReadCenter();
    Best best;
    NodeList uncopied;
    ForEachEntry(
        state,
        [&](NodeId node, float estimate) {
          if (estimate < best.bound()) best.Add(node, estimate);
        },
        [&](NodeId node) { uncopied.Add(node); });
    for (const Candidate& entry : best.nodes()) frontier_.Offer(entry.node, entry.estimate);
    Offer(uncopied.nodes());
    // An index whose entries have all died may have nodes nevertheless.
    if (!frontier_.HasRest() && state.insert_block != kNoBlock) OfferPage(state.insert_block);
  }

  // Those that were offered before, or visited, change nothing.
  void OfferAllEntries() {
    std::pmr::vector<NodeId> uncopied(item_.get_allocator());
    ForEachEntry(
        ReadState(), [&](NodeId node, float estimate) { frontier_.Offer(node, estimate); },
        [&](NodeId node) { uncopied.push_back(node); });
    const std::span<const NodeId> nodes(uncopied);
    for (std::size_t at = 0; at < nodes.size(); at += kMostLanes) {
      Offer(nodes.subspan(at, std::min(kMostLanes, nodes.size() - at)));
    }
  }

  State ReadState() {
    const auto guard = store_.Read(kStateBlock);
    return hnsw::ReadState(guard.page());
  }

  // Calls copied(node, estimate) or, of those whose distance only their node tells,
  // uncopied(node).
  template <typename Copied, typename Uncopied>
  void ForEachEntry(const State& state, Copied copied, Uncopied uncopied) {
    ForEachEntryPage(store_, EntryShape(meta_), state, [&](const EntryPage& page, BlockId) {
      if (shape_.is_coded) {
        ScanCoded(page, copied);
      } else {
        ScanPlain(page, copied, uncopied);
      }
    });
  }

  void OfferPage(BlockId block) {
    NodeList nodes;
    {
      CheckLink(file_, block);
      const auto guard = store_.Read(block);
      const NodePage page(shape_, guard.page(), block);
      for (std::size_t slot = 0; slot < page.count(); ++slot) {
        if (!page.node(slot).is_free()) nodes.Add(NodeIdOf(block, slot));
      }
    }
    Offer(nodes.nodes());
  }

  bool CanSweep() const { return sweep_left_ > 0 && swept_ < file_.blocks(); }

  // Offers nodes of the next pages that no way led to, `width` or somewhat more.
  void Sweep(std::size_t width) {
    std::size_t offered = 0;
    for (; offered < width && CanSweep(); ++swept_) {
      store_.CheckInterrupts();
      NodeList nodes;
      {
        const auto guard = store_.Read(swept_);
        if (!IsPageOf(guard.page(), PageKind::kNodes)) continue;
        const NodePage page(shape_, guard.page(), swept_);
        sweep_left_ -= std::min(sweep_left_, page.count());
        for (std::size_t slot = 0; slot < page.count(); ++slot) {
          const NodeId id = NodeIdOf(swept_, slot);
          if (page.node(slot).is_live() && !frontier_.IsKnown(id)) nodes.Add(id);
        }
      }
      offered += nodes.nodes().size();
      Offer(nodes.nodes());
    }
  }

  void ReadCenter() {
    if (!meta_.center().exists()) return target_.SetCenter({});
    item_.clear();
    ReadItem(store_, meta_.center(), ItemKind::kCenter, meta_.dims * sizeof(float), item_);
    if (item_.size() != meta_.dims * sizeof(float)) {
      ThrowCorrupted("Center of an invalid length", meta_.center_block);
    }
    target_.SetCenter({reinterpret_cast<const float*>(item_.data()), meta_.dims});
  }

  template <typename Copied>
  void ScanCoded(const EntryPage& page, Copied& copied) {
    float estimates[quantize::kLanes];
    for (std::size_t i = 0; i < page.units(); ++i) {
      target_.EstimateEntries(page, i, estimates);
      const EntryBlock& block = page.block(i);
      counts_.entries += static_cast<std::size_t>(std::popcount(block.live));
      for (std::uint32_t live = block.live; live != 0; live &= live - 1) {
        const auto t = static_cast<std::size_t>(std::countr_zero(live));
        copied(block.node[t], estimates[t]);
      }
    }
  }

  template <typename Copied, typename Uncopied>
  void ScanPlain(const EntryPage& page, Copied& copied, Uncopied& uncopied) {
    for (std::size_t place = 0; place < page.places(); ++place) {
      const NodeId node = page.node(place);
      if (node == kNoNode) continue;
      ++counts_.entries;
      if (const auto distance = target_.ScoreEntry(page, place)) {
        copied(node, *distance);
      } else {
        uncopied(node);
      }
    }
  }

  PagePart PartOf(NodeId node) const {
    const std::size_t from = shape_.SlotAt(SlotOf(node));
    const std::size_t to = std::min(from + shape_.node_bytes, kPageBytes);
    if (from >= to) return {BlockOf(node)};
    return {BlockOf(node), static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to)};
  }

  // What every visit checks first.
  static PagePart TrailerPart(NodeId node) {
    return {BlockOf(node), kPageBytes - sizeof(Trailer), kPageBytes};
  }

  // The nodes that are visited next if this visit finds none that is nearer.
  void PrefetchAhead() {
    PagePart parts[2 * kAhead];
    std::size_t n = 0;
    for (std::size_t i = 0; i < kAhead; ++i) {
      const NodeId node = frontier_.Ahead(i);
      if (node == kNoNode || node == prefetched_[i] || !file_.Contains(BlockOf(node))) continue;
      prefetched_[i] = node;
      parts[n++] = PartOf(node);
      parts[n++] = TrailerPart(node);
    }
    if (n > 0) store_.Prefetch(std::span<const PagePart>(parts, n));
  }

  template <typename Visitor>
  void VisitCoded(NodeId id, Visitor& visit) {
    const BlockId block = BlockOf(id);
    CheckLink(file_, block);
    ++counts_.nodes;
    if (!copy_.empty()) return VisitCopy(id, visit);
    const auto guard = store_.Read(block);
    const NodeView node = NodePage(shape_, guard.page(), block).node(SlotOf(id));
    if (node.is_free()) return;
    ++counts_.exact;
    OfferLanes(id, node, target_.Score(node), node.self(), visit);
  }

  // A node whose vector is in an item is copied before its page is let go.
  template <typename Visitor>
  void VisitCopy(NodeId id, Visitor& visit) {
    {
      const auto guard = store_.Read(BlockOf(id));
      const NodePage page(shape_, guard.page(), BlockOf(id));
      if (page.node(SlotOf(id)).is_free()) return;
      std::memcpy(copy_.data(), guard.page() + shape_.SlotAt(SlotOf(id)), shape_.node_bytes);
    }
    const NodeView node(shape_, copy_.data(), BlockOf(id));
    if (const auto distance = ScoreItem(id, node.head().value())) {
      OfferLanes(id, node, *distance, item_, visit);
    }
  }

  template <typename Visitor>
  void OfferLanes(NodeId id, const NodeView& node, float distance, std::span<const std::byte> row,
                  Visitor& visit) {
    float estimates[kMostLanes];
    target_.EstimateLanes(node, distance, estimates);
    const std::span<const NodeId> lanes = node.neighbors();
    counts_.lanes += lanes.size();
    if (node.is_live()) frontier_.Found(distance);
    frontier_.Offer(lanes, estimates);
    const bool has_origin = IsHalf(meta_.self) && target_.has_query();
    visit(Visit{id, node, distance, estimates, has_origin ? HalfRowOrigin(row.data()) : 0});
  }

  template <typename Visitor>
  void VisitPlain(const Candidate& candidate, Visitor& visit) {
    NodeList unknown;
    {
      const BlockId block = BlockOf(candidate.node);
      CheckLink(file_, block);
      ++counts_.nodes;
      const auto guard = store_.Read(block);
      const NodeView node = NodePage(shape_, guard.page(), block).node(SlotOf(candidate.node));
      if (node.is_free()) return;
      for (const NodeId id : node.neighbors()) {
        if (!frontier_.IsKnown(id)) unknown.Add(id);
      }
      visit(Visit{candidate.node, node, candidate.estimate, nullptr, 0});
    }
    ScoreNodes(unknown.nodes());
  }

  // Offers nodes with their distances, which are read from their pages.
  void ScoreNodes(std::span<const NodeId> nodes) {
    PagePart parts[kMostLanes];
    std::size_t n = 0;
    for (const NodeId node : nodes) {
      CheckLink(file_, BlockOf(node));
      parts[n++] = PartOf(node);
    }
    if (n > 0) store_.Prefetch(std::span<const PagePart>(parts, n));
    for (const NodeId node : nodes) {
      store_.CheckInterrupts();
      if (const auto distance = ScoreNode(node)) frontier_.Offer(node, *distance);
    }
  }

  // Nothing where the node is free.
  std::optional<float> ScoreNode(NodeId id) {
    const BlockId block = BlockOf(id);
    ++counts_.nodes;
    ItemRef value;
    {
      const auto guard = store_.Read(block);
      const NodeView node = NodePage(shape_, guard.page(), block).node(SlotOf(id));
      if (node.is_free()) return std::nullopt;
      if (!target_.IsInItem(node)) {
        ++counts_.exact;
        return target_.Score(node);
      }
      value = node.head().value();
    }
    return ScoreItem(id, value);
  }

  std::optional<float> ScoreItem(NodeId id, ItemRef value) {
    if (!target_.has_query()) return 0.0f;
    ++counts_.items;
    ++counts_.exact;
    item_.clear();
    const bool is_read =
        TryReadItem(store_, file_, value, ItemKind::kValue, MostItemRowBytes(meta_), item_);
    if (is_read && IsWholeRow(meta_, item_)) return target_.ScoreItem(item_);
    CheckMoved(id, [&](const NodeHead& head) { return head.value() != value; });
    return std::nullopt;
  }

 public:
  // An item that a node referred to is gone: throws Error(kCorrupted) unless the node is,
  // too, or vacuum is taking it apart, or it refers to another one by now, which
  // has_moved(head) tells.
  template <typename HasMoved>
  void CheckMoved(NodeId id, HasMoved has_moved) {
    const auto guard = store_.Read(BlockOf(id));
    const NodeView node = NodePage(shape_, guard.page(), BlockOf(id)).node(SlotOf(id));
    if (!node.is_live() || has_moved(node.head())) return;
    ThrowCorrupted("Node without its item", BlockOf(id));
  }

 private:
  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  FileExtent<Store> file_;
  Target target_;
  Frontier frontier_;
  Entries offered_ = Entries::kNone;
  BlockId swept_ = kStateBlock + 1;  // the next page of a sweep
  std::size_t sweep_left_ = 0;       // slots
  NodeId prefetched_[kAhead] = {kNoNode, kNoNode};
  std::pmr::vector<std::byte> copy_;  // of a node whose vector is in an item
  std::pmr::vector<std::byte> item_;
  SearchCounts counts_;
};

}  // namespace vec::hnsw
