// Running mean and spread of the rows of one list, for the inner product.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory_resource>
#include <span>
#include <vector>

namespace vec::ivf {

class ListMoments {
 public:
  ListMoments(std::size_t dims, std::pmr::memory_resource* memory) : sums_(dims, 0.0, memory) {}

  void Add(std::span<const float> row, float augment) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      sums_[i] += row[i];
      squares_ += static_cast<double>(row[i]) * row[i];
    }
    augments_ += augment;
    ++count_;
  }

  std::size_t count() const { return count_; }
  double augment() const { return augments_ / static_cast<double>(count_); }

  // Writes the mean. REQUIRES: count() > 0.
  void Mean(std::span<float> mean) const {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] = static_cast<float>(sums_[i] / static_cast<double>(count_));
    }
  }

  // The spread around a centroid, sqrt(E|x - c|^2). REQUIRES: count() > 0.
  double Spread(std::span<const float> centroid) const {
    double sum = squares_;
    for (std::size_t i = 0; i < centroid.size(); ++i) {
      const double c = centroid[i];
      sum += c * (c * static_cast<double>(count_) - 2 * sums_[i]);
    }
    return std::sqrt(std::fmax(0.0, sum / static_cast<double>(count_)));
  }

  void Clear() {
    std::fill(sums_.begin(), sums_.end(), 0.0);
    squares_ = augments_ = 0;
    count_ = 0;
  }

 private:
  std::pmr::vector<double> sums_;
  double squares_ = 0;
  double augments_ = 0;
  std::size_t count_ = 0;
};

}  // namespace vec::ivf
