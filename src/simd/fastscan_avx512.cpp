// FastScan with AVX-512BW: four groups a step.
#if defined(__x86_64__)

// GCC 12 takes the deliberately undefined registers of its own header for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include "quantize_tables.hpp"

namespace vec::simd::internal {
namespace {

// Sums in 16 bits for the 16 lanes of one half of the nibbles. `odd` holds those of
// lanes 8..15. `bytes` adds both bytes of a word without parting them, which is the
// sum of lanes 0..7 after 256 * odd is taken away, modulo 2^16.
struct NibbleSums {
  __m512i bytes = _mm512_setzero_si512();
  __m512i odd = _mm512_setzero_si512();

  [[gnu::always_inline]] void Add(__m512i table, __m512i nibbles) {
    const __m512i entries = _mm512_shuffle_epi8(table, nibbles);
    bytes = _mm512_add_epi16(bytes, entries);
    odd = _mm512_add_epi16(odd, _mm512_srli_epi16(entries, 8));
  }

  [[gnu::always_inline]] void AddTo(__m256i* lower, __m256i* upper) const {
    *lower = _mm256_add_epi32(*lower, Fold(_mm512_sub_epi16(bytes, _mm512_slli_epi16(odd, 8))));
    *upper = _mm256_add_epi32(*upper, Fold(odd));
  }

  // The same 8 lanes of four groups, added and widened to 32 bits.
  [[gnu::always_inline]] static __m256i Fold(__m512i sums) {
    const __m256i half =
        _mm256_add_epi16(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
    return _mm256_cvtepu16_epi32(
        _mm_add_epi16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
  }
};

}  // namespace

void FastScanAvx512(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                    std::uint32_t* sums) {
  const __m512i nibble = _mm512_set1_epi8(0x0F);
  __m256i total[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
  while (groups > 0) {
    const std::size_t stretch = groups < kFastScanStretch ? groups : kFastScanStretch;
    groups -= stretch;
    NibbleSums low;
    NibbleSums high;
    const auto add = [&](__m512i codes, __m512i entries) {
      low.Add(entries, _mm512_and_si512(codes, nibble));
      high.Add(entries, _mm512_and_si512(_mm512_srli_epi16(codes, 4), nibble));
    };
    for (std::size_t g = 0; g < stretch / 4; ++g, block += 64, table += 64) {
      add(_mm512_loadu_si512(block), _mm512_loadu_si512(table));
    }
    if (const std::size_t rest = stretch % 4; rest > 0) {  // only ever in the last stretch
      const auto words = static_cast<__mmask8>((1u << (2 * rest)) - 1);
      add(_mm512_maskz_loadu_epi64(words, block), _mm512_maskz_loadu_epi64(words, table));
    }
    low.AddTo(&total[0], &total[1]);
    high.AddTo(&total[2], &total[3]);
  }
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8 * i), total[i]);
  }
}

}  // namespace vec::simd::internal

#endif
