#include "edges.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace vec::hnsw {

namespace {

constexpr std::size_t kNodesPerTask = 256;
constexpr std::size_t kMaxReverse = 96;  // the nearest that a node looks at

bool Contains(std::span<const Candidate> list, std::uint32_t row) {
  return std::ranges::find(list, row, &Candidate::row) != list.end();
}

// One thread's scratch.
class Chooser {
 public:
  Chooser(const Rows& rows, bool by_product, Edges& edges)
      : rows_(rows), by_product_(by_product), edges_(edges) {}

  // Candidates for the next Choose, by any distance: no node twice.
  std::vector<Candidate>& pool() { return pool_; }

  // The lanes of a node out of the pool.
  void Choose(std::uint32_t node) {
    std::ranges::sort(pool_);
    for (const Candidate candidate : pool_) Prefetch(rows_[candidate.row()]);
    distances_.resize(pool_.size());
    std::ranges::transform(pool_, distances_.begin(), &Candidate::distance);
    const Selection selection = by_product_ ? SelectByBoth(node) : SelectByDistance();
    for (std::uint32_t lane = 0; lane < selection.count; ++lane) {
      edges_.Set(node, lane, pool_[chosen_[lane]]);
    }
    edges_.degrees[node] = static_cast<std::uint8_t>(selection.count);
    edges_.redundant[node] = selection.redundant;
  }

  // Puts the candidates of all lists into the pool. Distances are made anew: those of matrix
  // products lose digits where rows far apart were in one group, and products have their own.
  void Offer(std::uint32_t node, std::span<const CandidateLists* const> lists) {
    pool_.clear();
    for (const CandidateLists* list : lists) {
      for (const Candidate candidate : list->Of(node)) Prefetch(rows_[candidate.row()]);
    }
    for (const CandidateLists* list : lists) {
      for (const Candidate candidate : list->Of(node)) {
        if (Contains(pool_, candidate.row())) continue;
        const float distance = Distance(node, candidate.row());
        if (distance >= 0) pool_.emplace_back(distance, candidate.row());
      }
    }
  }

 private:
  float Distance(std::uint32_t a, std::uint32_t b) const {
    return kernels_.l2_squared(rows_[a], rows_[b], rows_.dims);
  }

  auto Between() const {
    return [this](std::uint32_t i, std::uint32_t j) {
      return Distance(pool_[i].row(), pool_[j].row());
    };
  }

  std::span<std::uint32_t> Chosen() { return std::span(chosen_).first(edges_.lanes); }

  Selection SelectByDistance() { return SelectNeighbors(distances_, Between(), Chosen()); }

  Selection SelectByBoth(std::uint32_t node) {
    const auto product = [&](std::uint32_t a, std::uint32_t b) {
      return -kernels_.inner_product(rows_[a], rows_[b], rows_.dims);
    };
    products_.resize(pool_.size());
    std::ranges::transform(pool_, products_.begin(),
                           [&](Candidate candidate) { return product(node, candidate.row()); });
    order_.resize(pool_.size());
    std::iota(order_.begin(), order_.end(), 0u);
    std::ranges::stable_sort(order_, {}, [&](std::uint32_t i) { return products_[i]; });
    const auto product_between = [&](std::uint32_t i, std::uint32_t j) {
      return product(pool_[i].row(), pool_[j].row());
    };
    return SelectByInnerProduct({distances_, products_, order_}, Between(), product_between,
                                Chosen());
  }

  // The start of the row: the rest follows by itself.
  void Prefetch(const float* row) const {
    const auto* bytes = reinterpret_cast<const char*>(row);
    const std::size_t size = std::min<std::size_t>(rows_.dims * sizeof(float), 512);
    for (std::size_t byte = 0; byte < size; byte += 64) __builtin_prefetch(bytes + byte);
  }

  const simd::Kernels& kernels_ = simd::Active();
  const Rows& rows_;
  bool by_product_;
  Edges& edges_;
  std::vector<Candidate> pool_;
  std::vector<float> distances_;
  std::vector<float> products_;
  std::vector<std::uint32_t> order_;
  std::array<std::uint32_t, kMaxLanes> chosen_;
};

template <class MakeScratch, class Visit>
void ForEachNode(std::size_t nodes, Workers& workers, double share, MakeScratch make_scratch,
                 Visit visit) {
  workers.Run(share, (nodes + kNodesPerTask - 1) / kNodesPerTask, make_scratch,
              [&](std::size_t task, auto& scratch) {
                const std::size_t end = std::min((task + 1) * kNodesPerTask, nodes);
                for (std::size_t node = task * kNodesPerTask; node < end; ++node) {
                  visit(static_cast<std::uint32_t>(node), scratch);
                }
              });
}

// For every node, the nodes that have a lane to it.
class Reverse {
 public:
  Reverse(const Edges& edges, Workers& workers) : first_(edges.nodes() + 2) {
    ForEachEdge(edges, workers, [&](std::uint32_t, Candidate to) { ++first_[to.row() + 2]; });
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    sources_.resize(first_.back());
    ForEachEdge(edges, workers, [&](std::uint32_t node, Candidate to) {
      sources_[first_[to.row() + 1]++] = {to.distance(), node};
    });
  }

  std::span<const Candidate> Of(std::uint32_t node) const {
    return std::span(sources_).subspan(first_[node], first_[node + 1] - first_[node]);
  }

 private:
  template <class Visit>
  static void ForEachEdge(const Edges& edges, Workers& workers, Visit visit) {
    for (std::uint32_t node = 0; node < edges.nodes(); ++node) {
      if (node % 1024 == 0) workers.Report(0);
      const auto neighbors = edges.NeighborsOf(node);
      const auto distances = edges.DistancesOf(node);
      for (std::size_t lane = 0; lane < neighbors.size(); ++lane) {
        visit(node, Candidate(distances[lane], neighbors[lane]));
      }
    }
  }

  std::vector<std::size_t> first_;  // of each node, and the end
  std::vector<Candidate> sources_;
};

// Appends the nearest of `reverse` that the pool has not.
void AddNearest(std::span<const Candidate> reverse, std::vector<Candidate>& pool) {
  const std::size_t own = pool.size();
  for (const Candidate source : reverse) {
    if (!Contains(std::span(pool).first(own), source.row())) pool.push_back(source);
  }
  if (pool.size() <= own + kMaxReverse) return;
  const auto added = pool.begin() + static_cast<std::ptrdiff_t>(own);
  std::ranges::nth_element(added, added + kMaxReverse, pool.end());
  pool.resize(own + kMaxReverse);
}

}  // namespace

void ChooseLanes(const Rows& rows, std::span<const CandidateLists* const> lists, bool by_product,
                 Edges& edges, Workers& workers, double share) {
  ForEachNode(
      edges.nodes(), workers, share, [&] { return Chooser(rows, by_product, edges); },
      [&](std::uint32_t node, Chooser& chooser) {
        chooser.Offer(node, lists);
        chooser.Choose(node);
      });
}

void ChooseAgainWithReverse(const Rows& rows, bool by_product, Edges& edges, Workers& workers,
                            double share) {
  const Reverse reverse(edges, workers);
  ForEachNode(
      edges.nodes(), workers, share, [&] { return Chooser(rows, by_product, edges); },
      [&](std::uint32_t node, Chooser& chooser) {
        std::vector<Candidate>& pool = chooser.pool();
        pool.clear();
        for (std::size_t lane = 0; lane < edges.degrees[node]; ++lane) {
          pool.emplace_back(edges.DistancesOf(node)[lane], edges.NeighborsOf(node)[lane]);
        }
        AddNearest(reverse.Of(node), pool);
        if (pool.size() > edges.degrees[node]) chooser.Choose(node);
      });
}

}  // namespace vec::hnsw
