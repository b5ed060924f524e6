// Checking the structure of an index: used by tests after everything that writes.
//
// Holds for every valid index, also beside writers: each list's chain begins at
// its first_block, visits pages of that list only, none of them free, ends, and meets
// insert_block; no page is in two chains; every row is finite; every live code refers to
// a row with its heap TID and is the code of that row, as is its second code, where there is
// one; every lane owns a slot of its own
// or none; every other page is a row page that some lane owns a slot of, free, part of the
// directory, or was never written. Beside writers only lost_pages may be too high. Throws
// Error(kCorrupted) at the first violation.
#pragma once

#include <cmath>
#include <cstdlib>
#include <memory_resource>
#include <optional>
#include <unordered_set>
#include <vector>

#include "vector/ivf/decoder.hpp"
#include "vector/ivf/directory.hpp"
#include "vector/ivf/encoder.hpp"
#include "vector/ivf/free_page.hpp"
#include "vector/ivf/row_slots.hpp"
#include "vector/ivf/second_code.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct CheckCounts {
  std::uint64_t rows = 0;
  std::uint64_t list_pages = 0;
  std::uint64_t free_pages = 0;
  std::uint64_t lost_pages = 0;  // in no chain, and no lane owns a slot: never used again
};

template <PageStore Store>
class Checker {
 public:
  Checker(Store& store, std::pmr::memory_resource* memory)
      : store_(store), memory_(memory), heads_(memory), seen_(memory), slots_(memory) {}

  CheckCounts Run() {
    meta_ = ReadMeta(store_.Read(kMetaBlock).page());
    decoder_.emplace(meta_, memory_);
    ReadDirectory();
    seen_.resize(store_.BlockCount(), 0);
    for (std::uint32_t list = 0; list < meta_.lists; ++list) CheckList(list);
    if (meta_.centroid_codes != 0) CheckCentroidCodes();
    for (BlockId block = kMetaBlock + 1; block < seen_.size(); ++block) CheckUnlinked(block);
    return counts_;
  }

 private:
  void ReadDirectory() {
    const std::uint64_t pages = std::uint64_t{meta_.slices} * DirectoryBlocks(meta_);
    if (meta_.directory_block + pages > store_.BlockCount()) {
      ThrowCorrupted("Directory behind the end", meta_.directory_block);
    }
    ScanDirectory(store_, meta_, [&](std::uint32_t slice, std::uint32_t, const auto& page) {
      if (slice > 0) return;
      heads_.insert(heads_.end(), page.heads().begin(), page.heads().end());
    });
  }

  void CheckList(std::uint32_t list) {
    const ListHead& head = heads_[list];
    std::optional<Encoder> encoder;
    if (meta_.codec != Codec::kNone) {
      encoder.emplace(meta_, memory_);
      std::pmr::vector<float> centroid(meta_.dims, memory_);
      ReadCentroid(store_, meta_, list, std::span<float>(centroid));
      encoder->SetCentroid(centroid);
    }
    bool met_insert_block = head.insert_block == head.first_block;
    for (BlockId block = head.first_block; block != kNoBlock;) {
      store_.CheckInterrupts();
      if (block >= store_.BlockCount()) ThrowCorrupted("Chain leaves the file", block);
      if (block < seen_.size() && seen_[block]++ != 0) ThrowCorrupted("Page linked twice", block);
      met_insert_block |= block == head.insert_block;
      const auto guard = store_.Read(block);
      ++counts_.list_pages;
      if (encoder) {
        CheckCodes(CodePage(meta_, guard.page(), block, list), list, block, *encoder);
      } else {
        CheckRows(ViewRows(meta_, guard.page(), block, list), block);
      }
      block = TrailerOf(guard.page()).next;
    }
    if (!met_insert_block) ThrowCorrupted("Insert block outside of its list", head.insert_block);
  }

  void CheckCodes(const CodePage& page, std::uint32_t list, BlockId block, Encoder& encoder) {
    for (std::size_t lane = 0; lane < page.lanes(); ++lane) CheckSlot(page, lane, list, block);
    page.ForEachLive([&](std::size_t lane) {
      ++counts_.rows;
      if (page.tid(lane).offset == 0) ThrowCorrupted("Invalid heap TID", block);
      if (meta_.vectors == Vectors::kIndex) CheckCode(page, lane, list, block, encoder);
    });
  }

  // Live or not, a lane owns its slot.
  void CheckSlot(const CodePage& page, std::size_t lane, std::uint32_t list, BlockId block) {
    const RowRef ref = page.row(lane);
    if (ref.block == kNoBlock) return;
    if (ref.block >= store_.BlockCount()) ThrowCorrupted("Code without its row", block);
    const auto guard = store_.Read(ref.block);
    const ListRows rows = ViewRows(meta_, guard.page(), ref.block, list);
    if (ref.slot >= rows.count()) ThrowCorrupted("Code without its row", block);
    if (!HasOwner(rows.heads()[ref.slot])) ThrowCorrupted("Row without its code", ref.block);
    if (!slots_.insert(std::uint64_t{ref.block} << 16 | ref.slot).second) {
      ThrowCorrupted("Row of two codes", ref.block);
    }
    if (ref.block < seen_.size()) seen_[ref.block] = 1;
  }

  // What neither a chain nor a lane has led to.
  void CheckUnlinked(BlockId block) {
    store_.CheckInterrupts();
    const auto guard = store_.Read(block);
    if (IsUnformatted(guard.page())) return;
    const bool is_used = seen_[block] != 0;
    switch (TrailerOf(guard.page()).kind) {
      case PageKind::kFree:
        CheckPage(guard.page(), PageKind::kFree, block);
        if (is_used) ThrowCorrupted("Free page in use", block);
        ++counts_.free_pages;
        break;
      case PageKind::kDirectory:
        if (block < meta_.directory_block || block >= DirectoryEnd(meta_)) {
          ThrowCorrupted("Directory page outside of the directory", block);
        }
        break;
      case PageKind::kRows:
      case PageKind::kCodes:
        if (!is_used && TrailerOf(guard.page()).list != kCentroids) ++counts_.lost_pages;
        break;
      default:
        ThrowCorrupted("Page of an unexpected kind", block);
    }
  }

  void CheckCode(const CodePage& page, std::size_t lane, std::uint32_t list, BlockId block,
                 Encoder& encoder) {
    const RowRef ref = page.row(lane);
    if (ref.block >= store_.BlockCount()) ThrowCorrupted("Code without its row", block);
    const auto guard = store_.Read(ref.block);
    const ListRows rows = ViewRows(meta_, guard.page(), ref.block, list);
    if (ref.slot >= rows.count()) ThrowCorrupted("Code without its row", block);
    if (rows.heads()[ref.slot] != page.tid(lane)) ThrowCorrupted("Row of another code", block);
    const EncodedRow encoded = encoder.Encode(decoder_->Decode(rows.row(ref.slot)));
    CheckBits(page, lane, encoded, block);
    if (HasSecondStage(meta_)) CheckSecondCode(rows.row(ref.slot), encoded, ref.block);
  }

  // Levels of SIMD round differently, and may choose another width of the grid: that
  // changes a level of the code by less than one on average. Codes of rows that have
  // nothing in common differ by three.
  void CheckSecondCode(const std::byte* row, const EncodedRow& encoded, BlockId block) {
    const SecondCode stored = ReadSecondCode(meta_, row);
    const auto is_known = [](const quantize::GridFactors& of) {
      return std::isfinite(of.code.error);
    };
    if (!is_known(stored.factors) || !is_known(encoded.second_factors)) return;
    std::size_t different = 0;
    for (std::size_t b = 0; b < stored.code.size(); ++b) {
      const auto part = [&](unsigned shift) {
        return std::abs((stored.code[b] >> shift & 15) - (encoded.second_code[b] >> shift & 15));
      };
      different += static_cast<std::size_t>(part(0) + part(4));
    }
    if (different > 2 * stored.code.size()) ThrowCorrupted("Second code of another row", block);
  }

  void CheckCentroidCodes() {
    std::pmr::vector<float> centroid(meta_.dims, memory_);
    Encoder encoder(meta_, memory_);
    ReadCentroid(store_, meta_, meta_.center, std::span<float>(centroid));
    encoder.SetCentroid(centroid);
    const std::size_t lanes = LanesPerPage(meta_);
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      store_.CheckInterrupts();
      const std::uint64_t at = std::uint64_t{meta_.centroid_codes} + list / lanes;
      const auto block = static_cast<BlockId>(at);
      if (at >= store_.BlockCount()) ThrowCorrupted("Codes behind the end", block);
      ReadCentroid(store_, meta_, list, std::span<float>(centroid));
      const auto guard = store_.Read(block);
      const CodePage page(meta_, guard.page(), block, kCentroids);
      if (list % lanes >= page.lanes()) ThrowCorrupted("Codes of centroids are missing", block);
      CheckBits(page, list % lanes, encoder.Encode(centroid), block);
    }
  }

  void CheckBits(const CodePage& page, std::size_t lane, const EncodedRow& encoded, BlockId block) {
    std::pmr::vector<std::uint8_t> stored(encoded.code.size(), memory_);
    page.CopyCode(lane, stored);
    std::size_t different = 0;
    for (std::size_t b = 0; b < stored.size(); ++b) {
      different += static_cast<std::size_t>(
          std::popcount(static_cast<unsigned>(stored[b] ^ encoded.code[b])));
    }
    // Levels of SIMD round differently: a coordinate near zero may change its sign.
    if (different > 1 + stored.size() / 16) ThrowCorrupted("Code of another row", block);
  }

  void CheckRows(const ListRows& page, BlockId block) {
    counts_.rows += page.count();
    for (std::size_t i = 0; i < page.count(); ++i) {
      if (page.heads()[i].offset == 0) ThrowCorrupted("Invalid heap TID", block);
      if (IsBits(meta_.type) || meta_.vectors == Vectors::kHeap) continue;
      for (const float value : decoder_->Decode(page.row(i))) {
        if (!std::isfinite(value)) ThrowCorrupted("Row is not finite", block);
      }
    }
  }

  Store& store_;
  std::pmr::memory_resource* memory_;
  Meta meta_{};
  std::optional<RowDecoder> decoder_;
  std::pmr::vector<ListHead> heads_;
  std::pmr::vector<unsigned char> seen_;          // per block: in a chain, or a lane's row page
  std::pmr::unordered_set<std::uint64_t> slots_;  // that lanes own
  CheckCounts counts_;
};

}  // namespace vec::ivf
