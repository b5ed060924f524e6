// How rows are compared: smaller is nearer, never NaN.
//
//   metric         distance of x to q       type
//   kL2, kCosine   |q - x|^2                all but bits; for cosine both have unit length
//   kInnerProduct  -<q, x>
//   kL1            |q - x|_1
//   kHamming       bits that differ         bits
//   kJaccard       1 - shared / combined    bits
//
// The bytes of a sparse row: u32 count, i32 index[count] ascending from 0, f32
// value[count].
#pragma once

#include <cstring>
#include <span>

#include "vector/hnsw/layout.hpp"
#include "vector/simd/bits.hpp"
#include "vector/simd/half.hpp"
#include "vector/simd/kernels.hpp"
#include "vector/types/sparse_vector.hpp"

namespace vec::hnsw {

// Reads a sparse row from bytes; those behind it do not matter. Throws Error(kCorrupted)
// where it does not fit them.
types::SparseElements SparseRow(const Meta& meta, std::span<const std::byte> bytes);

// The same of a row that is known to be whole; without its dimensions.
inline types::SparseElements SparseElementsAt(const std::byte* row) {
  std::uint32_t count = 0;
  std::memcpy(&count, row, sizeof(count));
  const auto* indices = reinterpret_cast<const std::int32_t*>(row + sizeof(count));
  return {0, {indices, count}, {reinterpret_cast<const float*>(indices + count), count}};
}

inline constexpr std::size_t SparseRowBytes(std::size_t count) {
  return sizeof(std::uint32_t) + count * (sizeof(std::int32_t) + sizeof(float));
}

// Compares rows with one query, or with another row. What the query views must outlive the
// object; it must not be empty. Of dense types the query needs values alone, of bits and
// sparse rows what is stored.
class Scorer {
 public:
  Scorer(const Meta& meta, const RowView& query);

  // The distance of a row's bytes. REQUIRES: as many as the type and dims say; of sparse
  // rows what SparseRow() wants.
  float Distance(std::span<const std::byte> stored) const;

  // The same for float32 values. REQUIRES: a dense type.
  float Distance(std::span<const float> values) const;

  // The same for half_row.hpp, up to rounding. REQUIRES: float32 with L2, the inner product
  // or cosine. `scaled` is room for dims floats that lives as long as rows are compared.
  float HalfDistance(std::span<const std::byte> row, std::span<float> scaled);

 private:
  float BitDistance(std::span<const std::byte> stored) const;
  float SparseDistance(std::span<const std::byte> stored) const;
  float Dense(simd::RowsKernel kernel, const float* query, const void* row) const;

  const Meta& meta_;
  RowView query_;
  bool is_product_;
  simd::RowsKernel kernel_ = nullptr;        // of the type
  simd::RowsKernel float_kernel_ = nullptr;  // of float32
  simd::RowsKernel half_kernel_ = nullptr;   // of binary16
  const simd::BitKernels* bits_ = nullptr;
  types::SparseElements sparse_;
  float scale_ = 1;  // by which the query in `scaled` is divided, unless it is 1
};

// |x|^2 of a row, in floats; of bits the number of ones.
float NormSquared(const Meta& meta, const RowView& row);

}  // namespace vec::hnsw
