#include "hierarchy.hpp"

#include <cstdint>
#include <limits>
#include <numeric>

#include "lloyd.hpp"
#include "sample_rows.hpp"
#include "seeding.hpp"
#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/cluster/assign.hpp"

namespace vec::cluster {

namespace {

using GroupId = std::uint16_t;
using Counts = std::pmr::vector<std::size_t>;  // one of each group

constexpr std::size_t kMaxGroups = std::numeric_limits<GroupId>::max();
constexpr std::size_t kLabelledRowsPerCentroid = 64;

// Fewest distances where both levels are as large; but no smaller second level
// than this, for rows are not exchanged between groups.
std::size_t GroupCount(std::size_t k) {
  constexpr std::size_t kCentroidsPerGroup = 64;
  const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(k)));
  return std::clamp<std::size_t>(std::min(root, k / kCentroidsPerGroup), 2, kMaxGroups);
}

std::size_t FlatBytes(std::size_t k, std::size_t dims) {
  return std::max(SeedBytes(k, dims), ImproveBytes(k, dims));
}

std::size_t FlatCluster(Training& training, RowSource& rows, std::size_t k, Centroids& out) {
  const std::size_t begin = out.size();
  const std::size_t made = Seed(training, rows, k, out);
  // Fewer than asked for are all that there are: each row is its own centroid.
  if (made == k) {
    Improve(training, rows, std::span<float>(out).subspan(begin), training.params.iterations);
  }
  return made;
}

// Shares k out in proportion to the sizes: one to each group first, none beyond
// its cap.
void Share(std::size_t k, const Counts& sizes, const Counts& caps, Counts& shares) {
  const std::size_t rows = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
  const std::size_t spare = k - sizes.size();
  std::size_t left = k;
  for (std::size_t g = 0; g < sizes.size(); ++g) {
    shares[g] = std::min(caps[g], 1 + spare * sizes[g] / rows);
    left -= shares[g];
  }
  for (; left > 0; --left) {
    std::size_t neediest = sizes.size();
    double most = 0;
    for (std::size_t g = 0; g < sizes.size(); ++g) {
      const double need = static_cast<double>(sizes[g]) / static_cast<double>(shares[g] + 1);
      if (shares[g] >= caps[g] || need <= most) continue;
      neediest = g;
      most = need;
    }
    if (neediest == sizes.size()) return;
    ++shares[neediest];
  }
}

// Memory for rows that are about to be written: clearing it first would be a long
// step without an interrupt check.
class RowBuffer {
 public:
  RowBuffer(std::size_t floats, std::pmr::memory_resource* memory)
      : allocator_(memory), values_(allocator_.allocate(floats), floats) {}
  RowBuffer(const RowBuffer&) = delete;
  RowBuffer& operator=(const RowBuffer&) = delete;
  ~RowBuffer() { allocator_.deallocate(values_.data(), values_.size()); }

  std::span<float> Values() { return values_; }

 private:
  std::pmr::polymorphic_allocator<float> allocator_;
  std::span<float> values_;
};

// The second level: rows that know their group, clustered group by group.
class Groups {
 public:
  Groups(Training& training, RowSource& rows, std::span<const float> centers)
      : training_(training),
        rows_(rows),
        dims_(rows.dims()),
        labels_(rows.count(), &training.memory),
        sizes_(centers.size() / dims_, &training.memory),
        caps_(&training.memory),
        shares_(sizes_.size(), &training.memory) {
    Label(centers);
    caps_.assign(sizes_.begin(), sizes_.end());
  }

  bool IsDivided() const { return *std::max_element(sizes_.begin(), sizes_.end()) < rows_.count(); }

  // A group may turn out to hold fewer distinct rows than its share; then all is
  // shared out again with that known.
  std::size_t Cluster(std::size_t k, Centroids& out) {
    const std::size_t begin = out.size();
    for (;;) {
      Share(k, sizes_, caps_, shares_);
      const std::size_t made = ClusterShares(out);
      const std::size_t possible = std::accumulate(caps_.begin(), caps_.end(), std::size_t{0});
      if (made >= std::min(k, possible)) return made;
      out.resize(begin);
    }
  }

 private:
  void Label(std::span<const float> centers) {
    Assigner assigner(centers, dims_, &training_.memory);
    const auto block = PassRows(training_, rows_, sizes_.size());
    ForEachBlock(training_, rows_, block, [&](std::size_t first, std::size_t n, auto values) {
      const auto nearest = std::span(training_.labels).first(n);
      assigner.Nearest(values, nearest, {}, training_.workers);
      for (std::size_t i = 0; i < n; ++i) {
        labels_[first + i] = static_cast<GroupId>(nearest[i]);
        ++sizes_[nearest[i]];
      }
    });
  }

  // As many groups at a time as fit into memory; of a group that does not fit by
  // itself, an even sample.
  std::size_t ClusterShares(Centroids& out) {
    const std::size_t capacity = GatherRows();
    RowBuffer gathered(capacity * dims_, &training_.memory);
    std::size_t made = 0;
    for (std::size_t g = 0; g < sizes_.size();) {
      const std::size_t begin = g;
      std::size_t used = std::min(sizes_[g++], capacity);
      while (g < sizes_.size() && used + sizes_[g] <= capacity) used += sizes_[g++];
      Gather(begin, g, gathered.Values());
      std::size_t offset = 0;
      for (std::size_t in = begin; in < g; ++in) {
        const std::size_t count = std::min(sizes_[in], capacity);
        const auto values = gathered.Values().subspan(offset * dims_, count * dims_);
        if (shares_[in] > 0) made += ClusterGroup(in, values, out);
        offset += count;
      }
    }
    return made;
  }

  std::size_t ClusterGroup(std::size_t g, std::span<const float> values, Centroids& out) {
    MemoryRows rows(values, dims_);
    const std::size_t made = vec::cluster::Cluster(training_, rows, shares_[g], out);
    if (made < shares_[g]) caps_[g] = made;
    return made;
  }

  // Rows to hold in memory at a time. Leaves enough for the k-means of a group,
  // half of all where a group is to be divided in its turn.
  std::size_t GatherRows() const {
    const std::size_t row_bytes = dims_ * sizeof(float);
    const std::size_t largest = *std::max_element(shares_.begin(), shares_.end());
    const std::size_t kept = FlatBytes(std::min(largest, kFlatLimit), dims_);
    std::size_t bytes = training_.memory.Left() - std::min(training_.memory.Left(), kept);
    if (largest > kFlatLimit) bytes /= 2;
    return std::clamp<std::size_t>(bytes / (row_bytes + sizeof(float) + 1), 1, rows_.count());
  }

  // Copies the rows of groups [begin, end), one group after another.
  void Gather(std::size_t begin, std::size_t end, std::span<float> to) {
    const std::size_t capacity = to.size() / dims_;
    Counts seen(end - begin, &training_.memory);
    Counts next(end - begin, &training_.memory);
    for (std::size_t g = begin + 1; g < end; ++g) {
      next[g - begin] = next[g - begin - 1] + std::min(sizes_[g - 1], capacity);
    }
    const auto block = BlockRows(rows_, 1);
    ForEachBlock(training_, rows_, block, [&](std::size_t first, std::size_t n, auto values) {
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t g = labels_[first + i];
        if (g < begin || g >= end) continue;
        const std::size_t size = sizes_[g];
        const std::size_t quota = std::min(size, capacity);
        const std::size_t at = seen[g - begin]++;
        if ((at + 1) * quota / size == at * quota / size) continue;
        std::copy_n(values.data() + i * dims_, dims_, to.data() + next[g - begin]++ * dims_);
      }
    });
  }

  Training& training_;
  RowSource& rows_;
  std::size_t dims_;
  std::pmr::vector<GroupId> labels_;
  Counts sizes_;
  Counts caps_;  // the most centroids that a group can have, as far as known
  Counts shares_;
};

std::size_t GroupBytes(std::size_t k) {
  const std::size_t labels = CheckedMul(k, kLabelledRowsPerCentroid * sizeof(GroupId));
  const std::size_t counts = GroupCount(k) * 5 * sizeof(std::size_t);
  return CheckedAdd(labels, counts);
}

// Rows that can be labelled while the gathering keeps its least memory.
std::size_t LabelledRows(const Training& training, std::size_t k, std::size_t dims) {
  const std::size_t labels = CheckedMul(k, kLabelledRowsPerCentroid * sizeof(GroupId));
  const std::size_t spare = training.memory.Left() - ClusterBytes(k, dims);
  return (labels + spare / 2) / sizeof(GroupId);
}

}  // namespace

std::size_t ClusterBytes(std::size_t k, std::size_t dims) {
  if (k <= kFlatLimit) return FlatBytes(k, dims);
  const std::size_t groups = GroupCount(k);
  const std::size_t centers = CheckedMul(CheckedMul(groups, dims), sizeof(float));
  const std::size_t first = CheckedAdd(centers, FlatBytes(groups, dims));
  const std::size_t row = CheckedMul(dims + 2, sizeof(float));
  const std::size_t second = CheckedAdd(CheckedMul(k, row), FlatBytes(kFlatLimit, dims));
  return CheckedAdd(std::max(first, second), GroupBytes(k));
}

std::size_t Cluster(Training& training, RowSource& rows, std::size_t k, Centroids& out) {
  if (k <= kFlatLimit) return FlatCluster(training, rows, k, out);

  // Only of a group in its turn, and only where memory is short and the groups
  // are very uneven.
  const std::size_t dims = rows.dims();
  if (training.memory.Left() < ClusterBytes(k, dims)) return Seed(training, rows, k, out);

  SampleRows sample(rows, LabelledRows(training, k, dims));
  Centroids centers(&training.memory);
  centers.reserve(GroupCount(k) * dims);
  FlatCluster(training, sample, GroupCount(k), centers);
  if (centers.empty()) return 0;
  Groups groups(training, sample, centers);
  Centroids(&training.memory).swap(centers);
  return groups.IsDivided() ? groups.Cluster(k, out) : Seed(training, sample, k, out);
}

}  // namespace vec::cluster
