#include "seeding.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "sample_rows.hpp"
#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/cluster/assign.hpp"

namespace vec::cluster {

namespace {

constexpr std::size_t kRoundCentroids = 64;
constexpr std::size_t kGroupRows = 256;
constexpr float kMaxMass = std::numeric_limits<float>::max();

// Unit vectors no further apart than rounding makes them are one and the same.
constexpr float kSameDirection = 1e-12f;

// Mass of a row and its part of a group's mass, rounded up.
constexpr std::size_t kBytesPerRow = sizeof(float) + 1;
constexpr std::size_t kRowsPerCentroid = 64;
constexpr std::size_t kLeastRows = 16 * 1024;

std::size_t FixedBytes(std::size_t dims) {
  return Assigner::MemoryBytes(kRoundCentroids, dims) + 2 * sizeof(double);
}

// D^2 of every row, and its sums over groups of rows to draw from in two steps.
class Masses {
 public:
  Masses(std::size_t rows, std::pmr::memory_resource* memory)
      : rows_(rows, kMaxMass, memory), groups_((rows + kGroupRows - 1) / kGroupRows, 0.0, memory) {}

  float& operator[](std::size_t row) { return rows_[row]; }

  void SumUp() {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const auto rows = Group(g);
      groups_[g] = std::accumulate(rows.begin(), rows.end(), 0.0);
    }
    total_ = std::accumulate(groups_.begin(), groups_.end(), 0.0);
  }

  double Total() const { return total_; }

  // A row by its share of the total; never one without mass.
  // REQUIRES: Total() > 0, nothing changed since SumUp().
  std::size_t Draw(Random& random) const {
    double target = random.Uniform() * total_;
    const std::size_t group = Locate(std::span<const double>(groups_), target);
    return group * kGroupRows + Locate(Group(group), target);
  }

 private:
  std::span<const float> Group(std::size_t g) const {
    const std::size_t first = g * kGroupRows;
    return std::span(rows_).subspan(first, std::min(kGroupRows, rows_.size() - first));
  }

  // The part in which target falls, and target relative to its beginning. What
  // rounding leaves over at the end falls in the last part with any mass.
  template <class Mass>
  static std::size_t Locate(std::span<const Mass> parts, double& target) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] <= 0) continue;
      last = i;
      if (target < parts[i]) break;
      target -= parts[i];
    }
    return last;
  }

  std::pmr::vector<float> rows_;
  std::pmr::vector<double> groups_;
  double total_ = 0;
};

class Seeding {
 public:
  Seeding(Training& training, RowSource& rows, Centroids& out)
      : training_(training), rows_(rows), out_(out), masses_(rows.count(), &training.memory) {}

  std::size_t Run(std::size_t k) {
    if (training_.params.spherical) PassOverZeros();
    masses_.SumUp();
    std::size_t made = 0;
    while (masses_.Total() > 0) {
      const std::size_t candidates = std::clamp<std::size_t>(made, 1, kRoundCentroids);
      const std::size_t added = DrawRound(std::min(candidates, k - made));
      made += added;
      if (made == k) break;
      Update(added);
    }
    return made;
  }

 private:
  void PassOverZeros() {
    const std::size_t dims = rows_.dims();
    const auto block = BlockRows(rows_, 1);
    ForEachBlock(training_, rows_, block, [&](std::size_t first, std::size_t n, auto values) {
      for (std::size_t i = 0; i < n; ++i) {
        const float* row = values.data() + i * dims;
        if (training_.kernels.inner_product(row, row, dims) == 0) masses_[first + i] = 0;
      }
    });
  }

  // Appends at least one of so many candidates, and at most all.
  std::size_t DrawRound(std::size_t candidates) {
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < candidates; ++i) {
      training_.params.check_interrupts();
      const std::size_t row = masses_.Draw(training_.random);
      accepted += TryAppend(row, accepted) ? 1 : 0;
    }
    return accepted;
  }

  // `accepted`: how many this round has appended already.
  bool TryAppend(std::size_t row, std::size_t accepted) {
    const std::size_t dims = rows_.dims();
    const std::size_t end = out_.size();
    const std::span<const float> values = rows_.Read(row, 1);
    out_.insert(out_.end(), values.begin(), values.end());
    const std::span<float> candidate(out_.data() + end, dims);
    bool is_accepted = !training_.params.spherical || Normalize(values, candidate);
    if (is_accepted) {
      const float mass = MassBeside(candidate, accepted, masses_[row]);
      is_accepted = training_.random.Uniform() * masses_[row] < mass;
    }
    if (!is_accepted) out_.resize(end);
    return is_accepted;
  }

  // D^2 of a candidate after the centroids that this round has accepted.
  float MassBeside(std::span<const float> candidate, std::size_t accepted, float mass) {
    const std::size_t dims = rows_.dims();
    training_.kernels.l2_squared_rows(candidate.data(), candidate.data() - accepted * dims,
                                      static_cast<std::ptrdiff_t>(dims * sizeof(float)), accepted,
                                      dims, training_.distances.data());
    for (std::size_t i = 0; i < accepted; ++i) {
      mass = std::min(mass, Mass(training_.distances[i]));
    }
    return mass;
  }

  // Takes the last `added` centroids into account.
  void Update(std::size_t added) {
    const std::size_t dims = rows_.dims();
    Assigner assigner(std::span<const float>(out_).last(added * dims), dims, &training_.memory);
    const auto block = PassRows(training_, rows_, added);
    ForEachBlock(training_, rows_, block, [&](std::size_t first, std::size_t n, auto values) {
      const auto distances = std::span(training_.distances).first(n);
      assigner.Nearest(values, std::span(training_.labels).first(n), distances, training_.workers);
      for (std::size_t i = 0; i < n; ++i) {
        masses_[first + i] = std::min(masses_[first + i], Mass(distances[i]));
      }
    });
    masses_.SumUp();
  }

  float Mass(float distance) const {
    if (training_.params.spherical && distance <= kSameDirection) return 0;
    return std::min(distance, kMaxMass);
  }

  Training& training_;
  RowSource& rows_;
  Centroids& out_;
  Masses masses_;
};

}  // namespace

std::size_t SeedBytes(std::size_t k, std::size_t dims) {
  const std::size_t rows = std::max(kLeastRows, CheckedMul(k, kRowsPerCentroid));
  return CheckedAdd(FixedBytes(dims), CheckedMul(rows, kBytesPerRow));
}

std::size_t Seed(Training& training, RowSource& rows, std::size_t k, Centroids& out) {
  VECTOR_ASSERT(training.memory.Left() > FixedBytes(rows.dims()));
  VECTOR_ASSERT(out.capacity() - out.size() >= k * rows.dims());
  const std::size_t most = (training.memory.Left() - FixedBytes(rows.dims())) / kBytesPerRow;
  if (rows.count() <= most) return Seeding(training, rows, out).Run(k);
  SampleRows sample(rows, most);
  return Seeding(training, sample, out).Run(k);
}

}  // namespace vec::cluster
