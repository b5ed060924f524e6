// Pages of the entry directory: a sample of the nodes, from which searches start.
//
// Coded form, blocks of 32 places around the center (Meta.center, the origin without one):
//
//   24       EntryBlock[0] EntryBlock[1] ...   up to `lower`
//   special  Trailer (kind kEntries)
//
// A block, codes of Meta.code_dims coordinates:
//
//   0        u32 live              bit t: place t holds an entry
//   4        u32 reserved
//   8        u32 node[32]
//   136      f32 add[32], f32 rescale[32]      quantize/rabitq.hpp
//   392      FastScan codes, 4 * code_dims bytes
//
// Plain form, slots of 8 + Meta.self_bytes, rounded up to 8, bytes:
//
//   0        u32 node              kNoNode: the place is free
//   4        u32 bytes             of the row's copy; 0: there is none
//   8        the row's bytes
//
// Places are filled in order, page after page; those of nodes that died are freed, and
// replaced by chance like the others.
#pragma once

#include <bit>
#include <span>

#include "vector/hnsw/node.hpp"

namespace vec::hnsw {

struct EntryBlock {
  std::uint32_t live;
  std::uint32_t reserved;
  NodeId node[quantize::kLanes];
  float add[quantize::kLanes];
  float rescale[quantize::kLanes];

  std::uint8_t* codes() { return reinterpret_cast<std::uint8_t*>(this + 1); }
  const std::uint8_t* codes() const { return reinterpret_cast<const std::uint8_t*>(this + 1); }
};
static_assert(sizeof(EntryBlock) == 392 && alignof(EntryBlock) == 4);

struct EntryHead {
  NodeId node;
  std::uint32_t bytes;
};
static_assert(sizeof(EntryHead) == 8);

inline constexpr std::size_t EntryBlockBytes(std::size_t code_dims) {
  return sizeof(EntryBlock) + quantize::BlockBytes(code_dims);
}

// What goes into a place. Coded: the node's lane as LaneEncoder makes it at the rotated
// center. Plain: the row's bytes, none where they are longer than Meta.self_bytes.
struct Entry {
  Lane lane;
  std::span<const std::byte> row;
};

// Places of one page, and their bytes.
struct EntryShape {
  explicit EntryShape(const Meta& meta)
      : is_coded(meta.form == Form::kCoded),
        code_bytes(quantize::BlockBytes(meta.code_dims)),
        row_bytes(meta.self_bytes),
        has_fixed_rows(HasFixedRows(meta.type)),
        unit_places(is_coded ? quantize::kLanes : 1),
        unit_bytes(is_coded ? EntryBlockBytes(meta.code_dims)
                            : (sizeof(EntryHead) + meta.self_bytes + 7) / 8 * 8),
        units(kPageRoom / unit_bytes) {}

  std::size_t places() const { return units * unit_places; }

  bool is_coded;
  std::size_t code_bytes;   // coded
  std::size_t row_bytes;    // plain: of the longest copy,
  bool has_fixed_rows;      // and of any other
  std::size_t unit_places;  // of a block or slot
  std::size_t unit_bytes;
  std::size_t units;  // of a page
};

// A read-only view.
class EntryPage {
 public:
  // Throws Error(kCorrupted) where the page is no entry page of the shape.
  EntryPage(const EntryShape& shape, const std::byte* page, BlockId block);

  // Whether the layout of a page of kind kEntries is one of the shape.
  static bool HasLayout(const EntryShape& shape, const std::byte* page);

  // In use or freed.
  std::size_t places() const { return units_ * shape_->unit_places; }
  std::size_t units() const { return units_; }
  BlockId next() const { return TrailerOf(page_).next; }

  // kNoNode where the place is free. REQUIRES: place < places().
  NodeId node(std::size_t place) const;

  // Coded. REQUIRES: i < units().
  const EntryBlock& block(std::size_t i) const {
    return *reinterpret_cast<const EntryBlock*>(Unit(i));
  }
  std::span<const std::uint8_t> codes(std::size_t i) const {
    return {block(i).codes(), shape_->code_bytes};
  }
  // Plain: whether row() does not throw.
  bool HasRow(std::size_t place) const {
    const std::size_t bytes = RowBytesOf(place);
    if (bytes == 0) return true;
    return shape_->has_fixed_rows ? bytes == shape_->row_bytes : bytes <= shape_->row_bytes;
  }
  // Plain: the copy, empty where there is none, and whole where rows have one length. REQUIRES:
  // place < places().
  std::span<const std::byte> row(std::size_t place) const;

 private:
  std::size_t RowBytesOf(std::size_t place) const {
    return reinterpret_cast<const EntryHead*>(Unit(place))->bytes;
  }
  const std::byte* Unit(std::size_t i) const {
    return page_ + sizeof(PageHeader) + i * shape_->unit_bytes;
  }

  const EntryShape* shape_;
  const std::byte* page_;
  BlockId block_;
  std::size_t units_;
};

// The changing twin, over an image of a record. Of a fresh page: REQUIRES
// FormatHnswPage(page, PageKind::kEntries) before.
class MutableEntryPage {
 public:
  MutableEntryPage(const EntryShape& shape, std::byte* page, BlockId block)
      : shape_(&shape), page_(page), block_(block) {
    (void)view();
  }

  EntryPage view() const { return {*shape_, page_, block_}; }

  // Fills a place, whatever it held; one behind the last is appended with its block.
  // REQUIRES: place <= view().places(), place < shape.places().
  void Put(std::size_t place, const Entry& entry);
  // Frees it. REQUIRES: place < view().places().
  void Clear(std::size_t place);

 private:
  std::byte* Unit(std::size_t i) { return page_ + sizeof(PageHeader) + i * shape_->unit_bytes; }
  void AppendUnit();

  const EntryShape* shape_;
  std::byte* page_;
  BlockId block_;
};

}  // namespace vec::hnsw
