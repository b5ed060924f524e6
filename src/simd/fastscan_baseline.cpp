// FastScan for every machine of the architecture: a table lookup of 16 bytes on
// ARM64; one lookup at a time elsewhere, for SSE2 has no byte shuffle.
#include "quantize_tables.hpp"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace vec::simd::internal {

#if defined(__aarch64__)

namespace {

// Sums in 16 bits for the 16 lanes of one half of the nibbles. `odd` holds those of
// lanes 8..15. `bytes` adds both bytes of a word without parting them, which is the
// sum of lanes 0..7 after 256 * odd is taken away, modulo 2^16.
struct NibbleSums {
  uint16x8_t bytes = vdupq_n_u16(0);
  uint16x8_t odd = vdupq_n_u16(0);

  [[gnu::always_inline]] void Add(uint8x16_t table, uint8x16_t nibbles) {
    const uint16x8_t entries = vreinterpretq_u16_u8(vqtbl1q_u8(table, nibbles));
    bytes = vaddq_u16(bytes, entries);
    odd = vsraq_n_u16(odd, entries, 8);
  }

  [[gnu::always_inline]] void AddTo(std::uint32_t* sums) const {
    Widen(vsubq_u16(bytes, vshlq_n_u16(odd, 8)), sums);
    Widen(odd, sums + 8);
  }

  [[gnu::always_inline]] static void Widen(uint16x8_t lanes, std::uint32_t* sums) {
    vst1q_u32(sums, vaddw_u16(vld1q_u32(sums), vget_low_u16(lanes)));
    vst1q_u32(sums + 4, vaddw_high_u16(vld1q_u32(sums + 4), lanes));
  }
};

}  // namespace

void FastScanBaseline(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                      std::uint32_t* sums) {
  for (std::size_t lane = 0; lane < kFastScanLanes; ++lane) sums[lane] = 0;
  while (groups > 0) {
    const std::size_t stretch = groups < kFastScanStretch ? groups : kFastScanStretch;
    groups -= stretch;
    NibbleSums low;
    NibbleSums high;
    for (std::size_t g = 0; g < stretch; ++g, block += 16, table += 16) {
      const uint8x16_t codes = vld1q_u8(block);
      const uint8x16_t entries = vld1q_u8(table);
      low.Add(entries, vandq_u8(codes, vdupq_n_u8(0x0F)));
      high.Add(entries, vshrq_n_u8(codes, 4));
    }
    low.AddTo(sums);
    high.AddTo(sums + 16);
  }
}

#else

// A pair of lanes at a time, so that their sums stay in registers.
void FastScanBaseline(const std::uint8_t* block, const std::uint8_t* table, std::size_t groups,
                      std::uint32_t* sums) {
  for (std::size_t byte = 0; byte < 16; ++byte) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    for (std::size_t g = 0; g < groups; ++g) {
      const std::uint8_t codes = block[16 * g + byte];
      low += table[16 * g + (codes & 0x0F)];
      high += table[16 * g + (codes >> 4)];
    }
    const std::size_t lane = byte / 2 + 8 * (byte % 2);
    sums[lane] = low;
    sums[lane + 16] = high;
  }
}

#endif

}  // namespace vec::simd::internal
