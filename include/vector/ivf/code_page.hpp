// Pages of codes: what a search of a quantised list reads.
//
// A lane is the place of one row. A lane whose row died keeps its place, and that of
// its exact vector: the next row of the lane is stored there. Where vacuum has given back
// the row page, and where vectors stay in the heap, row_block is kNoBlock and row_slot 0.
//
// Up to kMaxBlockDims dimensions, blocks of 32 lanes:
//
//   24       CodeBlock[0] CodeBlock[1] ...   each BlockBytes(meta) long, up to `lower`
//            hole
//   special  Trailer (kind kCodes)
//
// A block:
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
// Above that a page is a RowPage<CodeRowHead> whose rows are codes, one bit a rotated
// dimension (quantize/rabitq.hpp).
#pragma once

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "vector/ivf/layout.hpp"
#include "vector/quantize/fastscan.hpp"
#include "vector/quantize/rabitq.hpp"
#include "vector/quantize/rotation.hpp"

namespace vec::ivf {

// The most dimensions whose block of 32 codes fits a page.
inline constexpr std::uint32_t kMaxBlockDims = 1792;

inline bool HasCodeBlocks(const Meta& meta) { return meta.dims <= kMaxBlockDims; }

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

struct CodeRowHead {
  HeapTid tid;  // offset 0: the lane is free
  std::uint16_t row_slot;
  BlockId row_block;
  float add;
  float rescale;
  float error;
};
static_assert(sizeof(CodeRowHead) == 24 && alignof(CodeRowHead) == 4);

// One bit a rotated dimension.
inline std::size_t CodeBytes(const Meta& meta) { return quantize::RotatedDims(meta.dims) / 8; }

inline std::size_t BlockBytes(const Meta& meta) {
  return sizeof(CodeBlock) + quantize::BlockBytes(quantize::RotatedDims(meta.dims));
}
inline std::size_t BlocksPerPage(const Meta& meta) {
  return (kPageBytes - sizeof(PageHeader) - sizeof(Trailer)) / BlockBytes(meta);
}
// The heap TID of a centroid's code: only a live lane has one.
inline constexpr HeapTid kCentroidTid = {0, 0, 1};

inline std::size_t LanesPerPage(const Meta& meta) {
  return HasCodeBlocks(meta) ? BlocksPerPage(meta) * quantize::kLanes
                             : RowsPerPage<CodeRowHead>(CodeBytes(meta), sizeof(Trailer));
}

// The pages of codes of centroids.
inline BlockId CentroidCodesEnd(const Meta& meta) {
  const std::size_t lanes = LanesPerPage(meta);
  return meta.centroid_codes + static_cast<BlockId>((meta.lists + lanes - 1) / lanes);
}

// How many lists are compared exactly where codes choose: estimates miss by a few ranks, fewer
// where they are of more dimensions, and these make up for it.
inline std::size_t ShortList(const Meta& meta, std::size_t wanted) {
  const double more = 9.0 * static_cast<double>(wanted + 24) / std::sqrt(meta.dims);
  return wanted + static_cast<std::size_t>(more);
}

// Whether codes tell that many lists from the rest at less than reading all centroids.
inline bool HasCentroidCodesFor(const Meta& meta, std::size_t wanted) {
  return meta.centroid_codes != 0 && 2 * ShortList(meta, wanted) <= meta.lists;
}
static_assert(sizeof(CodeBlock) + quantize::BlockBytes(quantize::RotatedDims(kMaxBlockDims)) <=
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

  // Whether the layout of a page of kind kCodes is one of codes.
  static bool HasLayout(const Meta& meta, const std::byte* page);

  std::size_t lanes() const { return lanes_; }
  bool HasRoom() const { return lanes_ < lanes_per_page_ || FreeLane() < lanes_; }

  // The first lane without a row, or lanes().
  std::size_t FreeLane() const;

  // Calls f(lane) for every lane with a row, in order.
  template <typename F>
  void ForEachLive(F&& f) const {
    for (std::size_t i = 0; i < blocks(); ++i) {
      for (std::uint32_t live = block(i).live; live != 0; live &= live - 1) {
        f(i * quantize::kLanes + static_cast<std::size_t>(std::countr_zero(live)));
      }
    }
    for (std::size_t lane = 0; !has_blocks_ && lane < lanes_; ++lane) {
      if (code_row(lane).tid.offset != 0) f(lane);
    }
  }

  bool IsLive(std::size_t lane) const {
    return has_blocks_ ? (block(lane / quantize::kLanes).live >> (lane % quantize::kLanes) & 1) != 0
                       : code_row(lane).tid.offset != 0;
  }
  HeapTid tid(std::size_t lane) const {
    return has_blocks_ ? block(lane / quantize::kLanes).tid[lane % quantize::kLanes]
                       : code_row(lane).tid;
  }
  RowRef row(std::size_t lane) const {
    if (has_blocks_) return block(lane / quantize::kLanes).row(lane % quantize::kLanes);
    return {code_row(lane).row_block, code_row(lane).row_slot};
  }
  // Copies a code, CodeBytes() long.
  void CopyCode(std::size_t lane, std::span<std::uint8_t> out) const;

  // Pages of blocks.
  std::size_t blocks() const { return has_blocks_ ? lanes_ / quantize::kLanes : 0; }
  const CodeBlock& block(std::size_t i) const {
    return *reinterpret_cast<const CodeBlock*>(page_ + sizeof(PageHeader) + i * lane_bytes_);
  }
  std::span<const std::uint8_t> codes(std::size_t i) const {
    return {block(i).codes(), lane_bytes_ - sizeof(CodeBlock)};
  }

  // Pages of code rows.
  const CodeRowHead& code_row(std::size_t lane) const {
    return reinterpret_cast<const CodeRowHead*>(page_ + sizeof(PageHeader))[lane];
  }
  std::span<const std::uint8_t> code(std::size_t lane) const {
    const std::byte* row = page_ + HeaderOf(page_).special - (lane + 1) * lane_bytes_;
    return {reinterpret_cast<const std::uint8_t*>(row), lane_bytes_};
  }

 private:
  const std::byte* page_;
  bool has_blocks_;
  std::size_t lane_bytes_;  // of a block, or of the code of a row
  std::size_t lanes_per_page_;
  std::size_t lanes_;
};

// One row as its lane stores it, before it has a place, and its second code, which is empty
// where there is none.
struct EncodedRow {
  quantize::CodeFactors factors;
  std::span<const std::uint8_t> code;
  quantize::GridFactors second_factors;
  std::span<const std::uint8_t> second_code;
};

// The changing twin, over an image of a record.
class MutableCodePage {
 public:
  MutableCodePage(const Meta& meta, std::byte* page, BlockId block, std::uint32_t list)
      : meta_(meta), page_(page), block_(block), list_(list) {
    (void)View();
  }

  // The image as it is now.
  CodePage View() const { return {meta_, page_, block_, list_}; }

  // A lane without a row: a free one, or a new one where the page has room for it.
  std::optional<std::size_t> TakeLane();

  // Fills a lane and makes it live.
  void Store(std::size_t lane, const EncodedRow& row, HeapTid tid, RowRef ref);

  // Frees a lane.
  void Kill(std::size_t lane);

  // Takes the place of the exact vector from a lane.
  void ForgetRow(std::size_t lane);

 private:
  CodeBlock& block(std::size_t i) {
    return *reinterpret_cast<CodeBlock*>(page_ + sizeof(PageHeader) + i * BlockBytes(meta_));
  }
  CodeRowHead& code_row(std::size_t lane) {
    return reinterpret_cast<CodeRowHead*>(page_ + sizeof(PageHeader))[lane];
  }
  void AddBlock(std::size_t i);
  void AddCodeRow();

  const Meta& meta_;
  std::byte* page_;
  BlockId block_;
  std::uint32_t list_;
};

}  // namespace vec::ivf
