// Pages of codes: what a search of a quantised list reads.
//
//   24       CodeBlock[0] CodeBlock[1] ...   each BlockBytes(meta) long, up to `lower`
//            hole
//   special  Trailer (kind kCodes)
//
// A block holds 32 lanes, one row each:
//
//   0        u32 live      bit t: lane t holds a row
//   4        u32 reserved
//   8        f32 add[32], f32 rescale[32]     factors of the estimate (quantize/rabitq.hpp)
//   264      u16 error[32]                    upper half of a float32, rounded up
//   328      HeapTid tid[32]
//   520      u32 row_block[32]                row page of the exact vector; kNoBlock where
//                                             the lane never held a row
//   648      u16 row_slot[32]                 and its place there
//   712      FastScan codes, 4 bytes a rotated dimension (quantize/fastscan.hpp)
//
// A lane whose row died keeps its place: the next row of the lane is stored there.
#pragma once

#include <bit>
#include <cstring>

#include "vector/ivf/layout.hpp"
#include "vector/quantize/fastscan.hpp"
#include "vector/quantize/rabitq.hpp"
#include "vector/quantize/rotation.hpp"

namespace vec::ivf {

// Where an exact vector lies.
struct RowRef {
  BlockId block;
  std::uint16_t slot;
};

struct CodeBlock {
  std::uint32_t live;
  std::uint32_t reserved;
  float add[quantize::kLanes];
  float rescale[quantize::kLanes];
  std::uint16_t error[quantize::kLanes];
  HeapTid tid[quantize::kLanes];
  BlockId row_block[quantize::kLanes];
  std::uint16_t row_slot[quantize::kLanes];

  std::uint8_t* codes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
  const std::uint8_t* codes() const { return reinterpret_cast<const std::uint8_t*>(this + 1); }

  RowRef row(std::size_t lane) const { return {row_block[lane], row_slot[lane]}; }
  bool IsFull() const { return live == 0xFFFFFFFF; }
  std::size_t FreeLane() const { return static_cast<std::size_t>(std::countr_one(live)); }
};
static_assert(sizeof(CodeBlock) == 712 && alignof(CodeBlock) == 4);

inline std::size_t CodeBytes(const Meta& meta) {
  return quantize::BlockBytes(quantize::RotatedDims(meta.dims));
}
inline std::size_t BlockBytes(const Meta& meta) { return sizeof(CodeBlock) + CodeBytes(meta); }
inline std::size_t BlocksPerPage(const Meta& meta) {
  return (kPageBytes - sizeof(PageHeader) - sizeof(Trailer)) / BlockBytes(meta);
}
static_assert(sizeof(CodeBlock) + quantize::BlockBytes(quantize::RotatedDims(kMaxCodeDims)) <=
              kPageBytes - sizeof(PageHeader) - sizeof(Trailer));

// The error factor in 16 bits, never smaller than it was.
inline std::uint16_t PackError(float error) {
  const auto bits = std::bit_cast<std::uint32_t>(error);
  const std::uint32_t upper = bits >> 16;
  const bool is_exact = (bits & 0xFFFF) == 0;
  return static_cast<std::uint16_t>(is_exact || upper == 0x7F80 ? upper : upper + 1);
}
inline float UnpackError(std::uint16_t error) {
  return std::bit_cast<float>(std::uint32_t{error} << 16);
}

// A checked view of a code page.
class CodePage {
 public:
  // Throws Error(kCorrupted) unless it is a code page of that list.
  CodePage(const Meta& meta, const std::byte* page, BlockId block, std::uint32_t list);

  std::size_t count() const { return count_; }
  const CodeBlock& block(std::size_t i) const {
    return *reinterpret_cast<const CodeBlock*>(page_ + sizeof(PageHeader) + i * block_bytes_);
  }
  std::span<const std::uint8_t> codes(std::size_t i) const {
    return {block(i).codes(), block_bytes_ - sizeof(CodeBlock)};
  }

 private:
  const std::byte* page_;
  std::size_t block_bytes_;
  std::size_t count_;
};

// The changing twin, over an image of a record.
class MutableCodePage {
 public:
  MutableCodePage(const Meta& meta, std::byte* page, BlockId block, std::uint32_t list);

  std::size_t count() const { return count_; }
  CodeBlock& block(std::size_t i) {
    return *reinterpret_cast<CodeBlock*>(page_ + sizeof(PageHeader) + i * block_bytes_);
  }
  std::span<std::uint8_t> codes(std::size_t i) {
    return {block(i).codes(), block_bytes_ - sizeof(CodeBlock)};
  }
  bool HasRoomForBlock() const { return count_ < blocks_per_page_; }

  // An empty block at the end. REQUIRES: HasRoomForBlock().
  std::size_t AddBlock();

 private:
  std::byte* page_;
  std::size_t block_bytes_;
  std::size_t blocks_per_page_;
  std::size_t count_;
};

// One row as its lane stores it, before it has a place.
struct EncodedRow {
  quantize::CodeFactors factors;
  std::span<const std::uint8_t> code;
};

// Fills a lane and makes it live.
void StoreLane(MutableCodePage& page, std::size_t block, std::size_t lane, const EncodedRow& row,
               HeapTid tid, RowRef ref);

}  // namespace vec::ivf
