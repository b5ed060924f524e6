// An even part of the rows of another source, for when not even a few bytes a
// row are left to work with: every step-th granule of consecutive rows.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>

#include "training.hpp"
#include "vector/base/assert.hpp"
#include "vector/cluster/rows.hpp"

namespace vec::cluster {

class SampleRows final : public RowSource {
 public:
  // At most `most` rows, or one granule. Where `rows` has no more, all of them.
  SampleRows(RowSource& rows, std::size_t most)
      : rows_(rows), granule_(std::bit_floor(std::min(rows.max_block(), kMaxBlockRows))) {
    if (rows.count() <= most) {
      count_ = rows.count();
      return;
    }
    granule_ = std::min(granule_, std::bit_floor(std::max<std::size_t>(most, 1)));
    const std::size_t granules = rows.count() / granule_;
    const std::size_t kept = std::max<std::size_t>(most / granule_, 1);
    step_ = (granules + kept - 1) / kept;
    count_ = (granules + step_ - 1) / step_ * granule_;
  }

  std::size_t count() const override { return count_; }
  std::size_t dims() const override { return rows_.dims(); }
  std::size_t max_block() const override { return granule_; }

  // REQUIRES: the rows lie in one granule, as blocks do whose size is a power of
  // two and which begin at its multiples.
  std::span<const float> Read(std::size_t first, std::size_t n) override {
    const std::size_t offset = first % granule_;
    VECTOR_ASSERT(offset + n <= granule_);
    return rows_.Read(first / granule_ * step_ * granule_ + offset, n);
  }

 private:
  RowSource& rows_;
  std::size_t granule_;
  std::size_t step_ = 1;
  std::size_t count_ = 0;
};

}  // namespace vec::cluster
