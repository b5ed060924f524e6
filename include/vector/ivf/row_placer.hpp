// Writing row pages of coded lists while the table is scanned: rows come in any order, a
// page goes out when it is full. So a vector is copied into the index without being sorted;
// what is left to sort is its code and where it is.
//
// Row pages are in no chain, so that any number of placers may write pages of the same list.
// Rows whose page does not fill are handed back in the end: the builder puts those of all
// placers together.
//
// Memory, for each list:
//
//   0        the row page being filled, as in the index
//   8192     CodeFactors[rows of a page]
//            code[rows of a page]
#pragma once

#include <memory_resource>
#include <span>
#include <vector>

#include "vector/ivf/code_page.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

template <PageStore Store>
class RowPlacer {
 public:
  RowPlacer(Store& store, const Meta& meta, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        rows_per_page_(RowsPerPage(meta)),
        slots_(meta.lists * SlotBytes(meta), memory),
        counts_(meta.lists, std::uint16_t{0}, memory) {}

  static std::size_t MemoryBytes(const Meta& meta) {
    return meta.lists * (SlotBytes(meta) + sizeof(std::uint16_t));
  }

  // Takes a row of StoredBytes(). Where that fills a page: placed(tid, EncodedRow, RowRef) for
  // each of its rows, without second codes.
  template <typename Placed>
  void Add(std::uint32_t list, HeapTid tid, const std::byte* stored, const EncodedRow& code,
           Placed&& placed) {
    Slot slot = SlotOf(list);
    std::uint16_t& count = counts_[list];
    if (count == 0) FormatIvfPage(slot.page, PageKind::kRows, list);
    MutableListRows(slot.page, StoredBytes(meta_), sizeof(Trailer)).Append(tid, stored);
    slot.factors[count] = code.factors;
    std::memcpy(slot.Code(count), code.code.data(), code.code.size());
    if (++count < rows_per_page_) return;

    const BlockId block = Write(slot.page);
    const ListRows rows = View(slot);
    for (std::uint16_t i = 0; i < count; ++i) {
      placed(rows.heads()[i], slot.Encoded(i), RowRef{block, i});
    }
    count = 0;
  }

  // The rows without a place: left(list, tid, EncodedRow, stored).
  template <typename Left>
  void Finish(Left&& left) {
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      store_.CheckInterrupts();
      const std::uint16_t count = counts_[list];
      if (count == 0) continue;
      Slot slot = SlotOf(list);
      const ListRows rows = View(slot);
      for (std::uint16_t i = 0; i < count; ++i) {
        left(list, rows.heads()[i], slot.Encoded(i), rows.row(i));
      }
      counts_[list] = 0;
    }
  }

 private:
  struct Slot {
    std::byte* page;
    quantize::CodeFactors* factors;
    std::uint8_t* codes;
    std::size_t code_bytes;

    std::uint8_t* Code(std::size_t i) { return codes + i * code_bytes; }
    EncodedRow Encoded(std::size_t i) { return {factors[i], {Code(i), code_bytes}, {}, {}}; }
  };

  static std::size_t RowsPerPage(const Meta& meta) {
    return vec::RowsPerPage<HeapTid>(StoredBytes(meta), sizeof(Trailer));
  }
  static std::size_t SlotBytes(const Meta& meta) {
    const std::size_t row = sizeof(quantize::CodeFactors) + CodeBytes(meta);
    return (kPageBytes + RowsPerPage(meta) * row + 63) / 64 * 64;
  }

  Slot SlotOf(std::uint32_t list) {
    std::byte* page = slots_.data() + list * SlotBytes(meta_);
    auto* factors = reinterpret_cast<quantize::CodeFactors*>(page + kPageBytes);
    return {page, factors, reinterpret_cast<std::uint8_t*>(factors + rows_per_page_),
            CodeBytes(meta_)};
  }
  ListRows View(const Slot& slot) const { return {slot.page, StoredBytes(meta_), sizeof(Trailer)}; }

  BlockId Write(std::byte* image) {
    TrailerOf(image).next = kNoBlock;
    auto record = store_.Begin();
    const auto [block, page] = record.Extend();
    std::memcpy(page, image, kPageBytes);
    record.Commit();
    return block;
  }

  Store& store_;
  Meta meta_;
  std::size_t rows_per_page_;
  std::pmr::vector<std::byte> slots_;
  std::pmr::vector<std::uint16_t> counts_;  // rows of each list
};

}  // namespace vec::ivf
