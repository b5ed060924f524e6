#include "vector/cluster/bits.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>

#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/base/random.hpp"

namespace vec::cluster {

namespace {

constexpr std::size_t kMostFlat = 256;  // centroids that are made in one level
constexpr int kMostLevels = 4;
constexpr std::size_t kCheckEvery = 16;  // rows

const std::uint8_t* Bytes(const float* words) {
  return reinterpret_cast<const std::uint8_t*>(words);
}

using Positions = std::span<std::uint32_t>;  // of rows

// One training: what all groups share.
class Trainer {
 public:
  Trainer(RowSource& rows, const BitTrainParams& params)
      : rows_(rows),
        params_(params),
        distance_(params.metric),
        words_(rows.dims()),
        random_(params.seed),
        labels_(rows.count(), params.memory),
        distances_(rows.count(), params.memory),
        sorted_(rows.count(), params.memory),
        counts_(words_ * 32, params.memory),
        frequencies_(params.memory) {}

  // Appends k centroids of the rows. Reorders the positions by centroid where these are
  // made in one level. REQUIRES: 1 <= k <= positions.size(); capacity for all.
  void Cluster(Positions positions, std::size_t k, std::pmr::vector<float>& centroids,
               int level = 0) {
    if (k <= kMostFlat) return ClusterFlat(positions, k, centroids);
    // Rows that do not part are much the same: any will do.
    if (level == kMostLevels) return TakeEvenly(positions, k, centroids);
    const std::size_t groups = GroupsOf(k);
    std::pmr::vector<float> centers(params_.memory);
    centers.reserve(groups * words_);
    ClusterFlat(positions, groups, centers);
    const std::pmr::vector<std::size_t> ends = Ends(positions, groups);

    // Each group gets its share of what is left, and leaves a row to each centroid.
    std::size_t begin = 0;
    std::size_t left = k;
    for (const std::size_t end : ends) {
      if (end == begin) continue;
      const std::size_t rows_left = positions.size() - begin;
      const std::size_t rows_behind = positions.size() - end;
      const double share = static_cast<double>(end - begin) / static_cast<double>(rows_left);
      auto wanted = static_cast<std::size_t>(std::lround(static_cast<double>(left) * share));
      wanted = std::min({std::max(wanted, left - std::min(left, rows_behind)), end - begin, left});
      if (wanted > 0) {
        Cluster(positions.subspan(begin, end - begin), wanted, centroids, level + 1);
      }
      left -= wanted;
      begin = end;
    }
  }

 private:
  static std::size_t GroupsOf(std::size_t k) {
    const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(k)));
    return std::min(root, kMostFlat);
  }

  const float* Row(std::uint32_t position) { return rows_.Read(position, 1).data(); }

  void CheckInterrupts(std::size_t i) const {
    if (i % kCheckEvery == 0) params_.check_interrupts();
  }

  // The positions behind the last row of each group: rows are in order of their labels.
  std::pmr::vector<std::size_t> Ends(Positions positions, std::size_t groups) {
    std::pmr::vector<std::size_t> ends(groups, std::size_t{0}, params_.memory);
    for (const std::uint32_t position : positions) ++ends[labels_[position]];
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    return ends;
  }

  void TakeEvenly(Positions positions, std::size_t k, std::pmr::vector<float>& centroids) {
    for (std::size_t i = 0; i < k; ++i) AddSeed(positions[i * positions.size() / k], centroids);
  }

  void ClusterFlat(Positions positions, std::size_t k, std::pmr::vector<float>& centroids) {
    const std::size_t first = centroids.size();
    Seed(positions, k, centroids);
    const std::span<float> made = std::span<float>(centroids).subspan(first);
    for (int i = 0; i < params_.iterations; ++i) {
      const bool has_moved = Assign(positions, made);
      SortByLabel(positions, k);
      if (!has_moved || i + 1 == params_.iterations) return;
      Update(positions, made);
    }
  }

  // Draws each seed by the squared distance of the rows to the seeds before.
  void Seed(Positions positions, std::size_t k, std::pmr::vector<float>& centroids) {
    AddSeed(positions[random_.Below(positions.size())], centroids);
    for (const std::uint32_t position : positions) {
      distances_[position] = std::numeric_limits<float>::infinity();
      labels_[position] = kNoLabel;
    }
    for (std::size_t made = 1; made < k; ++made) {
      const float* seed = &centroids[centroids.size() - words_];
      double total = 0;
      for (std::size_t i = 0; i < positions.size(); ++i) {
        CheckInterrupts(i);
        float& distance = distances_[positions[i]];
        distance = std::min(distance, distance_(Row(positions[i]), seed, words_));
        total += Weight(distance);
      }
      AddSeed(Draw(positions, total), centroids);
    }
  }

  void AddSeed(std::uint32_t position, std::pmr::vector<float>& centroids) {
    const float* row = Row(position);
    centroids.insert(centroids.end(), row, row + words_);
  }

  static double Weight(float distance) { return static_cast<double>(distance) * distance; }

  std::uint32_t Draw(Positions positions, double total) {
    constexpr std::uint64_t kSteps = std::uint64_t{1} << 32;
    double rest = total * static_cast<double>(random_.Below(kSteps)) / kSteps;
    for (const std::uint32_t position : positions) {
      rest -= Weight(distances_[position]);
      if (rest < 0) return position;
    }
    return positions[random_.Below(positions.size())];  // all rows equal a seed
  }

  // Returns whether a row changed its centroid.
  bool Assign(Positions positions, std::span<const float> centroids) {
    const BitAssigner assigner(params_.metric, centroids, words_);
    bool has_moved = false;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      CheckInterrupts(i);
      const std::uint32_t label = assigner.Nearest(Row(positions[i])).centroid;
      has_moved |= label != labels_[positions[i]];
      labels_[positions[i]] = label;
    }
    return has_moved;
  }

  void SortByLabel(Positions positions, std::size_t k) {
    std::pmr::vector<std::size_t> at = Ends(positions, k);
    const std::span<std::uint32_t> sorted =
        std::span<std::uint32_t>(sorted_).first(positions.size());
    for (std::size_t i = positions.size(); i-- > 0;) {
      sorted[--at[labels_[positions[i]]]] = positions[i];
    }
    std::copy(sorted.begin(), sorted.end(), positions.begin());
  }

  // A centroid without rows moves to one of them.
  void Update(Positions positions, std::span<float> centroids) {
    std::size_t begin = 0;
    const std::size_t k = centroids.size() / words_;
    for (std::uint32_t centroid = 0; centroid < k; ++centroid) {
      std::size_t end = begin;
      while (end < positions.size() && labels_[positions[end]] == centroid) ++end;
      float* words = &centroids[centroid * words_];
      if (begin == end) {
        std::memcpy(words, Row(positions[random_.Below(positions.size())]), words_ * sizeof(float));
      } else {
        Center(positions.subspan(begin, end - begin), reinterpret_cast<std::uint8_t*>(words));
      }
      begin = end;
    }
  }

  void Center(Positions positions, std::uint8_t* centroid) {
    std::fill(counts_.begin(), counts_.end(), 0u);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      CheckInterrupts(i);
      const std::uint8_t* row = Bytes(Row(positions[i]));
      for (std::size_t bit = 0; bit < counts_.size(); ++bit) {
        counts_[bit] += row[bit / 8] >> (bit % 8) & 1u;
      }
    }
    const auto rows = static_cast<std::uint32_t>(positions.size());
    const std::uint32_t least =
        params_.metric == BitMetric::kHamming ? rows / 2 + 1 : FrequencyOfDensity(rows);
    for (std::size_t bit = 0; bit < counts_.size(); ++bit) {
      const auto mask = static_cast<std::uint8_t>(1u << (bit % 8));
      const bool is_tie = params_.metric == BitMetric::kHamming && counts_[bit] * 2 == rows;
      if (is_tie) continue;  // as it was
      if (counts_[bit] >= least) {
        centroid[bit / 8] |= mask;
      } else {
        centroid[bit / 8] &= static_cast<std::uint8_t>(~mask);
      }
    }
  }

  // The frequency that as many bits reach as a row has on average; at least 1.
  std::uint32_t FrequencyOfDensity(std::uint32_t rows) {
    const std::uint64_t total = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    const std::uint64_t wanted = (total + rows / 2) / rows;
    if (wanted == 0) return 1;
    frequencies_.assign(counts_.begin(), counts_.end());
    const auto at = frequencies_.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
    std::nth_element(frequencies_.begin(), at, frequencies_.end(), std::greater<>());
    return std::max(*at, 1u);
  }

  static constexpr std::uint32_t kNoLabel = 0xFFFFFFFF;

  RowSource& rows_;
  const BitTrainParams& params_;
  BitDistance distance_;
  std::size_t words_;
  Random random_;
  std::pmr::vector<std::uint32_t> labels_;  // by row
  std::pmr::vector<float> distances_;       // by row, to the nearest seed
  std::pmr::vector<std::uint32_t> sorted_;
  std::pmr::vector<std::uint32_t> counts_;  // rows that have a bit
  std::pmr::vector<std::uint32_t> frequencies_;
};

}  // namespace

NearestBits BitAssigner::Nearest(const float* row) const {
  NearestBits nearest{0, std::numeric_limits<float>::infinity()};
  const std::size_t count = centroids_.size() / words_;
  for (std::uint32_t i = 0; i < count; ++i) {
    const float distance = distance_(row, &centroids_[i * words_], words_);
    if (distance < nearest.distance) nearest = {i, distance};
  }
  return nearest;
}

namespace {

// Centroids that differ: of equal ones one stays, so that no list is always empty.
void DropDuplicates(std::pmr::vector<float>& centroids, std::size_t words) {
  const std::size_t bytes = words * sizeof(float);
  const std::size_t count = centroids.size() / words;
  const auto compare = [&](std::uint32_t a, std::uint32_t b) {
    return std::memcmp(&centroids[a * words], &centroids[b * words], bytes);
  };
  std::pmr::vector<std::uint32_t> order(count, centroids.get_allocator());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, [&](auto a, auto b) { return compare(a, b) < 0; });
  const auto is_same = [&](auto a, auto b) { return compare(a, b) == 0; };
  order.erase(std::unique(order.begin(), order.end(), is_same), order.end());
  std::ranges::sort(order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != i) std::memcpy(&centroids[i * words], &centroids[order[i] * words], bytes);
  }
  centroids.resize(order.size() * words);
}

}  // namespace

std::size_t TrainBitsMemoryBytes(std::size_t rows, std::size_t centroids, std::size_t words) {
  constexpr std::size_t kBytesPerRow = 4 * sizeof(std::uint32_t);  // with the positions
  const std::size_t per_bit = CheckedMul(words, 32 * 2 * sizeof(std::uint32_t));
  const std::size_t made = CheckedMul(CheckedMul(centroids + kMostFlat, words), sizeof(float));
  return CheckedAdd(CheckedAdd(made, per_bit), CheckedMul(rows, kBytesPerRow));
}

std::pmr::vector<float> TrainBits(RowSource& rows, const BitTrainParams& params) {
  VECTOR_ASSERT(params.centroids >= 1 && rows.count() >= 1);
  const std::size_t k = std::min(params.centroids, rows.count());
  std::pmr::vector<float> centroids(params.memory);
  centroids.reserve(k * rows.dims());
  std::pmr::vector<std::uint32_t> positions(rows.count(), params.memory);
  std::iota(positions.begin(), positions.end(), 0u);
  Trainer(rows, params).Cluster(positions, k, centroids);
  DropDuplicates(centroids, rows.dims());
  return centroids;
}

}  // namespace vec::cluster
