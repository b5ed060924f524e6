// Rows as nodes keep them (SelfKind), and what is made of those bytes.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "vector/hnsw/half_row.hpp"
#include "vector/hnsw/items.hpp"
#include "vector/hnsw/node.hpp"
#include "vector/hnsw/scorer.hpp"

namespace vec::hnsw {

inline bool IsDense(ElementType type) {
  return type == ElementType::kFloat32 || type == ElementType::kFloat16;
}

// The bytes that are kept of a row; of sparse rows any number up to MostRowBytes().
inline std::size_t KeptBytes(const Meta& meta, const RowView& row) {
  return IsHalf(meta.self) ? HalfRowBytes(meta.dims) : row.stored.size();
}

// The same of a dense type.
inline std::size_t KeptBytes(const Meta& meta) {
  return IsHalf(meta.self) ? HalfRowBytes(meta.dims) : RowBytes(meta.type, meta.dims);
}

// The bytes of a row of bits or a sparse one that is known to be whole.
inline std::span<const std::byte> BytesOfRow(const Meta& meta, const std::byte* row) {
  if (HasFixedRows(meta.type)) return {row, RowBytes(meta.type, meta.dims)};
  return {row, SparseRowBytes(SparseElementsAt(row).size())};
}

// REQUIRES: out.size() == KeptBytes(meta, row).
inline void KeepRow(const Meta& meta, const RowView& row, std::span<std::byte> out) {
  if (IsHalf(meta.self)) {
    EncodeHalfRow(row.values, out);
  } else {
    std::ranges::copy(row.stored, out.begin());
  }
}

// Whether rows are one to the index.
inline bool IsSameKept(const Meta& meta, std::span<const std::byte> a,
                       std::span<const std::byte> b) {
  return IsHalf(meta.self) ? IsSameHalfRow(a, b) : std::ranges::equal(a, b);
}

// The same of the rows themselves, where their kept ones are the same.
inline bool IsSameRow(const Meta& meta, std::span<const std::byte> a,
                      std::span<const std::byte> b) {
  return !IsHalf(meta.self) || HalfRowOrigin(a.data()) == HalfRowOrigin(b.data());
}

// Whether kept bytes lie in the node.
inline bool LiesInNode(const Meta& meta, std::size_t kept_bytes) {
  return !IsItem(meta.self) && kept_bytes <= meta.self_bytes;
}

// The values of a kept row. REQUIRES: a dense type, out.size() == meta.dims.
inline void DecodeKept(const Meta& meta, std::span<const std::byte> kept, std::span<float> out) {
  if (IsHalf(meta.self)) {
    DecodeHalfRow(kept, out);
  } else if (meta.type == ElementType::kFloat16) {
    Widen(std::span(reinterpret_cast<const Half*>(kept.data()), out.size()), out);
  } else {
    std::memcpy(out.data(), kept.data(), out.size_bytes());
  }
}

// The kept row of such values again, of half rows with the origin they had. REQUIRES: values
// from DecodeKept(), out.size() as KeptBytes() says.
inline void EncodeKept(const Meta& meta, std::span<const float> values, std::uint32_t origin,
                       std::span<std::byte> out) {
  if (IsHalf(meta.self)) {
    EncodeHalfRow(values, origin, out);
  } else if (meta.type == ElementType::kFloat16) {
    auto* halves = reinterpret_cast<Half*>(out.data());
    for (std::size_t i = 0; i < values.size(); ++i) halves[i] = ToHalf(values[i]);
  } else {
    std::memcpy(out.data(), values.data(), values.size_bytes());
  }
}

// The bytes that a node without an item holds of its row. Throws Error(kCorrupted) where rows of
// the index lie in items only.
inline std::span<const std::byte> KeptInNode(const Meta& meta, NodeId id, const NodeView& node) {
  if (IsItem(meta.self)) ThrowCorrupted("Node without its row", BlockOf(id));
  if (meta.type != ElementType::kSparse) return node.self();
  return node.self().first(SparseRowBytes(SparseRow(meta, node.self()).indices.size()));
}

// The most bytes that an item of a row has.
inline std::size_t MostKeptBytes(const Meta& meta) {
  return IsHalf(meta.self) ? HalfRowBytes(meta.dims) : MostRowBytes(meta);
}

// Appends the row of an item to `out`, checked.
template <PageStore Store>
void ReadKeptItem(Store& store, const Meta& meta, ItemRef ref, std::pmr::vector<std::byte>& out) {
  const std::size_t before = out.size();
  ReadItem(store, ref, ItemKind::kValue, MostKeptBytes(meta), out);
  const std::size_t bytes = out.size() - before;
  if (HasFixedRows(meta.type) && bytes != MostKeptBytes(meta)) {
    ThrowCorrupted("Row of an invalid length", ref.block);
  }
  if (!HasFixedRows(meta.type)) (void)SparseRow(meta, std::span(out).subspan(before));
}

// Compares kept rows with one row.
class KeptScorer {
 public:
  // What the row views must outlive the object.
  KeptScorer(const Meta& meta, const RowView& row, std::pmr::memory_resource* memory)
      : is_half_(IsHalf(meta.self)),
        scorer_(meta, row),
        scaled_(is_half_ ? meta.dims : 0, memory) {}

  float Distance(std::span<const std::byte> kept) {
    return is_half_ ? scorer_.HalfDistance(kept, scaled_) : scorer_.Distance(kept);
  }

 private:
  bool is_half_;
  Scorer scorer_;
  std::pmr::vector<float> scaled_;
};

}  // namespace vec::hnsw
