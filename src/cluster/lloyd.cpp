#include "lloyd.hpp"

#include <array>
#include <limits>
#include <cstdint>

#include "vector/base/checked.hpp"
#include "vector/cluster/assign.hpp"

namespace vec::cluster {

namespace {

// The few rows that lie furthest from their centroids.
class FarRows {
 public:
  struct Entry {
    float distance;
    std::size_t row;
  };

  void Clear() { count_ = 0; }
  std::span<Entry> Entries() { return std::span(entries_).first(count_); }

  void Offer(float distance, std::size_t row) {
    if (!(distance > 0)) return;
    if (count_ < entries_.size()) {
      entries_[count_++] = {distance, row};
    } else if (distance > entries_[nearest_].distance) {
      entries_[nearest_] = {distance, row};
    } else {
      return;
    }
    const auto by_distance = [](const Entry& a, const Entry& b) { return a.distance < b.distance; };
    const auto entries = Entries();
    nearest_ = static_cast<std::size_t>(
        std::min_element(entries.begin(), entries.end(), by_distance) - entries.begin());
  }

 private:
  std::array<Entry, 16> entries_{};
  std::size_t count_ = 0;
  std::size_t nearest_ = 0;
};

// An iteration that takes off less of the squared error is the last.
constexpr double kLeastGain = 0.003;

class Lloyd {
 public:
  Lloyd(Training& training, RowSource& rows, std::span<float> centroids)
      : training_(training),
        rows_(rows),
        dims_(rows.dims()),
        centroids_(centroids),
        sums_(centroids.size(), &training.memory),
        sizes_(centroids.size() / dims_, &training.memory) {}

  void Run(int iterations) {
    for (int i = 0; i < iterations; ++i) {
      const double error_before = error_;
      Assign();
      if (!Move() || error_ > (1 - kLeastGain) * error_before) return;
    }
  }

 private:
  void Assign() {
    std::fill(sums_.begin(), sums_.end(), 0.0);
    std::fill(sizes_.begin(), sizes_.end(), 0);
    error_ = 0;
    far_.Clear();
    Assigner assigner(centroids_, dims_, &training_.memory);
    const auto block = PassRows(training_, rows_, sizes_.size());
    ForEachBlock(training_, rows_, block, [&](std::size_t first, std::size_t n, auto values) {
      const auto labels = std::span(training_.labels).first(n);
      const auto distances = std::span(training_.distances).first(n);
      assigner.Nearest(values, labels, distances, training_.workers);
      for (std::size_t i = 0; i < n; ++i) {
        training_.kernels.add_to(&sums_[labels[i] * dims_], values.data() + i * dims_, dims_);
        ++sizes_[labels[i]];
        error_ += distances[i];
        far_.Offer(distances[i], first + i);
      }
    });
  }

  // Returns whether any centroid is not where it was.
  bool Move() {
    bool has_moved = false;
    for (std::size_t j = 0; j < sizes_.size(); ++j) {
      if (j % 64 == 0) training_.params.check_interrupts();
      has_moved |= sizes_[j] == 0 ? Replace(Centroid(j)) : ToMean(j);
    }
    return has_moved;
  }

  bool ToMean(std::size_t j) {
    const auto sum = std::span(sums_).subspan(j * dims_, dims_);
    const auto size = static_cast<double>(sizes_[j]);
    for (double& value : sum) value /= size;
    const auto centroid = Centroid(j);
    const auto is_there = [](float at, double mean) { return at == static_cast<float>(mean); };
    if (training_.params.spherical) {
      // Opposite rows have no mean direction: their centroid stays.
      if (!Normalize(std::span<const double>(sum), sum)) return false;
    }
    if (std::equal(centroid.begin(), centroid.end(), sum.begin(), is_there)) return false;
    std::copy(sum.begin(), sum.end(), centroid.begin());
    return true;
  }

  // Moves a centroid without rows to the furthest row that is left.
  bool Replace(std::span<float> centroid) {
    FarRows::Entry* furthest = nullptr;
    for (FarRows::Entry& entry : far_.Entries()) {
      if (furthest == nullptr || entry.distance > furthest->distance) furthest = &entry;
    }
    if (furthest == nullptr || !(furthest->distance > 0)) return false;
    furthest->distance = 0;
    const std::span<const float> row = rows_.Read(furthest->row, 1);
    if (!training_.params.spherical) {
      std::copy(row.begin(), row.end(), centroid.begin());
    } else if (!Normalize(row, centroid)) {
      return false;
    }
    for (FarRows::Entry& entry : far_.Entries()) {
      const float* other = rows_.Read(entry.row, 1).data();
      const float distance = training_.kernels.l2_squared(other, centroid.data(), dims_);
      entry.distance = std::min(entry.distance, distance);
    }
    return true;
  }

  std::span<float> Centroid(std::size_t j) { return centroids_.subspan(j * dims_, dims_); }

  Training& training_;
  RowSource& rows_;
  std::size_t dims_;
  std::span<float> centroids_;
  std::pmr::vector<double> sums_;
  std::pmr::vector<std::size_t> sizes_;
  double error_ = std::numeric_limits<double>::infinity();  // sum of squared distances
  FarRows far_;
};

}  // namespace

std::size_t ImproveBytes(std::size_t centroids, std::size_t dims) {
  const std::size_t values = CheckedMul(CheckedMul(centroids, dims), sizeof(double));
  const std::size_t sizes = CheckedMul(centroids, sizeof(std::size_t));
  return CheckedAdd(CheckedAdd(values, Assigner::MemoryBytes(centroids, dims)), sizes);
}

void Improve(Training& training, RowSource& rows, std::span<float> centroids, int iterations) {
  if (iterations > 0) Lloyd(training, rows, centroids).Run(iterations);
}

}  // namespace vec::cluster
