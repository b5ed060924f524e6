// Checking nodes: their rows, heap TIDs, lanes and codes.
//
// A page is copied, and what its nodes refer to is read one after the other. What seems wrong is
// looked at once more, and reported where the node has not changed since it was copied: then it had
// those lanes at the moment when the others were read.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "vector/base/copy_bytes.hpp"
#include "vector/hnsw/check_rows.hpp"
#include "vector/hnsw/coding.hpp"
#include "vector/hnsw/node_set.hpp"
#include "vector/quantize/verify.hpp"

namespace vec::hnsw {

// Rotated rows of nodes that were read lately.
class RotatedRows {
 public:
  RotatedRows(std::size_t dims, std::size_t bytes, std::pmr::memory_resource* memory)
      : dims_(dims), ids_(memory), values_(memory) {
    if (dims == 0) return;
    ids_.resize(std::max<std::size_t>(kLeast, bytes / (dims * sizeof(float))), kNoNode);
    values_.resize(ids_.size() * dims);
  }

  // The place of a node; Has() tells whether its row is there.
  std::span<float> Of(NodeId id) { return std::span(values_).subspan(At(id) * dims_, dims_); }
  bool Has(NodeId id) const { return ids_[At(id)] == id; }
  void Set(NodeId id) { ids_[At(id)] = id; }
  void Forget(NodeId id) { ids_[At(id)] = kNoNode; }

 private:
  static constexpr std::size_t kLeast = 64;

  std::size_t At(NodeId id) const { return id * std::uint64_t{0x9E3779B1} % ids_.size(); }

  std::size_t dims_;
  std::pmr::vector<NodeId> ids_;
  std::pmr::vector<float> values_;
};

template <PageStore Store, CheckSink Sink>
class NodeChecker {
 public:
  // `present`: nodes that are not free, as seen before. `cache_bytes`: for rotated rows.
  NodeChecker(Store& store, Sink& sink, const Meta& meta, const NodeSet& present,
              std::size_t cache_bytes, std::pmr::memory_resource* memory)
      : store_(store),
        sink_(sink),
        meta_(meta),
        shape_(meta),
        present_(present),
        file_(store),
        coding_(store, meta, memory),
        cache_(coding_.rotated_dims(), cache_bytes, memory),
        kept_(memory),
        values_(memory),
        other_kept_(memory),
        other_values_(memory),
        own_(coding_.rotated_dims(), memory),
        residual_(coding_.rotated_dims(), memory),
        code_(meta.code_dims / 8, memory) {}

  // `page` is a copy.
  void CheckPage(const std::byte* page, BlockId block) {
    ForEachNodeOf(shape_, page, block, [&](std::size_t slot, const NodeView& node) {
      if (!node.is_live()) {
        ++dead_;
        return;
      }
      ++nodes_;
      block_ = block;
      slot_ = slot;
      copy_ = page + shape_.SlotAt(slot);
      Check(node);
    });
  }

  std::uint64_t nodes() const { return nodes_; }
  std::uint64_t dead() const { return dead_; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t lanes() const { return lanes_; }

  // What an entry is compared with: the row of a live node, rotated where it is coded.
  struct Row {
    std::span<const std::byte> kept;
    std::span<const float> rotated;
  };
  // Nothing where there is no such node, or it has no sound row.
  std::optional<Row> ReadRow(NodeId id) {
    if (!CopyRow(id)) return std::nullopt;
    if (!shape_.is_coded) return Row{other_kept_, {}};
    cache_.Set(id);
    coding_.Rotate(other_values_, cache_.Of(id));
    return Row{other_kept_, cache_.Of(id)};
  }
  std::span<const float> center() const { return coding_.center(); }

  // Whether a node is there now, live or dead.
  bool Exists(NodeId id) {
    if (id == kNoNode || !file_.Contains(BlockOf(id))) return false;
    const auto guard = store_.Read(BlockOf(id));
    bool exists = false;
    ForEachNodeOf(shape_, guard.page(), BlockOf(id),
                  [&](std::size_t slot, const NodeView&) { exists |= slot == SlotOf(id); });
    return exists;
  }

  // Compares a lane or an entry with the rotated rows of its ends. nullptr: it is theirs.
  // `rounding.length` is that of `self`.
  const char* FaultOf(std::span<const float> self, std::span<const float> other,
                      std::span<const std::uint8_t> code, const quantize::CodeFactors& factors,
                      const quantize::CodeRounding& rounding) {
    for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] = other[i] - self[i];
    return TextOf(quantize::VerifyCode(CodeMetricOf(meta_.metric), residual_, self, code, factors,
                                       rounding, false));
  }

 private:
  void Report(const char* what) {
    sink_.Report({block_, static_cast<std::uint32_t>(slot_), what, Severity::kError});
  }

  // Whether the node is as it was copied.
  bool IsSame() {
    const auto guard = store_.Read(block_);
    return HasNodes(shape_, guard.page()) &&
           slot_ < NodePage(shape_, guard.page(), block_).count() &&
           std::memcmp(guard.page() + shape_.SlotAt(slot_), copy_, shape_.node_bytes) == 0;
  }
  void ReportSame(const char* what) {
    if (IsSame()) Report(what);
  }

  void Check(const NodeView& node) {
    const char* fault = CopyKept(store_, file_, meta_, node, kept_);
    if (fault == nullptr) fault = FaultOfRow(meta_, kept_, values_);
    if (fault == nullptr) {
      const double norm = NormSquaredOf(meta_, kept_, values_);
      const bool is_norm = std::fabs(node.head().norm_squared - norm) <= 1e-4 * norm + 1e-30;
      if (std::isfinite(norm) && !is_norm) fault = "node with another norm than its row";
    }
    if (fault != nullptr) ReportSame(fault);
    TakeTids(node.head(), fault == nullptr);
    CheckLanes(node);
    if (!shape_.is_coded || fault != nullptr) return;
    if (!IsScale(node.head().add_scale) || !IsScale(node.head().rescale_scale)) {
      return Report("node without scales");
    }
    coding_.Rotate(values_, own_);
    own_length_ = LengthOf(own_);
    for (std::size_t lane = 0; lane < node.neighbors().size(); ++lane) {
      store_.CheckInterrupts();
      CheckCode(node, lane);
    }
  }

  // --- heap TIDs

  // Vacuum moves a TID of the list into the node where that of the node is dead: the list is read
  // again then.
  void TakeTids(NodeHead head, bool has_row) {
    constexpr int kAttempts = 100;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      TakeTid(head.tid, has_row, attempt > 0);
      const char* fault = FollowItems(
          store_, file_, head.tids(), ItemKind::kTids,
          [&](std::span<const std::byte> list, ItemRef) {
            for (std::size_t at = 0; at + sizeof(HeapTid) <= list.size(); at += sizeof(HeapTid)) {
              HeapTid tid;
              std::memcpy(&tid, &list[at], sizeof(tid));
              if (tid.offset != 0) TakeTid(tid, has_row, attempt > 0);
            }
            return list.size() % sizeof(HeapTid) == 0;
          });
      const NodeHead now = ReadHead();
      if (now.state != NodeState::kLive) return;
      if (now.tid == head.tid && now.tids() == head.tids()) {
        if (fault != nullptr) Report(fault);
        return;
      }
      head = now;
    }
  }

  void TakeTid(HeapTid tid, bool has_row, bool is_again) {
    rows_ += !is_again;
    if (!IsTid(tid)) return ReportSame("invalid heap TID");
    sink_.TakeRow({block_, static_cast<std::uint32_t>(slot_), tid,
                   has_row ? std::span<const std::byte>(kept_) : std::span<const std::byte>(),
                   is_again});
  }

  // A free one where the page has no such node any more.
  NodeHead ReadHead() {
    NodeHead head{};
    const auto guard = store_.Read(block_);
    ForEachNodeOf(shape_, guard.page(), block_, [&](std::size_t slot, const NodeView& node) {
      if (slot == slot_) head = node.head();
    });
    return head;
  }

  // --- lanes

  void CheckLanes(const NodeView& node) {
    const std::span<const NodeId> lanes = node.neighbors();
    lanes_ += lanes.size();
    if (lanes.size() < 64 && node.head().redundant >> lanes.size() != 0) {
      Report("empty lane is marked");
    }
    for (std::size_t i = lanes.size(); i < shape_.lanes; ++i) {
      if (lanes.data()[i] != 0) return Report("empty lane leads to a node");
    }
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      const auto before = lanes.first(i);
      if (lanes[i] == NodeIdOf(block_, slot_)) Report("lane leads to its own node");
      if (std::ranges::find(before, lanes[i]) != before.end()) {
        Report("two lanes lead to the same node");
      }
      if (!present_.Contains(lanes[i]) && !Exists(lanes[i])) ReportSame("lane leads to no node");
    }
  }

  void CheckCode(const NodeView& node, std::size_t lane) {
    const NodeId neighbor = node.neighbors()[lane];
    if (!Rotate(neighbor)) return;
    if (FaultOfLane(node, lane) == nullptr) return;
    cache_.Forget(neighbor);
    if (!Rotate(neighbor)) return;
    if (const char* fault = FaultOfLane(node, lane)) ReportSame(fault);
  }

  const char* FaultOfLane(const NodeView& node, std::size_t lane) {
    // Rounding to halves, again each time that the scale grew.
    constexpr double kRelative = 0.01;
    constexpr double kSteps = 2;
    quantize::UnpackLane(node.codes(lane / quantize::kLanes), lane % quantize::kLanes, code_);
    return FaultOf(own_, cache_.Of(node.neighbors()[lane]), code_,
                   {node.LaneAdd(lane), node.LaneRescale(lane), 0},
                   {.length = own_length_,
                    .relative = kRelative,
                    .add = kSteps * node.head().add_scale,
                    .rescale = kSteps * node.head().rescale_scale});
  }

  // Puts the rotated row of a live node into the cache.
  bool Rotate(NodeId id) {
    if (cache_.Has(id)) return true;
    if (!CopyRow(id)) return false;
    cache_.Set(id);
    coding_.Rotate(other_values_, cache_.Of(id));
    return true;
  }

  // Of a live node, into other_kept_ and other_values_.
  bool CopyRow(NodeId id) {
    if (id == kNoNode || !file_.Contains(BlockOf(id))) return false;
    bool is_copied = false;
    {
      const auto guard = store_.Read(BlockOf(id));
      ForEachNodeOf(shape_, guard.page(), BlockOf(id), [&](std::size_t slot, const NodeView& node) {
        if (slot != SlotOf(id) || !node.is_live()) return;
        const std::byte* at = guard.page() + shape_.SlotAt(slot);
        AssignBytes(slot_copy_, {at, shape_.node_bytes});
        is_copied = true;
      });
    }
    if (!is_copied) return false;
    const NodeView node(shape_, slot_copy_.data(), BlockOf(id));
    return CopyKept(store_, file_, meta_, node, other_kept_) == nullptr &&
           FaultOfRow(meta_, other_kept_, other_values_) == nullptr;
  }

  Store& store_;
  Sink& sink_;
  const Meta& meta_;
  NodeShape shape_;
  const NodeSet& present_;
  FileExtent<Store> file_;
  Coding coding_;
  RotatedRows cache_;
  std::pmr::vector<std::byte> kept_;  // of the node that is checked
  std::pmr::vector<float> values_;
  std::pmr::vector<std::byte> other_kept_;  // of another
  std::pmr::vector<float> other_values_;
  std::pmr::vector<std::byte> slot_copy_{other_kept_.get_allocator()};
  std::pmr::vector<float> own_;  // rotated
  double own_length_ = 0;
  std::pmr::vector<float> residual_;
  std::pmr::vector<std::uint8_t> code_;
  BlockId block_ = 0;
  std::size_t slot_ = 0;
  const std::byte* copy_ = nullptr;  // of the slot
  std::uint64_t nodes_ = 0;
  std::uint64_t dead_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t lanes_ = 0;
};

}  // namespace vec::hnsw
