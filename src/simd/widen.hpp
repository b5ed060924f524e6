// A register of float32 from as many binary16 in memory, for the instruction set
// that the file is compiled for. Exact for every bit pattern.
#pragma once

#include "batch.hpp"
#include "vector/base/half.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace vec::simd::internal {
namespace {

#if defined(__AVX512F__)

VECTOR_KERNEL_INLINE __m512 LoadWidened(const Half* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

#elif defined(__AVX2__)

VECTOR_KERNEL_INLINE __m256 LoadWidened(const Half* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

#elif defined(__x86_64__)

// ToFloat() of base/half.hpp, with all three cases computed and one kept.
VECTOR_KERNEL_INLINE __m128 LoadWidened(const Half* p) {
  using namespace vec::internal;
  const auto all = [](std::uint32_t value) { return _mm_set1_epi32(static_cast<int>(value)); };
  const __m128i halves =
      _mm_unpacklo_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)), _mm_setzero_si128());
  const __m128i sign = _mm_slli_epi32(_mm_and_si128(halves, all(0x8000)), 16);
  const __m128i magnitude = _mm_slli_epi32(_mm_and_si128(halves, all(0x7FFF)), 13);

  const __m128i normal = _mm_add_epi32(magnitude, all(kHalfExponentShift));
  const __m128i least = all(kLeastNormalHalf);
  const __m128i subnormal = _mm_castps_si128(
      _mm_sub_ps(_mm_castsi128_ps(_mm_add_epi32(magnitude, least)), _mm_castsi128_ps(least)));
  const __m128i is_subnormal = _mm_cmplt_epi32(magnitude, all(0x0400u << 13));
  const __m128i is_special = _mm_cmpgt_epi32(magnitude, all((0x7C00u << 13) - 1));

  const __m128i finite =
      _mm_or_si128(_mm_and_si128(is_subnormal, subnormal), _mm_andnot_si128(is_subnormal, normal));
  const __m128i bits = _mm_or_si128(finite, _mm_and_si128(is_special, all(kInfinity)));
  return _mm_castsi128_ps(_mm_or_si128(bits, sign));
}

#elif defined(__aarch64__)

VECTOR_KERNEL_INLINE float32x4_t LoadWidened(const Half* p) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(&p->bits)));
}

#endif

}  // namespace
}  // namespace vec::simd::internal
