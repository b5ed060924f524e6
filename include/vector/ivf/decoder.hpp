// Stored rows as float32.
#pragma once

#include <memory_resource>
#include <span>
#include <vector>

#include "vector/base/half.hpp"
#include "vector/ivf/layout.hpp"

namespace vec::ivf {

class RowDecoder {
 public:
  RowDecoder(const Meta& meta, std::pmr::memory_resource* memory)
      : dims_(meta.dims), widened_(meta.type == ElementType::kFloat16 ? meta.dims : 0, memory) {}

  // The dims values of a row, valid until the next call. REQUIRES: no bits.
  std::span<const float> Decode(const std::byte* stored) {
    if (widened_.empty()) return {reinterpret_cast<const float*>(stored), dims_};
    Widen(std::span(reinterpret_cast<const Half*>(stored), dims_), std::span<float>(widened_));
    return widened_;
  }

 private:
  std::size_t dims_;
  std::pmr::vector<float> widened_;
};

}  // namespace vec::ivf
