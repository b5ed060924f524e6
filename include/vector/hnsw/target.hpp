// A query, prepared for comparison with nodes and entries.
//
// Without a query all rows are equally near, at distance 0.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/hnsw/codec.hpp"
#include "vector/hnsw/entry_page.hpp"
#include "vector/hnsw/scorer.hpp"

namespace vec::hnsw {

// Whether an item has the length of a row: that which it says, of sparse rows.
bool IsWholeRow(const Meta& meta, std::span<const std::byte> item);

class Target {
 public:
  // What meta and query refer to must outlive the object. An empty query means "no query".
  Target(const Meta& meta, const RowView& query, std::pmr::memory_resource* memory);

  bool has_query() const { return scorer_.has_value(); }

  // Whether a node's vector lies in an item, not in the node.
  bool IsInItem(const NodeView& node) const {
    return IsItem(meta_.self) || node.head().value_block != kNoBlock;
  }

  // The distance of a node's own vector. REQUIRES: !IsInItem(node).
  float Score(const NodeView& node) { return ScoreStored(node.self()); }
  // The same of the bytes of its item. REQUIRES: IsWholeRow(meta, bytes).
  float ScoreItem(std::span<const std::byte> bytes) { return ScoreStored(bytes); }

  // By how much Score() may be wrong: the most that rounding to binary16 does, or, of an even
  // row, what it does but for chances of 1e-8; 0 where distances are exact.
  float ErrorOf(float distance, float norm_squared, bool is_even) const;

  // What the lanes of a node at `distance` estimate; see LaneEstimator. REQUIRES: a coded
  // form.
  void EstimateLanes(const NodeView& node, float distance, float* out) const;

  // Codes are relative to the center, of meta.dims floats (coding.hpp); none means the
  // origin. Of coded forms to be called before EstimateLanes() and EstimateEntries().
  void SetCenter(std::span<const float> center);
  // Estimates of the entries of a block.
  void EstimateEntries(const EntryPage& page, std::size_t block,
                       float (&out)[quantize::kLanes]) const;
  // Plain form: the distance of an entry's copy, or nothing where it has none.
  std::optional<float> ScoreEntry(const EntryPage& page, std::size_t place) const;

 private:
  float ScoreStored(std::span<const std::byte> bytes);

  const Meta& meta_;
  RowView query_;
  std::optional<Scorer> scorer_;
  LaneEstimator estimator_;
  std::pmr::vector<float> scaled_;  // half rows of unusual scale
  float query_norm_squared_ = 0;
  float center_distance_ = 0;  // of the query
  float center_share_ = 1;     // ShareAt() the center
};

}  // namespace vec::hnsw
