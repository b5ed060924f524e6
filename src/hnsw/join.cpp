#include "join.hpp"

#include <algorithm>

namespace vec::hnsw {

namespace {

constexpr std::size_t kTileRows = 128;
constexpr std::size_t kColumns = 256;  // looked at before the limit is drawn closer

// Sums rounded in another order may lie a little off the limit of the list, which decides.
constexpr float kSlack = 1 + 0x1p-16f;

}  // namespace

void Join::Nearest(std::span<const std::uint32_t> to, std::span<const std::uint32_t> from,
                   std::size_t most) {
  if (to.empty()) return;
  const float* origin = rows_[to.front()];
  from_.Load(rows_, from, origin);
  Run(to, {from, most, origin, from_.norms()});
}

void Join::GreatestProducts(std::span<const std::uint32_t> to, std::span<const std::uint32_t> from,
                            std::size_t most, float longest) {
  origin_.assign(rows_.dims, 0.0f);
  longest_.assign(from.size(), longest);
  from_.Load(rows_, from, origin_.data());
  Run(to, {from, most, origin_.data(), longest_.data()});
}

void Join::Run(std::span<const std::uint32_t> to, const Task& task) {
  positions_.resize(kColumns);
  scores_.resize(kColumns);
  const std::size_t columns = task.from.size();
  for (std::size_t first = 0; first < to.size(); first += kTileRows) {
    const auto tile = to.subspan(first, std::min(kTileRows, to.size() - first));
    to_.Load(rows_, tile, task.origin);
    dots_.resize(tile.size() * columns);
    simd::Active().gemm(to_.matrix(), tile.size(), from_.matrix(), columns, rows_.dims,
                        dots_.data());
    for (std::size_t i = 0; i < tile.size(); ++i) {
      Collect(task, dots_.data() + i * columns, to_.norms()[i], tile[i]);
      std::ranges::sort(found_);
      if (found_.size() > task.most) found_.resize(task.most);
      lists_.Add(tile[i], found_);
    }
  }
}

// Leaves in found_ what is near enough for the list, and not much more than `most`.
void Join::Collect(const Task& task, const float* dots, float norm, std::uint32_t self) {
  const simd::Kernels& kernels = simd::Active();
  float limit = lists_.Limit(self) * kSlack;
  found_.clear();
  for (std::size_t first = 0; first < task.from.size(); first += kColumns) {
    const std::size_t columns = std::min(kColumns, task.from.size() - first);
    const std::size_t n = kernels.select_below(task.norms + first, dots + first, columns,
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

}  // namespace vec::hnsw
