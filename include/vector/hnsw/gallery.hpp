// Rows side by side, compared with each other: those among which a node chooses neighbours.
#pragma once

#include <memory_resource>
#include <vector>

#include "vector/base/raw_vector.hpp"
#include "vector/hnsw/kept_row.hpp"

namespace vec::hnsw {

class Gallery {
 public:
  Gallery(const Meta& meta, std::pmr::memory_resource* memory)
      : meta_(meta),
        is_dense_(IsDense(meta.type)),
        is_product_(meta.metric == Metric::kInnerProduct),
        kept_(memory),
        norms_(memory),
        values_(memory) {
    const simd::Kernels& kernels = simd::Active();
    product_ = kernels.inner_product;
    compare_ = meta.metric == Metric::kL1 ? kernels.l1 : kernels.l2_squared;
  }

  void Clear() {
    kept_.clear();
    norms_.clear();
    values_.clear();
  }

  // The bytes must stay where they are.
  void Add(std::span<const std::byte> kept, float norm_squared) {
    kept_.push_back(kept);
    norms_.push_back(norm_squared);
    if (!is_dense_) return;
    DecodeKept(meta_, kept, values_.Extend(meta_.dims));
  }

  std::size_t size() const { return kept_.size(); }

  // REQUIRES: a dense type.
  std::span<const float> values(std::size_t i) const {
    return {values_.data() + i * meta_.dims, meta_.dims};
  }

  // What pruning calls the distance: that of the metric; squared L2 for the inner product.
  float Distance(std::size_t i, std::size_t j) const {
    if (is_dense_) return compare_(values(i).data(), values(j).data(), meta_.dims);
    if (!is_product_) return Score(i, j);
    return norms_[i] + norms_[j] + 2 * Score(i, j);
  }

  // -<x, y>. REQUIRES: the inner product.
  float NegativeProduct(std::size_t i, std::size_t j) const {
    if (is_dense_) return -product_(values(i).data(), values(j).data(), meta_.dims);
    return Score(i, j);
  }

 private:
  float Score(std::size_t i, std::size_t j) const {
    return Scorer(meta_, {{}, kept_[i]}).Distance(kept_[j]);
  }

  const Meta& meta_;
  bool is_dense_;
  bool is_product_;
  simd::PairKernel product_;
  simd::PairKernel compare_;
  std::pmr::vector<std::span<const std::byte>> kept_;
  std::pmr::vector<float> norms_;
  RawVector<float> values_;
};

}  // namespace vec::hnsw
