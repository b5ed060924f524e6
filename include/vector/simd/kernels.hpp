// Distance kernels for float32, one table per instruction set.
//
// Every kernel accumulates in float32 (as pgvector does), accepts any length
// including 0 and any alignment of 4 bytes, and never reads past its inputs.
// Overflow gives Inf, as IEEE 754 says. Levels differ from each other only by
// the order of summation: sums of small integers are equal bit for bit.
//
// Callers take the table once per scan or statement, not once per distance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace vec::simd {

enum class Level : int { kBaseline, kAvx2, kAvx512 };  // on ARM64 the baseline is NEON

// The three sums of a cosine, gathered in one pass.
struct CosineSums {
  float dot;     // <a, b>
  float norm_a;  // <a, a>
  float norm_b;  // <b, b>
};

// The least of several scores: +Inf at position 0 where none is smaller than that.
struct Least {
  static constexpr float kNone = std::numeric_limits<float>::infinity();

  float score = kNone;
  std::size_t position = 0;
};

// Distances of one query to `count` rows of n floats each; row i begins at
// rows + i * stride bytes (stride may be negative). Writes out[0..count).
using RowsKernel = void (*)(const float* query, const void* rows, std::ptrdiff_t stride,
                            std::size_t count, std::size_t n, float* out);
using PairKernel = float (*)(const float* a, const float* b, std::size_t n);

struct Kernels {
  Level level;
  const char* name;
  PairKernel l2_squared;
  PairKernel inner_product;
  PairKernel l1;
  CosineSums (*cosine)(const float* a, const float* b, std::size_t n);
  RowsKernel l2_squared_rows;
  RowsKernel inner_product_rows;
  RowsKernel l1_rows;
  // out[i * k + j] = <x_i, c_j> for m rows of x and k rows of c, n floats each,
  // all row-major and dense. May allocate with malloc; throws std::bad_alloc.
  void (*gemm)(const float* x, std::size_t m, const float* c, std::size_t k, std::size_t n,
               float* out);
  // The least norms[j] - 2 * dots[j] for j < k and the first j that has it; a NaN
  // is never the least. REQUIRES: k <= 2^24.
  Least (*arg_min)(const float* norms, const float* dots, std::size_t k);
  // Writes every position j < k with norms[j] - 2 * dots[j] < limit, ascending, and that
  // score; returns how many. A NaN is below nothing. positions and scores: room for k.
  std::size_t (*select_below)(const float* norms, const float* dots, std::size_t k, float limit,
                              std::uint32_t* positions, float* scores);
  // sum[i] += row[i] for i < n. REQUIRES: the two do not overlap.
  void (*add_to)(double* sum, const float* row, std::size_t n);
};

// The table in use: the best that this machine supports unless Select() chose.
const Kernels& Active() noexcept;

// The table of one level, or nullptr where this machine or build lacks it.
const Kernels* Find(Level level) noexcept;

// Forces a level for this process; std::nullopt returns to the best one.
// Returns false, changing nothing, where the level is not available.
bool Select(std::optional<Level> level) noexcept;

}  // namespace vec::simd
