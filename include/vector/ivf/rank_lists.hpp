// Which lists are nearest to a query: by all centroids, or by their codes first.
//
// Codes estimate the distance to every centroid; those of the best are then computed
// exactly. An error costs no more than a list that is probed a little too late.
#pragma once

#include <algorithm>
#include <bit>
#include <memory_resource>
#include <vector>

#include "vector/base/least.hpp"
#include "vector/ivf/directory.hpp"
#include "vector/ivf/estimate.hpp"
#include "vector/ivf/margins.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/ranked_list.hpp"

namespace vec::ivf {

template <PageStore Store>
class ListRanker {
 public:
  // `query` may be empty: then all lists are equally near. All must outlive the object.
  ListRanker(Store& store, const Meta& meta, const RowView& query,
             std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        query_(query),
        query_norm_(std::sqrt(simd::Active().inner_product(query.values.data(), query.values.data(),
                                                           query.values.size()))),
        scorer_(meta, meta.metric, query, memory),
        memory_(memory) {}

  // Whether codes tell that many lists from the rest at less than reading all centroids.
  bool HasCodesFor(std::size_t wanted) const {
    return !query_.empty() && HasCentroidCodesFor(meta_, wanted);
  }

  // Appends all lists, in the order of their numbers.
  void RankAll(std::pmr::vector<RankedList>& ranked) {
    std::pmr::vector<float> distances(meta_.lists, 0.0f, memory_);
    ScanDirectory(store_, meta_, [&](std::uint32_t slice, std::uint32_t first, const auto& page) {
      ++pages_;
      if (!query_.empty()) scorer_.AddPage(slice, page, &distances[first]);
      if (slice > 0) return;
      for (std::uint32_t i = 0; i < page.count(); ++i) {
        ranked.push_back(ListOf(page.heads()[i], first + i));
        spreads_.push_back(page.heads()[i].spread);
      }
    });
    scorer_.Finish(distances);
    for (RankedList& list : ranked) Rank(list, spreads_[list.list], distances[list.list]);
  }

  // Appends the best by codes, more than a search of the range will probe. REQUIRES:
  // HasCodesFor(range.least); an estimator for the same query.
  void RankByCodes(QueryEstimator& estimator, const ProbeRange& range,
                   std::pmr::vector<RankedList>& ranked) {
    const std::pmr::vector<float> estimates = EstimateAll(estimator);
    std::pmr::vector<Estimate> nearest(memory_);
    nearest.reserve(meta_.lists);
    for (std::uint32_t i = 0; i < meta_.lists; ++i) nearest.push_back({estimates[i], i});
    nearest.resize(ShortListOf(nearest, range));
    std::pmr::vector<std::uint32_t> best(memory_);
    for (const Estimate& list : nearest) best.push_back(list.list);
    std::sort(best.begin(), best.end());
    Prefetch(best);
    RankExactly(best, ranked);
  }

  // The pages read so far.
  std::uint64_t pages() const { return pages_; }

 private:
  struct Estimate {
    float score;
    std::uint32_t list;

    friend bool operator<(const Estimate& a, const Estimate& b) {
      return a.score != b.score ? a.score < b.score : a.list < b.list;
    }
  };

  // Moves the lists to be compared exactly to the front; returns how many. By cosine, too,
  // estimates are squared distances.
  std::size_t ShortListOf(std::span<Estimate> lists, const ProbeRange& range) const {
    const std::size_t probed = MoveProbedToFront(range, Metric::kL2, lists);
    const std::size_t count = std::min(ShortList(meta_, probed), lists.size());
    MoveLeastToFront(lists.subspan(probed), count - probed);
    return count;
  }

  static RankedList ListOf(const ListHead& head, std::uint32_t list) {
    return {.score = 0,
            .list = list,
            .first_block = head.first_block,
            .extent_blocks = head.extent_blocks,
            .centroid_distance = 0,
            .centroid_norm_squared = head.norm_squared};
  }

  void Rank(RankedList& list, float spread, float distance) const {
    list.centroid_distance = distance;
    list.score = ScoreOfList(meta_, spread, distance, query_norm_);
  }

  // Appends lists, given in the order of their numbers.
  void RankExactly(std::span<const std::uint32_t> lists, std::pmr::vector<RankedList>& ranked) {
    std::pmr::vector<float> distances(lists.size(), 0.0f, memory_);
    spreads_.clear();
    const std::size_t begin = ranked.size();
    for (std::uint32_t slice = 0; slice < meta_.slices; ++slice) {
      for (std::size_t i = 0; i < lists.size();) {
        const BlockId block = DirectoryBlock(meta_, lists[i], slice);
        store_.CheckInterrupts();
        const auto guard = store_.Read(block);
        ++pages_;
        const DirectoryPage page = ViewDirectoryPage(meta_, guard.page(), block);
        for (; i < lists.size() && DirectoryBlock(meta_, lists[i], slice) == block; ++i) {
          const std::size_t slot = DirectorySlot(meta_, lists[i]);
          scorer_.AddRow(slice, page.row(slot), &distances[i]);
          if (slice > 0) continue;
          ranked.push_back(ListOf(page.heads()[slot], lists[i]));
          spreads_.push_back(page.heads()[slot].spread);
        }
      }
    }
    scorer_.Finish(distances);
    for (std::size_t i = 0; i < lists.size(); ++i) {
      Rank(ranked[begin + i], spreads_[i], distances[i]);
    }
  }

  std::pmr::vector<float> EstimateAll(QueryEstimator& estimator) {
    std::pmr::vector<RankedList> center(memory_);
    RankExactly({&meta_.center, 1}, center);
    estimator.SetList(center.front());
    const std::size_t lanes = LanesPerPage(meta_);
    std::pmr::vector<float> estimates(meta_.lists + lanes, 0.0f, memory_);
    PrefetchParts(store_, CentroidCodesEnd(meta_) - meta_.centroid_codes, [&](std::size_t i) {
      return PagePart{meta_.centroid_codes + static_cast<BlockId>(i)};
    });
    for (std::size_t first = 0; first < meta_.lists; first += lanes) {
      store_.CheckInterrupts();
      const auto block = meta_.centroid_codes + static_cast<BlockId>(first / lanes);
      const auto guard = store_.Read(block);
      ++pages_;
      const CodePage page(meta_, guard.page(), block, kCentroids);
      if (page.lanes() < std::min(lanes, meta_.lists - first)) {
        ThrowCorrupted("Codes of centroids are missing", block);
      }
      estimator.Estimate(page, &estimates[first]);
      if (meta_.metric == Metric::kInnerProduct) AddSpreads(page, &estimates[first]);
    }
    return estimates;
  }

  void AddSpreads(const CodePage& page, float* estimates) const {
    page.ForEachLive([&](std::size_t lane) {
      const auto spread = std::bit_cast<float>(page.row(lane).block);
      estimates[lane] = ScoreOfList(meta_, spread, estimates[lane], query_norm_);
    });
  }

  void Prefetch(std::span<const std::uint32_t> lists) {
    for (std::uint32_t slice = 0; slice < meta_.slices; ++slice) {
      PrefetchParts(store_, lists.size(),
                    [&](std::size_t i) { return DirectoryPart(meta_, lists[i], slice); });
    }
  }

  Store& store_;
  const Meta& meta_;
  const RowView& query_;
  float query_norm_;
  CentroidScorer scorer_;
  std::pmr::memory_resource* memory_;
  std::pmr::vector<float> spreads_{memory_};
  std::uint64_t pages_ = 0;
};

}  // namespace vec::ivf
