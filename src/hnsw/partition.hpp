// Groups of rows that lie near to each other, by sampled leaders.
//
// Each set is split among leaders drawn from it; a row goes to its nearest ones, on the first
// levels to more than one, so that the groups overlap and neighbours on either side of a
// border meet in some group. Groups that are small enough are leaves.
//
// The leaf that a row comes to by its nearest leader on every level is its home. Homes are
// disjoint; leaders are put into a chain of near ones, and so are the homes: the order of
// rows by homes is one in which near rows have near places.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "graph_rows.hpp"
#include "vector/base/random.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

struct PartitionParams {
  std::size_t leaf_rows = 1000;  // at most
  std::size_t target_rows = 400;
  std::size_t fan_outs[2] = {3, 2};  // on the first levels; 1 below
  std::uint64_t seed = 0;
};

struct Partition {
  std::vector<std::uint32_t> order;       // all rows, by homes
  std::vector<std::uint32_t> members;     // of the leaves, one after the other
  std::vector<std::size_t> first_member;  // of leaf i, and the end
  std::vector<std::size_t> first_home;    // where the home of leaf i begins in `order`, and the end

  std::size_t leaves() const { return first_member.size() - 1; }
};

namespace internal {

inline constexpr std::size_t kTileRows = 256;
inline constexpr std::size_t kMaxLeaders = 1000;
inline constexpr std::size_t kMaxFanOut = 8;
inline constexpr std::size_t kMaxDepth =
    24;  // rows that no leaders tell apart are cut as they come

// A member of a set: a row, and whether it would be at home here.
class Member {
 public:
  Member() = default;
  Member(std::uint32_t row, bool is_guest) : word_(row | (is_guest ? kGuest : 0)) {}
  std::uint32_t row() const { return word_ & ~kGuest; }
  bool is_guest() const { return (word_ & kGuest) != 0; }

 private:
  static constexpr std::uint32_t kGuest = std::uint32_t{1} << 31;
  std::uint32_t word_;
};

using Set = std::vector<Member>;

// Leaves as they are found, in the order of the chain.
struct Leaves {
  std::vector<std::uint32_t> order;
  std::vector<std::uint32_t> members;
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> home_sizes;

  void Append(std::span<const Member> leaf) {
    const std::size_t before = order.size();
    for (const Member member : leaf) {
      members.push_back(member.row());
      if (!member.is_guest()) order.push_back(member.row());
    }
    sizes.push_back(leaf.size());
    home_sizes.push_back(order.size() - before);
  }
};

// Leaders of one set, in a chain: each is followed by the nearest of those left.
template <GraphRows Rows>
class Leaders {
 public:
  Leaders(const Rows& rows, std::vector<std::uint32_t> drawn, Workers& workers)
      : origin_(drawn.front()), workers_(workers) {
    group_.Load(rows, drawn, origin_);
    group_.Load(rows, Chain(drawn), origin_);
  }

  std::size_t count() const { return group_.count(); }

  // Scratch of one thread.
  struct Tile {
    std::vector<std::uint32_t> numbers;
    typename Rows::Group rows;
    std::vector<float> shared;
  };

  // The `wanted` nearest leaders of rows, nearest first. REQUIRES: wanted <= count().
  void Nearest(const Rows& rows, std::span<const Member> members, std::size_t wanted, Tile& tile,
               std::uint32_t* nearest) const {
    tile.numbers.resize(members.size());
    std::ranges::transform(members, tile.numbers.begin(), &Member::row);
    tile.rows.Load(rows, tile.numbers, origin_);
    tile.shared.resize(members.size() * count());
    Rows::Group::Compare(tile.rows, group_, tile.shared.data(), workers_);
    for (std::size_t i = 0; i < members.size(); ++i) {
      Best(tile.shared.data() + i * count(), wanted, nearest + i * wanted);
    }
  }

 private:
  std::vector<std::uint32_t> Chain(const std::vector<std::uint32_t>& drawn) {
    const std::size_t n = drawn.size();
    std::vector<float> shared(n * n);
    Rows::Group::Compare(group_, group_, shared.data(), workers_);
    std::vector<std::uint32_t> left(n);
    std::iota(left.begin(), left.end(), 0u);
    std::vector<std::uint32_t> chain;
    std::uint32_t last = 0;
    left.erase(left.begin());
    chain.push_back(drawn[0]);
    while (!left.empty()) {
      const auto from_last = [&](std::uint32_t j) {
        return group_.norms()[j] - 2 * shared[last * n + j];
      };
      const auto next = std::ranges::min_element(left, {}, from_last);
      last = *next;
      *next = left.back();
      left.pop_back();
      chain.push_back(drawn[last]);
    }
    return chain;
  }

  void Best(const float* shared, std::size_t wanted, std::uint32_t* nearest) const {
    float scores[kMaxFanOut];
    std::size_t found = 0;
    for (std::uint32_t j = 0; j < count(); ++j) {
      const float score = group_.norms()[j] - 2 * shared[j];
      if (found == wanted && !(score < scores[found - 1])) continue;
      std::size_t at = found < wanted ? found++ : found - 1;
      for (; at > 0 && score < scores[at - 1]; --at) {
        scores[at] = scores[at - 1];
        nearest[at] = nearest[at - 1];
      }
      scores[at] = score;
      nearest[at] = j;
    }
  }

  std::uint32_t origin_;
  typename Rows::Group group_;
  Workers& workers_;
};

template <GraphRows Rows>
class Splitter {
 public:
  Splitter(const Rows& rows, const PartitionParams& params, Workers& workers)
      : rows_(rows), params_(params), workers_(workers) {}

  bool IsLeaf(std::size_t size) const { return size <= params_.leaf_rows; }

  Leaders<Rows> Draw(const Set& set, std::size_t depth, std::uint64_t seed) const {
    const std::size_t copies = set.size() * FanOutAt(depth);
    const std::size_t n = std::clamp<std::size_t>(copies / params_.target_rows, 2, kMaxLeaders);
    Random random(seed);
    std::vector<std::uint32_t> drawn(n);
    // Distinct places, one in each n-th part of the set.
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t first = set.size() * i / n;
      drawn[i] = set[first + random.Below(set.size() * (i + 1) / n - first)].row();
    }
    return {rows_, std::move(drawn), workers_};
  }

  std::size_t FanOut(std::size_t depth, const Leaders<Rows>& leaders) const {
    const std::size_t wanted = FanOutAt(depth);
    return wanted < leaders.count() ? wanted : 1;
  }

  // The sets of the leaders; `nearest` has fan_out leaders a member.
  static std::vector<Set> Deal(const Set& set, std::span<const std::uint32_t> nearest,
                               const Leaders<Rows>& leaders) {
    const std::size_t fan_out = nearest.size() / set.size();
    std::vector<std::size_t> sizes(leaders.count());
    for (const std::uint32_t leader : nearest) ++sizes[leader];
    std::vector<Set> sets(leaders.count());
    for (std::size_t i = 0; i < sets.size(); ++i) sets[i].reserve(sizes[i]);
    for (std::size_t i = 0; i < nearest.size(); ++i) {
      const Member member = set[i / fan_out];
      sets[nearest[i]].emplace_back(member.row(), member.is_guest() || i % fan_out != 0);
    }
    return sets;
  }

  // Splits a set into leaves, on this thread.
  void Split(Set set, std::size_t depth, std::uint64_t seed, typename Leaders<Rows>::Tile& tile,
             Leaves& leaves) const {
    if (IsLeaf(set.size())) {
      if (!set.empty()) leaves.Append(set);
      return;
    }
    std::vector<Set> sets;
    {
      const Leaders<Rows> leaders = Draw(set, depth, seed);
      const std::size_t fan_out = FanOut(depth, leaders);
      std::vector<std::uint32_t> nearest(set.size() * fan_out);
      for (std::size_t first = 0; first < set.size(); first += kTileRows) {
        const std::size_t n = std::min(kTileRows, set.size() - first);
        leaders.Nearest(rows_, std::span(set).subspan(first, n), fan_out, tile,
                        nearest.data() + first * fan_out);
      }
      sets = Deal(set, nearest, leaders);
    }
    const auto makes_no_progress = [&](const Set& part) { return part.size() == set.size(); };
    if (depth >= kMaxDepth || std::ranges::any_of(sets, makes_no_progress)) {
      Cut(set, leaves);
      return;
    }
    Set().swap(set);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      Split(std::move(sets[i]), depth + 1, seed * 31 + i + 1, tile, leaves);
    }
  }

 private:
  std::size_t FanOutAt(std::size_t depth) const {
    return depth < std::size(params_.fan_outs) ? params_.fan_outs[depth] : 1;
  }

  void Cut(const Set& set, Leaves& leaves) const {
    for (std::size_t first = 0; first < set.size(); first += params_.leaf_rows) {
      leaves.Append(std::span(set).subspan(first, std::min(params_.leaf_rows, set.size() - first)));
    }
  }

  const Rows& rows_;
  const PartitionParams& params_;
  Workers& workers_;
};

inline Partition Concatenate(std::vector<Leaves>& parts) {
  Partition partition;
  partition.first_member.push_back(0);
  partition.first_home.push_back(0);
  for (Leaves& part : parts) {
    partition.order.insert(partition.order.end(), part.order.begin(), part.order.end());
    partition.members.insert(partition.members.end(), part.members.begin(), part.members.end());
    for (const std::size_t size : part.sizes) {
      partition.first_member.push_back(partition.first_member.back() + size);
    }
    for (const std::size_t size : part.home_sizes) {
      partition.first_home.push_back(partition.first_home.back() + size);
    }
    part = {};
  }
  return partition;
}

}  // namespace internal

template <GraphRows Rows>
Partition Split(const Rows& rows, const PartitionParams& params, Workers& workers, double share) {
  const internal::Splitter<Rows> splitter(rows, params, workers);
  internal::Set all;
  all.reserve(rows.count());
  for (std::uint32_t i = 0; i < rows.count(); ++i) all.emplace_back(i, false);
  std::vector<internal::Leaves> parts;
  if (splitter.IsLeaf(all.size())) {
    parts.resize(1);
    if (!all.empty()) parts[0].Append(all);
    return internal::Concatenate(parts);
  }
  std::vector<internal::Set> sets;
  {
    const internal::Leaders<Rows> leaders = splitter.Draw(all, 0, params.seed);
    const std::size_t fan_out = splitter.FanOut(0, leaders);
    std::vector<std::uint32_t> nearest(all.size() * fan_out);
    const auto make_tile = [] { return typename internal::Leaders<Rows>::Tile(); };
    workers.Run(share / 2, (all.size() + internal::kTileRows - 1) / internal::kTileRows, make_tile,
                [&](std::size_t i, typename internal::Leaders<Rows>::Tile& tile) {
                  const std::size_t first = i * internal::kTileRows;
                  const std::size_t n = std::min(internal::kTileRows, all.size() - first);
                  leaders.Nearest(rows, std::span(all).subspan(first, n), fan_out, tile,
                                  nearest.data() + first * fan_out);
                });
    sets = internal::Splitter<Rows>::Deal(all, nearest, leaders);
  }
  internal::Set().swap(all);
  parts.resize(sets.size());
  workers.Run(
      share / 2, sets.size(), [] { return typename internal::Leaders<Rows>::Tile(); },
      [&](std::size_t i, typename internal::Leaders<Rows>::Tile& tile) {
        splitter.Split(std::move(sets[i]), 1, params.seed + i + 1, tile, parts[i]);
      });
  return internal::Concatenate(parts);
}

}  // namespace vec::hnsw
