#include "vector/ivf/encoder.hpp"

namespace vec::ivf {

Encoder::Encoder(const Meta& meta, std::pmr::memory_resource* memory)
    : metric_(meta.metric == Metric::kInnerProduct ? quantize::CodeMetric::kInnerProduct
                                                   : quantize::CodeMetric::kL2),
      rotation_(meta.dims, meta.seed, memory),
      centroid_(rotation_.rotated_dims(), 0.0f, memory),
      residual_(rotation_.rotated_dims(), 0.0f, memory),
      code_(rotation_.rotated_dims() / 8, std::uint8_t{0}, memory),
      second_code_(HasSecondStage(meta) ? quantize::GridCodeBytes(rotation_.rotated_dims()) : 0,
                   std::uint8_t{0}, memory) {}

void Encoder::SetCentroid(std::span<const float> centroid) { Rotate(centroid, centroid_); }

void Encoder::Rotate(std::span<const float> centroid, std::span<float> rotated) const {
  rotation_.Rotate(centroid, rotated);
}

EncodedRow Encoder::Encode(std::span<const float> row, std::span<const float> rotated_centroid) {
  Subtract(row, rotated_centroid);
  EncodedRow encoded{quantize::Encode(metric_, residual_, rotated_centroid, code_), code_, {}, {}};
  if (!second_code_.empty()) {
    encoded.second_factors =
        quantize::EncodeGrid(metric_, residual_, rotated_centroid, second_code_);
    encoded.second_code = second_code_;
  }
  return encoded;
}

std::span<const float> Encoder::ResidualOf(std::span<const float> row) {
  Subtract(row, centroid_);
  return residual_;
}

void Encoder::Subtract(std::span<const float> row, std::span<const float> rotated_centroid) {
  rotation_.Rotate(row, residual_);
  for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] -= rotated_centroid[i];
}

ListEncoder::ListEncoder(const Meta& meta, std::span<const float> centroids, std::size_t stride,
                         bool remembers_all, std::pmr::memory_resource* memory)
    : encoder_(meta, memory),
      centroids_(centroids),
      stride_(stride),
      dims_(meta.dims),
      rotated_(remembers_all ? meta.lists * encoder_.rotated_dims() : 0, memory),
      list_(meta.lists) {
  const std::size_t size = encoder_.rotated_dims();
  for (std::uint32_t list = 0; remembers_all && list < meta.lists; ++list) {
    encoder_.Rotate(Centroid(list), std::span(rotated_).subspan(list * size, size));
  }
}

std::size_t ListEncoder::MemoryBytes(const Meta& meta) {
  return std::size_t{meta.lists} * quantize::RotatedDims(meta.dims) * sizeof(float);
}

EncodedRow ListEncoder::Encode(std::uint32_t list, std::span<const float> row) {
  if (!rotated_.empty()) {
    const std::size_t size = encoder_.rotated_dims();
    return encoder_.Encode(row, std::span(rotated_).subspan(list * size, size));
  }
  if (list != list_) encoder_.SetCentroid(Centroid(list));
  list_ = list;
  return encoder_.Encode(row);
}

}  // namespace vec::ivf
