// The bits of a nibble from a table in a register (Mula, Kurz and Lemire, "Faster
// population counts using AVX2 instructions", 2018).
#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace vec::simd::internal {
namespace {

struct Lanes {
  using Register = __m256i;
  static constexpr std::size_t kBytes = 32;

  static Register Load(const std::uint8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static Register Add(Register sum, Register x) {
    const __m256i table =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    const __m256i high =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    const __m256i counts = _mm256_add_epi8(low, high);
    return _mm256_add_epi64(sum, _mm256_sad_epu8(counts, _mm256_setzero_si256()));
  }
  static std::uint64_t Total(Register sum) {
    const __m128i half =
        _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
  }
  static void Totals(const Register (&sums)[4], std::uint32_t (&totals)[4]) {
    // No sum reaches 2^32: two of them go into the halves of a part.
    const __m256i a = _mm256_add_epi64(sums[0], _mm256_slli_epi64(sums[1], 32));
    const __m256i b = _mm256_add_epi64(sums[2], _mm256_slli_epi64(sums[3], 32));
    const __m256i c = _mm256_add_epi32(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1));
    auto* const to = reinterpret_cast<__m128i*>(totals);
    _mm_storeu_si128(to, _mm_add_epi32(_mm_loadu_si128(to), four));
  }
  static void StoreWords(Register sum, float* out) {
    const __m256i low = _mm256_permutevar8x32_epi32(sum, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    _mm_storeu_ps(out, _mm_cvtepi32_ps(_mm256_castsi256_si128(low)));
  }
  static std::uint64_t Count(std::uint64_t word) {
    return static_cast<std::uint64_t>(_mm_popcnt_u64(word));
  }
};

}  // namespace
}  // namespace vec::simd::internal

#define VECTOR_SIMD_TABLE kAvx2BitKernels
#include "bits.inc"
#endif
