// Where a walk over the graph starts: the entries nearest to a row.
#pragma once

#include <algorithm>
#include <limits>
#include <memory_resource>
#include <vector>

#include "vector/hnsw/codec.hpp"
#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/frontier.hpp"
#include "vector/hnsw/kept_row.hpp"
#include "vector/hnsw/space.hpp"

namespace vec::hnsw {

template <PageStore Store>
class EntryScan {
 public:
  static constexpr std::size_t kMost = 4;

  // `center` is rotated, empty for plain forms, and outlives the object.
  EntryScan(Store& store, const Meta& meta, std::span<const float> center,
            std::pmr::memory_resource* memory)
      : store_(store), meta_(meta), shape_(meta), center_(center), nearest_(memory) {
    center_norm_ = simd::Active().inner_product(center.data(), center.data(), center.size());
  }

  // Puts the nearest first. `table` and `rotated` are the row's, of coded forms. Entries
  // without a copy are all as near as can be.
  void Run(KeptScorer& scorer, std::span<const float> rotated, const quantize::QueryTable& table) {
    nearest_.clear();
    if (shape_.is_coded) SetDistance(rotated);
    const State state = ReadState(store_);
    ForEachEntryPage(store_, shape_, state, [&](const EntryPage& page, BlockId) {
      if (shape_.is_coded) {
        ScanCodes(page, table);
      } else {
        ScanRows(page, scorer);
      }
    });
  }
  std::span<const Candidate> nearest() const { return nearest_; }

 private:
  void SetDistance(std::span<const float> rotated) {
    const simd::Kernels& kernels = simd::Active();
    distance_ = meta_.metric == Metric::kInnerProduct
                    ? -kernels.inner_product(rotated.data(), center_.data(), center_.size())
                    : kernels.l2_squared(rotated.data(), center_.data(), center_.size());
    share_ = ShareAt(meta_.metric, distance_, center_norm_);
  }

  void ScanCodes(const EntryPage& page, const quantize::QueryTable& table) {
    for (std::size_t i = 0; i < page.units(); ++i) {
      const EntryBlock& block = page.block(i);
      float products[quantize::kLanes];
      table.Scan(page.codes(i), products);
      for (std::size_t t = 0; t < quantize::kLanes; ++t) {
        if ((block.live >> t & 1) == 0) continue;
        const float estimate = distance_ + share_ * block.add[t] + block.rescale[t] * products[t];
        Keep({Known(estimate, distance_), block.node[t]});
      }
    }
  }

  void ScanRows(const EntryPage& page, KeptScorer& scorer) {
    for (std::size_t place = 0; place < page.places(); ++place) {
      if (page.node(place) == kNoNode) continue;
      const std::span<const std::byte> row = page.row(place);
      const float none = -std::numeric_limits<float>::max();
      Keep({row.empty() ? none : scorer.Distance(row), page.node(place)});
    }
  }

  void Keep(const Candidate& entry) {
    const auto is_nearer = [](const Candidate& a, const Candidate& b) {
      return a.estimate < b.estimate;
    };
    if (nearest_.size() == kMost) {
      if (!is_nearer(entry, nearest_.back())) return;
      nearest_.pop_back();
    }
    nearest_.insert(std::upper_bound(nearest_.begin(), nearest_.end(), entry, is_nearer), entry);
  }

  Store& store_;
  const Meta& meta_;
  EntryShape shape_;
  std::span<const float> center_;
  float center_norm_ = 0;
  float distance_ = 0;
  float share_ = 1;
  std::pmr::vector<Candidate> nearest_;
};

}  // namespace vec::hnsw
