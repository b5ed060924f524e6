// Nearest rows of one group among those of another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "candidates.hpp"
#include "graph_rows.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::hnsw {

// One thread's scratch. REQUIRES: rows and lists outlive it.
template <GraphRows Rows>
class Join {
 public:
  Join(const Rows& rows, CandidateLists& lists, Workers& workers)
      : rows_(rows), lists_(lists), workers_(workers) {}

  // Offers each row of `to` the `most` nearest of `from`, itself excepted. No row is twice in
  // `from`.
  void Nearest(std::span<const std::uint32_t> to, std::span<const std::uint32_t> from,
               std::size_t most) {
    if (to.empty()) return;
    const std::uint32_t origin = to.front();
    from_.Load(rows_, from, origin);
    Run(to, {from, most, origin, from_.norms()});
  }

  // The same by inner product: offers |x|^2 + longest - 2 <x, y> for distances, the squared
  // distance to y had it a further coordinate that makes its squared length `longest`, which
  // is at least that of each row.
  void GreatestProducts(std::span<const std::uint32_t> to, std::span<const std::uint32_t> from,
                        std::size_t most, float longest) {
    longest_.assign(from.size(), longest);
    from_.Load(rows_, from, std::nullopt);
    Run(to, {from, most, std::nullopt, longest_.data()});
  }

 private:
  static constexpr std::size_t kTileRows = 128;
  static constexpr std::size_t kColumns = 256;  // looked at before the limit is drawn closer

  // Sums rounded in another order may lie a little off the limit of the list, which decides.
  static constexpr float kSlack = 1 + 0x1p-16f;

  struct Task {
    std::span<const std::uint32_t> from;
    std::size_t most;
    std::optional<std::uint32_t> origin;
    const float* norms;  // of `from`
  };

  void Run(std::span<const std::uint32_t> to, const Task& task) {
    positions_.resize(kColumns);
    scores_.resize(kColumns);
    const std::size_t columns = task.from.size();
    for (std::size_t first = 0; first < to.size(); first += kTileRows) {
      const auto tile = to.subspan(first, std::min(kTileRows, to.size() - first));
      workers_.CheckStop();
      to_.Load(rows_, tile, task.origin);
      shared_.resize(tile.size() * columns);
      Rows::Group::Compare(to_, from_, shared_.data(), workers_);
      for (std::size_t i = 0; i < tile.size(); ++i) {
        Collect(task, shared_.data() + i * columns, to_.norms()[i], tile[i]);
        std::ranges::sort(found_);
        if (found_.size() > task.most) found_.resize(task.most);
        lists_.Add(tile[i], found_);
      }
    }
  }

  // Leaves in found_ what is near enough for the list, and not much more than `most`.
  void Collect(const Task& task, const float* shared, float norm, std::uint32_t self) {
    const simd::Kernels& kernels = simd::Active();
    float limit = lists_.Limit(self) * kSlack;
    found_.clear();
    for (std::size_t first = 0; first < task.from.size(); first += kColumns) {
      const std::size_t columns = std::min(kColumns, task.from.size() - first);
      const std::size_t n = kernels.select_below(task.norms + first, shared + first, columns,
                                                 limit - norm, positions_.data(), scores_.data());
      for (std::size_t i = 0; i < n; ++i) {
        const std::uint32_t number = task.from[first + positions_[i]];
        if (number != self) found_.emplace_back(std::max(scores_[i] + norm, 0.0f), number);
      }
      if (found_.size() <= task.most + task.most / 2) continue;
      std::ranges::nth_element(found_, found_.begin() + static_cast<std::ptrdiff_t>(task.most) - 1);
      found_.resize(task.most);
      limit = std::min(limit, found_.back().distance() * kSlack);
    }
  }

  const Rows& rows_;
  CandidateLists& lists_;
  Workers& workers_;
  typename Rows::Group to_;
  typename Rows::Group from_;
  std::vector<float> longest_;
  std::vector<float> shared_;
  std::vector<std::uint32_t> positions_;
  std::vector<float> scores_;
  std::vector<Candidate> found_;
};

}  // namespace vec::hnsw
