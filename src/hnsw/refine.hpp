// The steps that find candidates, over all rows.
//
// A block is some rows that follow each other in the order of nodes, so they are near each
// other and share most of what is asked for; its columns are compared with all of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "candidates.hpp"
#include "graph_rows.hpp"
#include "join.hpp"
#include "partition.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

struct RefineParams {
  std::size_t width = 16;        // candidates of each row
  std::size_t block_rows = 128;  // compared with the same columns
};

namespace internal {

inline constexpr std::size_t kBlockRows = 128;  // where nothing else is said
inline constexpr std::size_t kMaxColumns = 6144;
inline constexpr std::size_t kSampleRows = 512;
inline constexpr std::size_t kLongestRows = 2048;
inline constexpr std::size_t kMostOfGroup = 48;

// Calls visit(rows of a block, join) for all blocks.
template <class MakeScratch, class Visit>
void ForEachBlock(std::size_t rows, std::size_t block_rows, Workers& workers, double share,
                  MakeScratch make_scratch, Visit visit) {
  workers.Run(share, (rows + block_rows - 1) / block_rows, make_scratch,
              [&](std::size_t i, auto& scratch) {
                const std::size_t first = i * block_rows;
                std::vector<std::uint32_t> block(std::min(block_rows, rows - first));
                std::iota(block.begin(), block.end(), static_cast<std::uint32_t>(first));
                visit(block, scratch);
              });
}

// The first candidates of every row, as they were: lists change while they are read.
class Snapshot {
 public:
  Snapshot(const CandidateLists& lists, std::size_t width)
      : width_(width), rows_(lists.rows() * width), counts_(lists.rows()) {
    for (std::uint32_t row = 0; row < lists.rows(); ++row) {
      const auto list = lists.Of(row);
      counts_[row] = static_cast<std::uint8_t>(std::min(width, list.size()));
      for (std::size_t i = 0; i < counts_[row]; ++i) rows_[row * width + i] = list[i].row();
    }
  }

  std::span<const std::uint32_t> Of(std::uint32_t row) const {
    return std::span(rows_).subspan(row * width_, counts_[row]);
  }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint8_t> counts_;
};

// Different rows, in the order in which they came, kMaxColumns at most.
class Columns {
 public:
  explicit Columns(std::size_t rows) : seen_((rows + 63) / 64) {}

  void Clear() {
    for (const std::uint32_t row : rows_) seen_[row / 64] = 0;
    rows_.clear();
  }
  void Add(std::uint32_t row) {
    std::uint64_t& word = seen_[row / 64];
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    if ((word & bit) != 0 || rows_.size() == kMaxColumns) return;
    word |= bit;
    rows_.push_back(row);
  }
  void Add(std::span<const std::uint32_t> rows) {
    for (const std::uint32_t row : rows) Add(row);
  }
  const std::vector<std::uint32_t>& rows() const { return rows_; }

 private:
  std::vector<std::uint64_t> seen_;
  std::vector<std::uint32_t> rows_;
};

template <GraphRows Rows>
struct Scratch {
  Scratch(const Rows& rows, CandidateLists& lists, Workers& workers)
      : join(rows, lists, workers), columns(rows.count()) {}

  Join<Rows> join;
  Columns columns;
};

inline std::vector<std::uint32_t> Sample(std::size_t rows, std::size_t most) {
  std::vector<std::uint32_t> sample(std::min(rows, most));
  for (std::size_t i = 0; i < sample.size(); ++i) {
    sample[i] = static_cast<std::uint32_t>(rows * i / sample.size());
  }
  return sample;
}

// The longest rows; `longest` becomes the greatest squared length.
template <GraphRows Rows>
std::vector<std::uint32_t> Longest(const Rows& rows, float& longest, Workers& workers) {
  typename Rows::Probe probe(rows);
  std::vector<float> norms(rows.count());
  for (std::uint32_t i = 0; i < norms.size(); ++i) {
    workers.CheckStop();
    probe.Set(i);
    norms[i] = -probe.NegativeProductTo(i);
  }
  std::vector<std::uint32_t> order(rows.count());
  std::iota(order.begin(), order.end(), 0u);
  const auto most =
      order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), kLongestRows));
  const auto is_longer = [&](std::uint32_t a, std::uint32_t b) {
    return norms[a] != norms[b] ? norms[a] > norms[b] : a < b;
  };
  std::partial_sort(order.begin(), most, order.end(), is_longer);
  order.erase(most, order.end());
  longest = order.empty() ? 0 : norms[order.front()];
  return order;
}

}  // namespace internal

// The nearest in every leaf of the partition, whose members are row numbers.
template <GraphRows Rows>
void JoinLeaves(const Rows& rows, const Partition& partition, CandidateLists& lists,
                Workers& workers, double share) {
  workers.Run(
      share, partition.leaves(), [&] { return Join<Rows>(rows, lists, workers); },
      [&](std::size_t i, Join<Rows>& join) {
        const std::size_t first = partition.first_member[i];
        const std::size_t size = partition.first_member[i + 1] - first;
        const auto members = std::span(partition.members).subspan(first, size);
        join.Nearest(members, members, internal::kMostOfGroup);
      });
}

// The candidates of candidates, `width` of each row and again of those, of all rows of a block.
template <GraphRows Rows>
void JoinCandidatesOfCandidates(const Rows& rows, const RefineParams& params, CandidateLists& lists,
                                Workers& workers, double share) {
  const internal::Snapshot before(lists, params.width);
  internal::ForEachBlock(
      rows.count(), params.block_rows, workers, share,
      [&] { return internal::Scratch<Rows>(rows, lists, workers); },
      [&](const std::vector<std::uint32_t>& block, internal::Scratch<Rows>& scratch) {
        internal::Columns& columns = scratch.columns;
        columns.Clear();
        columns.Add(block);
        for (const std::uint32_t row : block) columns.Add(before.Of(row));
        const std::size_t near = columns.rows().size();
        for (std::size_t i = 0; i < near; ++i) columns.Add(before.Of(columns.rows()[i]));
        scratch.join.Nearest(block, columns.rows(), internal::kMostOfGroup);
      });
}

// The nearest in a sample of all rows: edges to farther away than the lists reach.
template <GraphRows Rows>
void JoinSample(const Rows& rows, CandidateLists& far, Workers& workers, double share) {
  const std::vector<std::uint32_t> sample = internal::Sample(rows.count(), internal::kSampleRows);
  internal::ForEachBlock(
      rows.count(), internal::kBlockRows, workers, share,
      [&] { return Join<Rows>(rows, far, workers); },
      [&](const std::vector<std::uint32_t>& block, Join<Rows>& join) {
        join.Nearest(block, sample, far.room());
      });
}

// Those of the greatest inner product: among the longest rows, then among the nearest
// (by `lists`) of those found.
template <GraphRows Rows>
void JoinProducts(const Rows& rows, const CandidateLists& lists, CandidateLists& products,
                  Workers& workers, double share) {
  float longest = 0;
  const std::vector<std::uint32_t> first = internal::Longest(rows, longest, workers);
  const std::size_t width = products.room();
  internal::ForEachBlock(
      rows.count(), internal::kBlockRows, workers, share / 2,
      [&] { return Join<Rows>(rows, products, workers); },
      [&](const std::vector<std::uint32_t>& block, Join<Rows>& join) {
        join.GreatestProducts(block, first, width, longest);
      });
  const internal::Snapshot before(products, width);
  const internal::Snapshot near(lists, width);
  internal::ForEachBlock(
      rows.count(), internal::kBlockRows, workers, share / 2,
      [&] { return internal::Scratch<Rows>(rows, products, workers); },
      [&](const std::vector<std::uint32_t>& block, internal::Scratch<Rows>& scratch) {
        internal::Columns& columns = scratch.columns;
        columns.Clear();
        for (const std::uint32_t row : block) columns.Add(before.Of(row));
        const std::size_t found = columns.rows().size();
        for (std::size_t i = 0; i < found; ++i) {
          columns.Add(near.Of(columns.rows()[i]));
          columns.Add(before.Of(columns.rows()[i]));
        }
        scratch.join.GreatestProducts(block, columns.rows(), width, longest);
      });
}

}  // namespace vec::hnsw
