// What the quantiser's kernels do between the lanes of a register and with single
// bits, where xsimd has no name for it or another one in each version.
//
// Only for the per-instruction-set files: everything is forced inline, and only the
// functions of the widest register that the object may use are there.
#pragma once

#include <cstdint>

#include "batch.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// SwapLanes<h>(x):     lane i of the result is lane i ^ h of x.
// FlipSigns(x, bits):  the sign of lane i changes where bit i is set; bits beyond the
//                      register's width are ignored.
// NegativeBits(x):     bit i is the sign bit of lane i; other bits are 0.
// StoreBytes(x, out):  16 floats of 0..255, rounded to bytes.
// Truncate(x):         rounds towards 0; |x| < 2^31.
namespace vec::simd::internal {
namespace {

#if defined(__AVX512BW__)

template <int h>
VECTOR_KERNEL_INLINE __m512 SwapLanes(__m512 x) {
  static_assert(h == 1 || h == 2 || h == 4 || h == 8);
  if constexpr (h == 1) return _mm512_shuffle_ps(x, x, 0xB1);
  if constexpr (h == 2) return _mm512_shuffle_ps(x, x, 0x4E);
  if constexpr (h == 4) return _mm512_shuffle_f32x4(x, x, 0xB1);
  if constexpr (h == 8) return _mm512_shuffle_f32x4(x, x, 0x4E);
}

VECTOR_KERNEL_INLINE __m512 FlipSigns(__m512 x, std::uint32_t bits) {
  const __m512i value = _mm512_castps_si512(x);
  return _mm512_castsi512_ps(_mm512_mask_xor_epi32(value, static_cast<__mmask16>(bits), value,
                                                   _mm512_set1_epi32(INT32_MIN)));
}

VECTOR_KERNEL_INLINE std::uint32_t NegativeBits(__m512 x) {
  return _mm512_movepi32_mask(_mm512_castps_si512(x));
}

template <class Batch>
VECTOR_KERNEL_INLINE void StoreBytes(const Batch (&x)[1], std::uint8_t* out) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(x[0])));
}

VECTOR_KERNEL_INLINE __m512 Truncate(__m512 x) {
  return _mm512_cvtepi32_ps(_mm512_cvttps_epi32(x));
}

#elif defined(__AVX2__)

template <int h>
VECTOR_KERNEL_INLINE __m256 SwapLanes(__m256 x) {
  static_assert(h == 1 || h == 2 || h == 4);
  if constexpr (h == 1) return _mm256_permute_ps(x, 0xB1);
  if constexpr (h == 2) return _mm256_permute_ps(x, 0x4E);
  if constexpr (h == 4) return _mm256_permute2f128_ps(x, x, 0x01);
}

VECTOR_KERNEL_INLINE __m256 FlipSigns(__m256 x, std::uint32_t bits) {
  const __m256i to_sign = _mm256_setr_epi32(31, 30, 29, 28, 27, 26, 25, 24);
  const __m256i moved = _mm256_sllv_epi32(_mm256_set1_epi32(static_cast<int>(bits)), to_sign);
  return _mm256_xor_ps(x, _mm256_and_ps(_mm256_castsi256_ps(moved), _mm256_set1_ps(-0.0f)));
}

VECTOR_KERNEL_INLINE std::uint32_t NegativeBits(__m256 x) {
  return static_cast<std::uint32_t>(_mm256_movemask_ps(x));
}

template <class Batch>
VECTOR_KERNEL_INLINE void StoreBytes(const Batch (&x)[2], std::uint8_t* out) {
  // Packs within the halves: 0-3 8-11, 4-7 12-15.
  const __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(x[0]), _mm256_cvtps_epi32(x[1]));
  const __m256i ordered = _mm256_permute4x64_epi64(words, 0xD8);
  _mm_storeu_si128(
      reinterpret_cast<__m128i*>(out),
      _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1)));
}

VECTOR_KERNEL_INLINE __m256 Truncate(__m256 x) {
  return _mm256_cvtepi32_ps(_mm256_cvttps_epi32(x));
}

#elif defined(__x86_64__)

template <int h>
VECTOR_KERNEL_INLINE __m128 SwapLanes(__m128 x) {
  static_assert(h == 1 || h == 2);
  if constexpr (h == 1) return _mm_shuffle_ps(x, x, 0xB1);
  if constexpr (h == 2) return _mm_shuffle_ps(x, x, 0x4E);
}

VECTOR_KERNEL_INLINE __m128 FlipSigns(__m128 x, std::uint32_t bits) {
  const __m128i bit = _mm_setr_epi32(1, 2, 4, 8);
  const __m128i is_set =
      _mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32(static_cast<int>(bits)), bit), bit);
  return _mm_xor_ps(x, _mm_castsi128_ps(_mm_slli_epi32(is_set, 31)));
}

VECTOR_KERNEL_INLINE std::uint32_t NegativeBits(__m128 x) {
  return static_cast<std::uint32_t>(_mm_movemask_ps(x));
}

template <class Batch>
VECTOR_KERNEL_INLINE void StoreBytes(const Batch (&x)[4], std::uint8_t* out) {
  const __m128i lower = _mm_packs_epi32(_mm_cvtps_epi32(x[0]), _mm_cvtps_epi32(x[1]));
  const __m128i upper = _mm_packs_epi32(_mm_cvtps_epi32(x[2]), _mm_cvtps_epi32(x[3]));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(lower, upper));
}

VECTOR_KERNEL_INLINE __m128 Truncate(__m128 x) { return _mm_cvtepi32_ps(_mm_cvttps_epi32(x)); }

#elif defined(__aarch64__)

template <int h>
VECTOR_KERNEL_INLINE float32x4_t SwapLanes(float32x4_t x) {
  static_assert(h == 1 || h == 2);
  if constexpr (h == 1) return vrev64q_f32(x);
  if constexpr (h == 2) return vextq_f32(x, x, 2);
}

VECTOR_KERNEL_INLINE float32x4_t FlipSigns(float32x4_t x, std::uint32_t bits) {
  const uint32x4_t bit = {1, 2, 4, 8};
  const uint32x4_t sign = vshlq_n_u32(vtstq_u32(vdupq_n_u32(bits), bit), 31);
  return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(x), sign));
}

VECTOR_KERNEL_INLINE std::uint32_t NegativeBits(float32x4_t x) {
  const int32x4_t position = {0, 1, 2, 3};
  return vaddvq_u32(vshlq_u32(vshrq_n_u32(vreinterpretq_u32_f32(x), 31), position));
}

template <class Batch>
VECTOR_KERNEL_INLINE void StoreBytes(const Batch (&x)[4], std::uint8_t* out) {
  const auto words = [](float32x4_t a, float32x4_t b) {
    return vcombine_u16(vmovn_u32(vcvtnq_u32_f32(a)), vmovn_u32(vcvtnq_u32_f32(b)));
  };
  vst1q_u8(out, vcombine_u8(vmovn_u16(words(x[0], x[1])), vmovn_u16(words(x[2], x[3]))));
}

VECTOR_KERNEL_INLINE float32x4_t Truncate(float32x4_t x) { return vrndq_f32(x); }

#endif

}  // namespace
}  // namespace vec::simd::internal
