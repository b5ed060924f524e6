// Checking what lists hold: one walk along each chain, which hands out every row once.
//
// Pages are copied and then looked at. What a writer may have changed since is asked again, with
// the code page locked: its lanes keep their rows then.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/ivf/decoder.hpp"
#include "vector/ivf/directory.hpp"
#include "vector/ivf/encoder.hpp"
#include "vector/ivf/second_code.hpp"
#include "vector/quantize/verify.hpp"
#include "vector/storage/check_sink.hpp"
#include "vector/storage/file_extent.hpp"
#include "vector/storage/heap_vectors.hpp"

namespace vec::ivf {

// Compares a lane with the vector whose code it should have. nullptr: it does. `length` is
// that of the vectors whose difference is encoded.
inline const char* CodeFaultOf(const CodePage& page, std::size_t lane, double length,
                               std::span<const float> residual, const Encoder& encoder,
                               std::span<std::uint8_t> code) {
  page.CopyCode(lane, code);
  quantize::CodeFactors factors{};
  if (page.blocks() > 0) {
    const CodeBlock& block = page.block(lane / quantize::kLanes);
    const std::size_t t = lane % quantize::kLanes;
    factors = {block.add[t], block.rescale[t], UnpackError(block.error[t])};
  } else {
    const CodeRowHead& head = page.code_row(lane);
    factors = {head.add, head.rescale, head.error};
  }
  const quantize::CodeRounding rounding{.length = length, .relative = 0, .add = 0, .rescale = 0};
  return TextOf(quantize::VerifyCode(encoder.metric(), residual, encoder.rotated_centroid(), code,
                                     factors, rounding, true));
}

template <PageStore Store, CheckSink Sink>
class ListChecker {
 public:
  // `heap`: where vectors are that the index leaves to the table; nullptr: they are not compared.
  ListChecker(Store& store, Sink& sink, const Meta& meta, HeapVectors* heap,
              std::pmr::memory_resource* memory)
      : store_(store),
        sink_(sink),
        meta_(meta),
        heap_(heap),
        file_(store),
        decoder_(meta, memory),
        centroid_(memory),
        code_(CodeBytes(meta), memory),
        page_(kPageBytes, memory),
        row_(memory),
        visited_(memory) {
    if (meta.codec == Codec::kNone) return;
    encoder_.emplace(meta, memory);
    centroid_.resize(meta.dims);
  }

  // REQUIRES: the directory is sound.
  void Check(std::uint32_t list, const ListHead& head) {
    list_ = list;
    if (encoder_) {
      ReadCentroid(store_, meta_, list, std::span<float>(centroid_));
      encoder_->SetCentroid(centroid_);
      centroid_length_ = LengthOf(centroid_);
    }
    if (!Walk(head)) return;
    if (has_met_insert_block_ || ReadHead().insert_block != head.insert_block) return;
    ReportList("insert block outside of its list");
  }

  std::uint64_t rows() const { return rows_; }
  std::uint64_t pages() const { return pages_; }

 private:
  void Report(BlockId block, std::size_t item, const char* what) {
    sink_.Report({block, static_cast<std::uint32_t>(item), what, Severity::kError});
  }
  void ReportList(const char* what) {
    Report(DirectoryBlock(meta_, list_), DirectorySlot(meta_, list_), what);
  }

  ListHead ReadHead() {
    const BlockId block = DirectoryBlock(meta_, list_);
    const auto guard = store_.Read(block);
    return ViewDirectoryPage(meta_, guard.page(), block).heads()[DirectorySlot(meta_, list_)];
  }

  // Returns whether the chain could be followed to its end.
  bool Walk(const ListHead& head) {
    has_met_insert_block_ = head.insert_block == head.first_block;
    BlockId from = kNoBlock;
    for (BlockId block = head.first_block; block != kNoBlock;) {
      store_.CheckInterrupts();
      if (!file_.Contains(block)) {
        ReportLink(from);
        return false;
      }
      if (!Visit(block)) return false;
      has_met_insert_block_ |= block == head.insert_block;
      from = block;
      block = TrailerOf(page_.data()).next;
    }
    return true;
  }

  void ReportLink(BlockId from) {
    constexpr const char* kWhat = "link behind the end of the file";
    if (from == kNoBlock) {
      ReportList(kWhat);
    } else {
      Report(from, kNoItem, kWhat);
    }
  }

  // A page of the chain. Returns whether its link may be followed.
  bool Visit(BlockId block) {
    if (block >= visited_.size()) visited_.resize(file_.blocks(), 0);
    std::memcpy(page_.data(), store_.Read(block).page(), kPageBytes);
    const char* fault = nullptr;
    if (visited_[block]++ != 0) {
      fault = "page is linked twice";
    } else if (IsUnformatted(page_.data())) {
      fault = "link to a page that was never written";
    } else if (!IsIvfPage(page_.data())) {
      fault = "page of another format";
    } else if (TrailerOf(page_.data()).list != list_) {
      fault = "page of another list in the chain";
    }
    const PageKind kind = TrailerOf(page_.data()).kind;
    const PageKind expected = encoder_ ? PageKind::kCodes : PageKind::kRows;
    // A page may just have been taken out of the chain.
    if (fault == nullptr && kind != expected && kind != PageKind::kFree) {
      fault = "page of an unexpected kind in a chain";
    }
    if (fault != nullptr) {
      Report(block, kNoItem, fault);
      return false;
    }
    if (kind == PageKind::kFree) return true;
    ++pages_;
    CheckContents(block);
    return true;
  }

  void CheckContents(BlockId block) {
    const bool has_layout =
        encoder_ ? CodePage::HasLayout(meta_, page_.data())
                 : ListRows::HasLayout(page_.data(), StoredBytes(meta_), sizeof(Trailer));
    if (!has_layout) return Report(block, kNoItem, "invalid layout of the page");
    if (encoder_) {
      CheckCodes(CodePage(meta_, page_.data(), block, list_), block);
    } else {
      CheckRows(ListRows(page_.data(), StoredBytes(meta_), sizeof(Trailer)), block);
    }
  }

  // --- rows

  void CheckRows(const ListRows& page, BlockId block) {
    for (std::size_t i = 0; i < page.count(); ++i) {
      const HeapTid tid = page.heads()[i];
      const char* fault = IsTid(tid) ? FaultOf(page.row(i)) : "invalid heap TID";
      if (fault != nullptr) Report(block, i, fault);
      TakeRow(block, i, tid, {page.row(i), StoredBytes(meta_)});
    }
  }

  void TakeRow(BlockId block, std::size_t item, HeapTid tid, std::span<const std::byte> kept) {
    ++rows_;
    if (!IsTid(tid)) return;
    sink_.TakeRow({block, static_cast<std::uint32_t>(item), tid,
                   kept.empty() ? kept : kept.first(RowBytes(meta_)), false});
  }

  // Of a stored row.
  const char* FaultOf(const std::byte* row) {
    if (IsBits(meta_.type) || meta_.vectors == Vectors::kHeap) return nullptr;
    const std::span<const float> values = decoder_.Decode(row);
    if (!std::ranges::all_of(values, [](float x) { return std::isfinite(x); })) {
      return "row is not finite";
    }
    const bool is_unit = std::fabs(LengthOf(values) - 1) < 0.01;
    return meta_.metric == Metric::kCosine && !is_unit ? "row is not of unit length" : nullptr;
  }

  // --- codes

  void CheckCodes(const CodePage& page, BlockId block) {
    page.ForEachLive([&](std::size_t lane) {
      store_.CheckInterrupts();
      if (FaultOf(page, lane, block) != nullptr) {
        if (const char* sure = FaultNow(page, lane, block)) Report(block, lane, sure);
        row_.clear();
      }
      TakeRow(block, lane, page.tid(lane), row_);
    });
  }

  // Once more, unless the lane has changed since the page was copied.
  const char* FaultNow(const CodePage& copy, std::size_t lane, BlockId block) {
    const auto guard = store_.Read(block);
    const std::byte* bytes = guard.page();
    if (!IsPageOf(bytes, PageKind::kCodes) || TrailerOf(bytes).list != list_ ||
        !CodePage::HasLayout(meta_, bytes)) {
      return nullptr;
    }
    const CodePage page(meta_, bytes, block, list_);
    const bool is_same =
        lane < page.lanes() && page.IsLive(lane) && page.tid(lane) == copy.tid(lane) &&
        page.row(lane).block == copy.row(lane).block && page.row(lane).slot == copy.row(lane).slot;
    if (!is_same) return nullptr;
    // The heap is not read under the lock of a page: rows that it still has keep their TIDs.
    return meta_.vectors == Vectors::kHeap ? last_fault_ : FaultOf(page, lane, block);
  }

  // Of a live lane. Puts its row into row_, if the index has it.
  const char* FaultOf(const CodePage& page, std::size_t lane, BlockId block) {
    row_.clear();
    last_fault_ = IsTid(page.tid(lane)) ? RowFaultOf(page, lane, block) : "invalid heap TID";
    return last_fault_;
  }

  const char* RowFaultOf(const CodePage& page, std::size_t lane, BlockId block) {
    const RowRef ref = page.row(lane);
    if (meta_.vectors == Vectors::kHeap) {
      if (ref.block != kNoBlock || ref.slot != 0) return "place of a row that is in the table";
      if (heap_ == nullptr) return nullptr;
      const auto values = heap_->Read(page.tid(lane));
      return values ? LaneFaultOf(page, lane, *values) : nullptr;
    }
    if (ref.block == block || !file_.Contains(ref.block)) return "code without its row";
    {
      const auto guard = store_.Read(ref.block);
      if (!IsPageOf(guard.page(), PageKind::kRows) || TrailerOf(guard.page()).list != list_ ||
          !ListRows::HasLayout(guard.page(), StoredBytes(meta_), sizeof(Trailer))) {
        return "code without its row";
      }
      const ListRows rows(guard.page(), StoredBytes(meta_), sizeof(Trailer));
      if (ref.slot >= rows.count()) return "code without its row";
      if (rows.heads()[ref.slot] != page.tid(lane))
        return "row with another heap TID than its code";
      row_.assign(rows.row(ref.slot), rows.row(ref.slot) + StoredBytes(meta_));
    }
    if (const char* fault = FaultOf(row_.data())) return fault;
    return LaneFaultOf(page, lane, decoder_.Decode(row_.data()));
  }

  const char* LaneFaultOf(const CodePage& page, std::size_t lane, std::span<const float> values) {
    const double length = std::max(LengthOf(values), centroid_length_);
    const std::span<const float> residual = encoder_->ResidualOf(values);
    if (const char* fault = CodeFaultOf(page, lane, length, residual, *encoder_, code_))
      return fault;
    if (!HasSecondStage(meta_)) return nullptr;
    const SecondCode second = ReadSecondCode(meta_, row_.data());
    const auto fault =
        quantize::VerifyGridCode(encoder_->metric(), residual, encoder_->rotated_centroid(),
                                 second.code, second.factors, {.length = length});
    return fault == quantize::CodeFault::kNone ? nullptr : "second code of another row";
  }

  Store& store_;
  Sink& sink_;
  const Meta& meta_;
  HeapVectors* heap_;
  FileExtent<Store> file_;
  RowDecoder decoder_;
  std::optional<Encoder> encoder_;
  std::pmr::vector<float> centroid_;
  double centroid_length_ = 0;
  std::pmr::vector<std::uint8_t> code_;
  std::pmr::vector<std::byte> page_;         // a copy
  std::pmr::vector<std::byte> row_;          // of the lane looked at last
  std::pmr::vector<unsigned char> visited_;  // per block
  const char* last_fault_ = nullptr;
  std::uint32_t list_ = 0;
  bool has_met_insert_block_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t pages_ = 0;
};

}  // namespace vec::ivf
