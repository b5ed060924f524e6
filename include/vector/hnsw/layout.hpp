// The bytes of an hnsw index, format version 2. In version 1 float32 vectors of up to
// kMostFloatDims were never rounded (Options.rounds); such indexes stay in use.
//
//   block 0       meta page: Meta at offset 24, which never changes after the build
//   block 1       state page: State at offset 24, hints and roots that change
//   node pages    slots of Meta.node_bytes from offset 24 (node.hpp)
//   item pages    values that do not lie in nodes, lists of heap TIDs, the center
//                 (item_page.hpp)
//   entry pages   the entry directory, a chain (entry_page.hpp)
//
// A node id is block << 6 | slot: at most 64 slots a page. Its neighbours' ids are all
// that a node knows of the graph, which has one level. Two forms of nodes serve one
// search:
//
//   coded   lanes hold 1-bit codes of the neighbours around the node itself (SymphonyQG,
//           arXiv 2411.12229), so that one page tells the distances of all of them
//   plain   lanes hold ids alone, and each neighbour is compared at its own page
//
// Every page ends in a Trailer whose last two bytes name the index method.
#pragma once

#include <type_traits>

#include "vector/base/error.hpp"
#include "vector/storage/kinds.hpp"
#include "vector/storage/page.hpp"

namespace vec::hnsw {

inline constexpr BlockId kMetaBlock = 0;
inline constexpr BlockId kStateBlock = 1;
inline constexpr std::uint32_t kMagic = 0x56484E57;  // "VHNW"
inline constexpr std::uint16_t kVersion = 2;
inline constexpr std::uint16_t kPageId = 0xFF72;

inline constexpr std::uint16_t kMinM = 2;
inline constexpr std::uint16_t kMaxM = 100;
inline constexpr std::size_t kMostLanes = 64;

// Below this codes tell too little.
inline constexpr std::uint32_t kMinCodeDims = 32;
// Up to here a coded node may hold a float32 vector as it is.
inline constexpr std::uint32_t kMostFloatDims = 256;

// Whether a build may put codes into nodes, where the type and metric have them.
enum class Codec : std::uint8_t { kNone = 0, kRabitq = 1 };

enum class Form : std::uint8_t { kPlain = 0, kCoded = 1 };

// What a node holds of its own vector.
enum class SelfKind : std::uint8_t {
  kValue = 0,     // the row's bytes; of sparse rows that are too long an item
  kHalf = 1,      // float32 as binary16 with a scale (half_row.hpp)
  kItem = 2,      // nothing: the row's bytes are an item
  kHalfItem = 3,  // nothing: float32 as binary16 with a scale is an item
};

inline constexpr bool IsHalf(SelfKind self) {
  return self == SelfKind::kHalf || self == SelfKind::kHalfItem;
}
inline constexpr bool IsItem(SelfKind self) {
  return self == SelfKind::kItem || self == SelfKind::kHalfItem;
}

enum class PageKind : std::uint16_t {
  kMeta = 0,
  kState = 1,
  kNodes = 2,
  kItems = 3,
  kEntries = 4,
};

// Where an item lies; block kNoBlock: there is none.
struct ItemRef {
  BlockId block = kNoBlock;
  std::uint16_t slot = 0;

  bool exists() const { return block != kNoBlock; }
  friend bool operator==(const ItemRef&, const ItemRef&) = default;
};

struct Meta {
  std::uint32_t magic;
  std::uint16_t version;
  ElementType type;
  Metric metric;
  std::uint32_t dims;
  std::uint16_t m;
  Form form;
  SelfKind self;
  std::uint16_t lanes;        // of a node: R
  std::uint16_t per_page;     // node slots of a page
  std::uint32_t code_dims;    // coded: rotated dimensions of a lane's code
  std::uint32_t node_bytes;   // of a slot
  std::uint32_t self_bytes;   // of a slot, for the node's own vector
  BlockId center_block;       // coded: item of the center of the entry directory, or
  std::uint16_t center_slot;  // kNoBlock: the center is the origin
  std::uint16_t reserved;
  std::uint64_t seed;  // of the rotation
  std::uint64_t features;

  ItemRef center() const { return {center_block, center_slot}; }
};
static_assert(sizeof(Meta) == 56 && std::is_trivially_copyable_v<Meta>);

// Hints (insert_block, items_block, rows) may be outdated, roots (the others) may not.
struct State {
  BlockId insert_block;   // node page where an insert looks for room, or kNoBlock
  BlockId items_block;    // item page where an insert looks for room, or kNoBlock
  BlockId free_nodes;     // chain, through trailers, of node pages with freed slots
  BlockId entries_first;  // chain of entry pages, or kNoBlock
  BlockId entries_last;
  std::uint32_t entries;  // places of the directory in use
  std::uint64_t rows;     // about the number of nodes
};
static_assert(sizeof(State) == 32 && std::is_trivially_copyable_v<State>);

struct Trailer {
  BlockId next;  // the next page of a chain or kNoBlock
  PageKind kind;
  std::uint16_t flags;
  std::uint32_t reserved;
  std::uint16_t reserved2;
  std::uint16_t page_id;
};
static_assert(sizeof(Trailer) == 16 && std::is_trivially_copyable_v<Trailer>);

inline constexpr std::size_t kPageRoom = kPageBytes - sizeof(PageHeader) - sizeof(Trailer);

struct Options {
  ElementType type = ElementType::kFloat32;
  Metric metric = Metric::kL2;
  std::uint32_t dims = 0;
  std::uint16_t m = 16;
  Codec codec = Codec::kRabitq;
  std::uint64_t seed = 0;
  std::size_t inline_bytes = 1024;  // sparse: the longest row that lies in its node
  bool rounds = false;              // coded float32 up to kMostFloatDims: as binary16 all the same
};

// Whether nodes of the type and metric may be coded.
bool HasCodes(ElementType type, Metric metric, std::uint32_t dims);

// How nodes look: a pure function of the options.
struct Plan {
  Form form;
  SelfKind self;
  std::uint16_t lanes;
  std::uint16_t per_page;
  std::uint32_t code_dims;
  std::uint32_t node_bytes;
  std::uint32_t self_bytes;
};
Plan PlanNodes(const Options& options);

// REQUIRES: a known pair of type and metric, dims and m within their limits.
Meta MakeMeta(const Options& options);

// The same of an index that has no rows yet, with Options.rounds.
Meta WithRounding(const Meta& meta);

// Whether rows have as many bytes as the type and dims say.
inline constexpr bool HasFixedRows(ElementType type) { return type != ElementType::kSparse; }

// The limits of dimensions and bytes of a row.
std::uint32_t MostDims(ElementType type);
std::size_t MostRowBytes(const Meta& meta);
// The same of what an item holds of it.
std::size_t MostItemRowBytes(const Meta& meta);

inline const Trailer& TrailerOf(const std::byte* page) {
  return *reinterpret_cast<const Trailer*>(page + kPageBytes - sizeof(Trailer));
}
inline Trailer& TrailerOf(std::byte* page) {
  return *reinterpret_cast<Trailer*>(page + kPageBytes - sizeof(Trailer));
}

void FormatHnswPage(std::byte* page, PageKind kind);

inline bool IsHnswPage(const std::byte* page) {
  return HeaderOf(page).special == kPageBytes - sizeof(Trailer) &&
         TrailerOf(page).page_id == kPageId;
}
inline bool IsPageOf(const std::byte* page, PageKind kind) {
  return IsHnswPage(page) && TrailerOf(page).kind == kind;
}

// Throws Error(kCorrupted) unless the page was made by FormatHnswPage as `kind`.
void CheckPage(const std::byte* page, PageKind kind, BlockId block);

// Reads and checks the contents of block 0, and of block 1.
Meta ReadMeta(const std::byte* page);
State ReadState(const std::byte* page);
void WriteMeta(std::byte* page, const Meta& meta);
// Formats the page; WriteState on a formatted page changes State alone.
void WriteState(std::byte* page, const State& state);

// The state of an index of no rows.
State EmptyState();

using NodeId = std::uint32_t;

inline constexpr NodeId kNoNode = 0xFFFFFFFF;
inline constexpr unsigned kSlotBits = 6;
inline constexpr std::size_t kMostSlots = std::size_t{1} << kSlotBits;
inline constexpr BlockId kMostBlocks = BlockId{1} << (32 - kSlotBits);

inline constexpr NodeId NodeIdOf(BlockId block, std::size_t slot) {
  return block << kSlotBits | static_cast<NodeId>(slot);
}
inline constexpr BlockId BlockOf(NodeId id) { return id >> kSlotBits; }
inline constexpr std::size_t SlotOf(NodeId id) { return id & (kMostSlots - 1); }

[[noreturn]] void ThrowCorrupted(const char* what, BlockId block);

}  // namespace vec::hnsw
