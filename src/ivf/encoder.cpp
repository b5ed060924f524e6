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

void Encoder::SetCentroid(std::span<const float> centroid) {
  rotation_.Rotate(centroid, centroid_);
}

EncodedRow Encoder::Encode(std::span<const float> row) {
  rotation_.Rotate(row, residual_);
  for (std::size_t i = 0; i < residual_.size(); ++i) residual_[i] -= centroid_[i];
  EncodedRow encoded{quantize::Encode(metric_, residual_, centroid_, code_), code_, {}, {}};
  if (!second_code_.empty()) {
    encoded.second_factors = quantize::EncodeGrid(metric_, residual_, centroid_, second_code_);
    encoded.second_code = second_code_;
  }
  return encoded;
}

}  // namespace vec::ivf
