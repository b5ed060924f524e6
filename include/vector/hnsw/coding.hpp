// What turns rows of coded nodes into lanes; of plain forms it is empty.
//
// By L2 and cosine rows are rotated relative to the center, which changes no distance and
// keeps what all rows have in common out of the sums: codes and tables would drown in it.
#pragma once

#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/hnsw/codec.hpp"
#include "vector/hnsw/items.hpp"

namespace vec::hnsw {

class Coding {
 public:
  template <PageStore Store>
  Coding(Store& store, const Meta& meta, std::pmr::memory_resource* memory)
      : offset_(memory), row_(memory), center_(memory), own_(meta, memory) {
    if (meta.form != Form::kCoded) return;
    rotation_.emplace(meta.dims, meta.seed, memory);
    encoder_.emplace(meta, memory);
    center_.resize(rotation_->rotated_dims());
    if (!meta.center().exists()) return;
    ReadCenter(store, meta, memory);
    if (meta.metric == Metric::kInnerProduct) {
      rotation_->Rotate(offset_, center_);
      offset_.clear();
    }
    row_.resize(offset_.size());
  }

  // 0 for plain forms.
  std::size_t rotated_dims() const { return center_.size(); }

  // REQUIRES, for those below: a coded form.
  // A row as codes see it. REQUIRES: out.size() == rotated_dims().
  void Rotate(std::span<const float> row, std::span<float> out) { Rotate(row, out, row_); }
  // The same for threads, each with `scratch` of its own, meta.dims floats.
  void Rotate(std::span<const float> row, std::span<float> out, std::span<float> scratch) const {
    if (offset_.empty()) return rotation_->Rotate(row, out);
    for (std::size_t i = 0; i < offset_.size(); ++i) scratch[i] = row[i] - offset_[i];
    rotation_->Rotate(scratch.first(offset_.size()), out);
  }
  // That around which entries have their codes, as Rotate() makes it.
  std::span<const float> center() const { return center_; }

  // As LaneEncoder::Encode().
  Lane Encode(NodeId id, std::span<const float> self, std::span<const float> neighbor) {
    return encoder_->Encode(id, self, neighbor);
  }

  // What Recover() wants to know of a node: its rotated row.
  const LaneEstimator& OwnOf(std::span<const float> rotated) {
    own_.Prepare(rotated);
    return own_;
  }

 private:
  template <PageStore Store>
  void ReadCenter(Store& store, const Meta& meta, std::pmr::memory_resource* memory) {
    const std::size_t size = meta.dims * sizeof(float);
    std::pmr::vector<std::byte> bytes(memory);
    ReadItem(store, meta.center(), ItemKind::kCenter, size, bytes);
    if (bytes.size() != size) ThrowCorrupted("Center of an invalid length", meta.center_block);
    offset_.resize(meta.dims);
    std::memcpy(offset_.data(), bytes.data(), size);
  }

  std::optional<quantize::Rotation> rotation_;
  std::pmr::vector<float> offset_;  // the center; empty where rows are rotated as they are
  std::pmr::vector<float> row_;     // less the offset
  std::pmr::vector<float> center_;
  std::optional<LaneEncoder> encoder_;
  LaneEstimator own_;
};

}  // namespace vec::hnsw
