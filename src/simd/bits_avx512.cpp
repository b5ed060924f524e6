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
  static Register LoadPart(const std::uint8_t* p, std::size_t n) {
    return _mm512_maskz_loadu_epi8((__mmask64{1} << n) - 1, p);
  }
  static Register Add(Register sum, Register x) {
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(x));
  }
  static std::uint64_t Total(Register sum) {
    return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sum));
  }
  static void Totals(const Register (&sums)[4], std::uint32_t (&totals)[4]) {
    // No sum reaches 2^32: two of them go into the halves of a part.
    const __m512i a = _mm512_add_epi64(sums[0], _mm512_slli_epi64(sums[1], 32));
    const __m512i b = _mm512_add_epi64(sums[2], _mm512_slli_epi64(sums[3], 32));
    const __m512i c = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    const __m256i d = _mm256_add_epi32(_mm512_castsi512_si256(c), _mm512_extracti64x4_epi64(c, 1));
    const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(d), _mm256_extracti128_si256(d, 1));
    auto* const to = reinterpret_cast<__m128i*>(totals);
    _mm_storeu_si128(to, _mm_add_epi32(_mm_loadu_si128(to), four));
  }
  static void StoreWords(Register sum, float* out) {
    _mm256_storeu_ps(out, _mm512_cvtepi64_ps(sum));
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
