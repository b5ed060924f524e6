// Checking whose each page and each place of a row is: a global finding (check_sink.hpp).
//
// Every page is in one chain, or has a row that a lane of its list has a place for, or is free, or
// was never written; or it belongs to the directory or to the codes of centroids.
#pragma once

#include <memory_resource>
#include <vector>

#include "vector/ivf/code_page.hpp"
#include "vector/ivf/directory.hpp"
#include "vector/ivf/free_page.hpp"
#include "vector/ivf/row_slots.hpp"
#include "vector/storage/check_sink.hpp"

namespace vec::ivf {

template <PageStore Store>
class UseChecker {
 public:
  UseChecker(Store& store, const Meta& meta, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        has_row_pages_(meta.codec != Codec::kNone && meta.vectors == Vectors::kIndex),
        slots_(has_row_pages_ ? RowsPerPage<HeapTid>(StoredBytes(meta), sizeof(Trailer)) : 0),
        heads_(memory),
        pages_(memory),
        owned_(memory),
        copy_(kPageBytes, memory) {}

  // Looks at the whole file. REQUIRES: the directory is sound.
  void Look(std::pmr::vector<Finding>& findings) {
    findings_ = &findings;
    blocks_ = store_.BlockCount();
    free_pages_ = lost_pages_ = 0;
    pages_.assign(blocks_, Use::kNone);
    owned_.assign((std::uint64_t{blocks_} * slots_ + 63) / 64, 0);
    heads_.clear();
    ScanDirectory(store_, meta_, [&](std::uint32_t slice, std::uint32_t, const auto& page) {
      if (slice == 0) heads_.insert(heads_.end(), page.heads().begin(), page.heads().end());
    });
    for (std::uint32_t list = 0; list < meta_.lists; ++list) Walk(list, heads_[list].first_block);
    for (BlockId block = kMetaBlock + 1; block < blocks_; ++block) CheckPage(block);
  }

  std::uint64_t free_pages() const { return free_pages_; }
  std::uint64_t lost_pages() const { return lost_pages_; }

 private:
  enum class Use : unsigned char { kNone, kChain, kRows };

  void Report(BlockId block, std::size_t item, const char* what,
              Severity severity = Severity::kError) {
    constexpr std::size_t kMost = 1000;
    if (findings_->size() >= kMost) return;
    findings_->push_back({block, static_cast<std::uint32_t>(item), what, severity});
  }

  // What breaks the chain is a local finding, and made elsewhere.
  void Walk(std::uint32_t list, BlockId first) {
    for (BlockId block = first; block < blocks_ && pages_[block] != Use::kChain;) {
      store_.CheckInterrupts();
      std::memcpy(copy_.data(), store_.Read(block).page(), kPageBytes);
      if (IsUnformatted(copy_.data()) || !IsIvfPage(copy_.data())) return;
      pages_[block] = Use::kChain;
      if (TrailerOf(copy_.data()).list != list) return;
      if (has_row_pages_ && IsPageOf(copy_.data(), PageKind::kCodes) &&
          CodePage::HasLayout(meta_, copy_.data())) {
        TakeSlots(CodePage(meta_, copy_.data(), block, list), list, block);
      }
      block = TrailerOf(copy_.data()).next;
    }
  }

  // Live or not, a lane has its place.
  void TakeSlots(const CodePage& page, std::uint32_t list, BlockId block) {
    for (std::size_t lane = 0; lane < page.lanes(); ++lane) {
      const RowRef ref = page.row(lane);
      if (ref.block == kNoBlock) {
        if (ref.slot != 0) Report(block, lane, "place of a row on no page");
        continue;
      }
      if (!TakeSlot(ref, list))
        Report(block, lane, "place of a row that another lane has, or none");
    }
  }

  bool TakeSlot(RowRef ref, std::uint32_t list) {
    if (ref.block >= blocks_ || ref.slot >= slots_) return false;
    const auto guard = store_.Read(ref.block);
    if (!IsPageOf(guard.page(), PageKind::kRows) || TrailerOf(guard.page()).list != list ||
        !ListRows::HasLayout(guard.page(), StoredBytes(meta_), sizeof(Trailer))) {
      return false;
    }
    const ListRows rows(guard.page(), StoredBytes(meta_), sizeof(Trailer));
    if (ref.slot >= rows.count() || !HasOwner(rows.heads()[ref.slot])) return false;
    pages_[ref.block] = Use::kRows;
    if (IsOwned(ref.block, ref.slot)) return false;
    const std::uint64_t at = std::uint64_t{ref.block} * slots_ + ref.slot;
    owned_[at / 64] |= std::uint64_t{1} << (at % 64);
    return true;
  }

  bool IsOwned(BlockId block, std::size_t slot) const {
    const std::uint64_t at = std::uint64_t{block} * slots_ + slot;
    return (owned_[at / 64] >> (at % 64) & 1) != 0;
  }

  void CheckPage(BlockId block) {
    store_.CheckInterrupts();
    const auto guard = store_.Read(block);
    const std::byte* page = guard.page();
    if (IsUnformatted(page)) return;
    if (!IsIvfPage(page)) return Report(block, kNoItem, "page of another format");
    switch (TrailerOf(page).kind) {
      case PageKind::kFree:
        ++free_pages_;
        if (pages_[block] != Use::kNone) Report(block, kNoItem, "free page in use");
        if (HeaderOf(page).lower != sizeof(PageHeader) + sizeof(std::uint64_t)) {
          Report(block, kNoItem, "invalid layout of the page");
        }
        return;
      case PageKind::kDirectory:
        if (block >= meta_.directory_block && block < DirectoryEnd(meta_)) return;
        break;
      case PageKind::kRows:
        if (has_row_pages_) return CheckRowPage(page, block);
        return CheckChained(block, meta_.codec == Codec::kNone);
      case PageKind::kCodes:
        if (TrailerOf(page).list != kCentroids) {
          return CheckChained(block, meta_.codec != Codec::kNone);
        }
        if (meta_.centroid_codes != 0 && block >= meta_.centroid_codes &&
            block < CentroidCodesEnd(meta_)) {
          return;
        }
        break;
      default:
        break;
    }
    Report(block, kNoItem, "page of an unexpected kind");
  }

  void CheckChained(BlockId block, bool is_expected) {
    if (!is_expected) return Report(block, kNoItem, "page of an unexpected kind");
    if (pages_[block] == Use::kChain) return;
    ++lost_pages_;
    Report(block, kNoItem, "page in no chain", Severity::kWarning);
  }

  void CheckRowPage(const std::byte* page, BlockId block) {
    if (!ListRows::HasLayout(page, StoredBytes(meta_), sizeof(Trailer))) {
      return Report(block, kNoItem, "invalid layout of the page");
    }
    if (TrailerOf(page).list >= meta_.lists) return Report(block, kNoItem, "page of no list");
    if (TrailerOf(page).next != kNoBlock) Report(block, kNoItem, "page of rows with a link");
    if (pages_[block] != Use::kRows) {
      ++lost_pages_;
      return Report(block, kNoItem, "page of rows that no code leads to", Severity::kWarning);
    }
    const ListRows rows(page, StoredBytes(meta_), sizeof(Trailer));
    for (std::size_t slot = 0; slot < rows.count(); ++slot) {
      if (!HasOwner(rows.heads()[slot]) || IsOwned(block, slot)) continue;
      Report(block, slot, "row that no code leads to", Severity::kWarning);
    }
  }

  Store& store_;
  const Meta& meta_;
  bool has_row_pages_;  // behind codes
  std::size_t slots_;   // of a row page behind codes
  BlockId blocks_ = 0;
  std::pmr::vector<ListHead> heads_;
  std::pmr::vector<Use> pages_;
  std::pmr::vector<std::uint64_t> owned_;  // a bit for each slot
  std::pmr::vector<std::byte> copy_;       // of a page
  std::pmr::vector<Finding>* findings_ = nullptr;
  std::uint64_t free_pages_ = 0;
  std::uint64_t lost_pages_ = 0;
};

}  // namespace vec::ivf
