#include "refine.hpp"

#include <algorithm>
#include <numeric>

#include "join.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kBlockRows = 128;
constexpr std::size_t kMaxColumns = 6144;
constexpr std::size_t kSampleRows = 512;
constexpr std::size_t kLongestRows = 2048;
constexpr std::size_t kMostOfGroup = 48;

// Calls visit(rows of a block, join) for all blocks.
template <class MakeScratch, class Visit>
void ForEachBlock(std::size_t rows, Workers& workers, double share, MakeScratch make_scratch,
                  Visit visit) {
  workers.Run(share, (rows + kBlockRows - 1) / kBlockRows, make_scratch,
              [&](std::size_t i, auto& scratch) {
                const std::size_t first = i * kBlockRows;
                std::vector<std::uint32_t> block(std::min(kBlockRows, rows - first));
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

struct Scratch {
  Join join;
  Columns columns;
};

std::vector<std::uint32_t> Sample(std::size_t rows, std::size_t most) {
  std::vector<std::uint32_t> sample(std::min(rows, most));
  for (std::size_t i = 0; i < sample.size(); ++i) {
    sample[i] = static_cast<std::uint32_t>(rows * i / sample.size());
  }
  return sample;
}

// The longest rows; `longest` becomes the greatest squared length.
std::vector<std::uint32_t> Longest(const Rows& rows, float& longest) {
  const simd::Kernels& kernels = simd::Active();
  std::vector<float> norms(rows.count());
  for (std::size_t i = 0; i < norms.size(); ++i) {
    norms[i] = kernels.inner_product(rows[i], rows[i], rows.dims);
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

}  // namespace

void JoinLeaves(const Rows& rows, const Partition& partition, CandidateLists& lists,
                Workers& workers, double share) {
  workers.Run(
      share, partition.leaves(), [&] { return Join(rows, lists); },
      [&](std::size_t i, Join& join) {
        const std::size_t first = partition.first_member[i];
        const std::size_t size = partition.first_member[i + 1] - first;
        const auto members = std::span(partition.members).subspan(first, size);
        join.Nearest(members, members, kMostOfGroup);
      });
}

void JoinCandidatesOfCandidates(const Rows& rows, std::size_t width, CandidateLists& lists,
                                Workers& workers, double share) {
  const Snapshot before(lists, width);
  ForEachBlock(
      rows.count(), workers, share,
      [&] {
        return Scratch{Join(rows, lists), Columns(rows.count())};
      },
      [&](const std::vector<std::uint32_t>& block, Scratch& scratch) {
        Columns& columns = scratch.columns;
        columns.Clear();
        columns.Add(block);
        for (const std::uint32_t row : block) columns.Add(before.Of(row));
        const std::size_t near = columns.rows().size();
        for (std::size_t i = 0; i < near; ++i) columns.Add(before.Of(columns.rows()[i]));
        scratch.join.Nearest(block, columns.rows(), kMostOfGroup);
      });
}

void JoinSample(const Rows& rows, CandidateLists& far, Workers& workers, double share) {
  const std::vector<std::uint32_t> sample = Sample(rows.count(), kSampleRows);
  ForEachBlock(
      rows.count(), workers, share, [&] { return Join(rows, far); },
      [&](const std::vector<std::uint32_t>& block, Join& join) {
        join.Nearest(block, sample, far.room());
      });
}

void JoinProducts(const Rows& rows, const CandidateLists& lists, CandidateLists& products,
                  Workers& workers, double share) {
  float longest = 0;
  const std::vector<std::uint32_t> first = Longest(rows, longest);
  const std::size_t width = products.room();
  ForEachBlock(
      rows.count(), workers, share / 2, [&] { return Join(rows, products); },
      [&](const std::vector<std::uint32_t>& block, Join& join) {
        join.GreatestProducts(block, first, width, longest);
      });
  const Snapshot before(products, width);
  const Snapshot near(lists, width);
  ForEachBlock(
      rows.count(), workers, share / 2,
      [&] {
        return Scratch{Join(rows, products), Columns(rows.count())};
      },
      [&](const std::vector<std::uint32_t>& block, Scratch& scratch) {
        Columns& columns = scratch.columns;
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
