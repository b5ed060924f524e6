// FastScan with AVX2: two groups a step.
#if defined(__x86_64__)

#include <immintrin.h>

#include "quantize_tables.hpp"

namespace vec::simd::internal {
namespace {

// Sums in 16 bits for the 16 lanes of one half of the nibbles. `odd` holds those of
// lanes 8..15. `bytes` adds both bytes of a word without parting them, which is the
// sum of lanes 0..7 after 256 * odd is taken away, modulo 2^16.
struct NibbleSums {
  __m256i bytes = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();

  [[gnu::always_inline]] void Add(__m256i table, __m256i nibbles) {
    const __m256i entries = _mm256_shuffle_epi8(table, nibbles);
    bytes = _mm256_add_epi16(bytes, entries);
    odd = _mm256_add_epi16(odd, _mm256_srli_epi16(entries, 8));
  }

  [[gnu::always_inline]] void AddTo(__m256i* lower, __m256i* upper) const {
    *lower = _mm256_add_epi32(*lower, Fold(_mm256_sub_epi16(bytes, _mm256_slli_epi16(odd, 8))));
    *upper = _mm256_add_epi32(*upper, Fold(odd));
  }

  // The same 8 lanes of two groups, added and widened to 32 bits.
  [[gnu::always_inline]] static __m256i Fold(__m256i sums) {
    return _mm256_cvtepu16_epi32(
        _mm_add_epi16(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
  }
};

[[gnu::always_inline]] inline __m256i LoadTwo(const std::uint8_t* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

// One group, and one whose table is all zero.
[[gnu::always_inline]] inline __m256i LoadOne(const std::uint8_t* bytes) {
  return _mm256_zextsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

}  // namespace

void FastScanAvx2(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                  std::uint32_t* sums) {
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  __m256i total[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
  while (groups > 0) {
    const std::size_t stretch = groups < kFastScanStretch ? groups : kFastScanStretch;
    groups -= stretch;
    NibbleSums low;
    NibbleSums high;
    const auto add = [&](__m256i codes, __m256i entries) {
      low.Add(entries, _mm256_and_si256(codes, nibble));
      high.Add(entries, _mm256_and_si256(_mm256_srli_epi16(codes, 4), nibble));
    };
    for (std::size_t g = 0; g < stretch / 2; ++g, block += 32, table += 32) {
      add(LoadTwo(block), LoadTwo(table));
    }
    if (stretch % 2 != 0) add(LoadOne(block), LoadOne(table));  // only ever at the very end
    low.AddTo(&total[0], &total[1]);
    high.AddTo(&total[2], &total[3]);
  }
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8 * i), total[i]);
  }
}

}  // namespace vec::simd::internal

#endif
