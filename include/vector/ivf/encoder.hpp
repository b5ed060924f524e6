// Turning rows into codes against the centroid of their list.
#pragma once

#include <memory_resource>
#include <span>
#include <vector>

#include "vector/ivf/code_page.hpp"

namespace vec::ivf {

class Encoder {
 public:
  Encoder(const Meta& meta, std::pmr::memory_resource* memory);

  // Rows are encoded against this centroid (meta.dims floats) from now on.
  void SetCentroid(std::span<const float> centroid);

  // The codes point into the encoder and are valid until the next call.
  EncodedRow Encode(std::span<const float> row);

 private:
  quantize::CodeMetric metric_;
  quantize::Rotation rotation_;
  std::pmr::vector<float> centroid_;  // rotated
  std::pmr::vector<float> residual_;  // rotated
  std::pmr::vector<std::uint8_t> code_;
  std::pmr::vector<std::uint8_t> second_code_;  // empty where there is none
};

}  // namespace vec::ivf
