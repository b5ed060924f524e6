// What turns rows of coded nodes into lanes; of plain forms it is empty.
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
      : center_(memory), own_(meta, memory) {
    if (meta.form != Form::kCoded) return;
    rotation_.emplace(meta.dims, meta.seed, memory);
    encoder_.emplace(meta, memory);
    center_.resize(rotation_->rotated_dims());
    if (meta.center().exists()) ReadCenter(store, meta, memory);
  }

  // 0 for plain forms.
  std::size_t rotated_dims() const { return center_.size(); }

  // REQUIRES, for those below: a coded form.
  const quantize::Rotation& rotation() const { return *rotation_; }
  // That around which entries have their codes, rotated: zeros where there is none.
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
    std::pmr::vector<float> center(meta.dims, memory);
    std::memcpy(center.data(), bytes.data(), size);
    rotation_->Rotate(center, center_);
  }

  std::optional<quantize::Rotation> rotation_;
  std::pmr::vector<float> center_;
  std::optional<LaneEncoder> encoder_;
  LaneEstimator own_;
};

}  // namespace vec::hnsw
