#include <cstddef>
#include <cstdint>

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace vec::simd::internal {
namespace {

#if defined(__aarch64__)

struct Lanes {
  using Register = uint64x2_t;
  static constexpr std::size_t kBytes = 16;

  static Register Load(const std::uint8_t* p) { return vreinterpretq_u64_u8(vld1q_u8(p)); }
  static Register Add(Register sum, Register x) {
    const uint8x16_t counts = vcntq_u8(vreinterpretq_u8_u64(x));
    return vpadalq_u32(sum, vpaddlq_u16(vpaddlq_u8(counts)));
  }
  static std::uint64_t Total(Register sum) { return vaddvq_u64(sum); }
  static void Totals(const Register (&sums)[4], std::uint32_t (&totals)[4]) {
    for (int i = 0; i < 4; ++i) totals[i] += static_cast<std::uint32_t>(Total(sums[i]));
  }
  static std::uint64_t Count(std::uint64_t word) { return vaddv_u8(vcnt_u8(vcreate_u8(word))); }
};

#else

// Sums of neighbouring bits, pairs, fours (Warren, "Hacker's Delight", 5-1).
struct Lanes {
  using Register = std::uint64_t;
  static constexpr std::size_t kBytes = 8;

  static Register Load(const std::uint8_t* p) {
    Register x;
    __builtin_memcpy(&x, p, sizeof x);
    return x;
  }
  static Register Add(Register sum, Register x) {
    x -= (x >> 1) & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return sum + ((x * 0x0101010101010101u) >> 56);
  }
  static std::uint64_t Total(Register sum) { return sum; }
  static void Totals(const Register (&sums)[4], std::uint32_t (&totals)[4]) {
    for (int i = 0; i < 4; ++i) totals[i] += static_cast<std::uint32_t>(Total(sums[i]));
  }
  static std::uint64_t Count(std::uint64_t word) { return Add(0, word); }
};

#endif

}  // namespace
}  // namespace vec::simd::internal

#define VECTOR_SIMD_TABLE kBaselineBitKernels
#include "bits.inc"
