// AVX-512 with VPOPCNTDQ: Ice Lake, Zen 4 and later.
#if defined(__x86_64__)

// GCC 12 takes the deliberately undefined registers of its own header for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace vec::simd::internal {
namespace {

struct Lanes {
  using Register = __m512i;
  static constexpr std::size_t kBytes = 64;

  static Register Load(const std::uint8_t* p) { return _mm512_loadu_si512(p); }
  static Register Add(Register sum, Register x) {
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(x));
  }
  static std::uint64_t Total(Register sum) {
    return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sum));
  }
  static std::uint64_t Count(std::uint64_t word) {
    return static_cast<std::uint64_t>(_mm_popcnt_u64(word));
  }
};

}  // namespace
}  // namespace vec::simd::internal

#define VECTOR_SIMD_TABLE kAvx512BitKernels
#include "bits.inc"
#endif
