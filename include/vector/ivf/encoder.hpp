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
  EncodedRow Encode(std::span<const float> row) { return Encode(row, centroid_); }

  // The same for callers that keep centroids as Rotate() makes them, rotated_dims() floats.
  EncodedRow Encode(std::span<const float> row, std::span<const float> rotated_centroid);
  void Rotate(std::span<const float> centroid, std::span<float> rotated) const;
  std::size_t rotated_dims() const { return rotation_.rotated_dims(); }

  // What Encode(row) makes codes of, valid until the next call; and what against.
  std::span<const float> ResidualOf(std::span<const float> row);
  std::span<const float> rotated_centroid() const { return centroid_; }
  quantize::CodeMetric metric() const { return metric_; }

 private:
  void Subtract(std::span<const float> row, std::span<const float> rotated_centroid);

  quantize::CodeMetric metric_;
  quantize::Rotation rotation_;
  std::pmr::vector<float> centroid_;  // rotated
  std::pmr::vector<float> residual_;  // rotated
  std::pmr::vector<std::uint8_t> code_;
  std::pmr::vector<std::uint8_t> second_code_;  // empty where there is none
};

// Encodes rows of lists in any order: remembers the rotated centroids of all lists where it
// may, and otherwise that of the last.
class ListEncoder {
 public:
  // `centroids`: one every `stride` floats, meta.lists of them; they must outlive the encoder.
  ListEncoder(const Meta& meta, std::span<const float> centroids, std::size_t stride,
              bool remembers_all, std::pmr::memory_resource* memory);

  // Memory of one that remembers all.
  static std::size_t MemoryBytes(const Meta& meta);

  // As Encoder::Encode.
  EncodedRow Encode(std::uint32_t list, std::span<const float> row);

 private:
  std::span<const float> Centroid(std::uint32_t list) const {
    return centroids_.subspan(list * stride_, dims_);
  }

  Encoder encoder_;
  std::span<const float> centroids_;
  std::size_t stride_;
  std::size_t dims_;
  std::pmr::vector<float> rotated_;  // of all lists, or of none
  std::uint32_t list_;               // whose centroid the encoder has
};

}  // namespace vec::ivf
