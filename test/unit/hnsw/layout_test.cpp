#include "vector/hnsw/layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include "vector/base/error.hpp"
#include "vector/base/random.hpp"
#include "vector/hnsw/entry_page.hpp"
#include "vector/hnsw/half_row.hpp"
#include "vector/hnsw/item_page.hpp"
#include "vector/hnsw/node.hpp"
#include "vector/quantize/rotation.hpp"

namespace vec::hnsw {
namespace {

using Page = std::array<std::byte, kPageBytes>;

std::string Hex(const std::byte* bytes, std::size_t count) {
  std::string text;
  char digits[3];
  for (std::size_t i = 0; i < count; ++i) {
    std::snprintf(digits, sizeof(digits), "%02x", std::to_integer<unsigned>(bytes[i]));
    text += digits;
  }
  return text;
}

std::vector<std::byte> Bytes(std::initializer_list<unsigned char> values) {
  std::vector<std::byte> bytes;
  for (const unsigned char value : values) bytes.push_back(std::byte{value});
  return bytes;
}

Options OptionsOf(ElementType type, std::uint32_t dims, std::uint16_t m = 16,
                  Codec codec = Codec::kRabitq) {
  Options options;
  options.type = type;
  options.dims = dims;
  options.m = m;
  options.codec = codec;
  if (IsBits(type)) options.metric = Metric::kHamming;
  options.seed = 24301;
  return options;
}

// If these change, old index files become unreadable: raise kVersion.
TEST(HnswGoldenPages, Meta) {
  alignas(8) Page page{};
  WriteMeta(page.data(), MakeMeta(OptionsOf(ElementType::kFloat32, 128)));
  EXPECT_EQ(Hex(page.data(), 24 + 56),
            "0000000000000000"
            "00000000"
            "5000f01ff01f0420"
            "00000000"
            "574e4856"
            "0200"
            "00"
            "00"
            "80000000"
            "1000"
            "01"
            "00"
            "2000"
            "0600"
            "80000000"
            "30050000"
            "00020000"
            "ffffffff"
            "0000"
            "0000"
            "ed5e000000000000"
            "0000000000000000");
  EXPECT_EQ(Hex(page.data() + 8176, 16), "ffffffff0000000000000000000072ff");
}

// Where rows are rounded these differ: self, nodes of a page, bytes of a node and of its vector.
TEST(HnswGoldenPages, MetaOfRoundedRows) {
  alignas(8) Page page{};
  WriteMeta(page.data(), WithRounding(MakeMeta(OptionsOf(ElementType::kFloat32, 128))));
  EXPECT_EQ(Hex(page.data() + 24, 32),
            "574e4856"
            "0200"
            "00"
            "00"
            "80000000"
            "1000"
            "01"
            "01"
            "2000"
            "0700"
            "80000000"
            "38040000"
            "08010000");
}

TEST(HnswGoldenPages, State) {
  alignas(8) Page page{};
  WriteState(page.data(), {2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(Hex(page.data() + 12, 12 + 32),
            "3800f01ff01f0420"
            "00000000"
            "02000000"
            "03000000"
            "04000000"
            "05000000"
            "06000000"
            "07000000"
            "0800000000000000");
  EXPECT_EQ(Hex(page.data() + 8176, 16), "ffffffff0100000000000000000072ff");
}

TEST(HnswGoldenPages, PlainNodes) {
  const Meta meta = MakeMeta(OptionsOf(ElementType::kBit, 40, 2));
  const NodeShape shape(meta);
  alignas(8) Page page{};
  FormatHnswPage(page.data(), PageKind::kNodes);
  MutableNodePage nodes(shape, page.data(), 2);
  NodeEditor node = nodes.Take(0);
  node.Create({1, 2, 3}, {}, 1.5f, Bytes({1, 2, 3, 4, 5}));
  node.SetLane(0, Lane{NodeIdOf(2, 1), 0, 0, {}}, false);
  node.SetLane(1, Lane{NodeIdOf(2, 2), 0, 0, {}}, true);
  node.SetLane(2, Lane{NodeIdOf(3, 0), 0, 0, {}}, false);
  node.AddChild(1);
  node.SetTids({7, 8});
  node.head().flags = kRowsDiffer | kIsRoot;
  node.CountChange();
  ASSERT_EQ(meta.node_bytes, 72u);
  EXPECT_EQ(Hex(page.data() + 12, 12 + 72),
            "6000f01ff01f0420"
            "00000000"
            "01"
            "03"
            "0300"
            "01000000"
            "010002000300"
            "0000"
            "ffffffff"
            "07000000"
            "0800"
            "0100"
            "0000c03f"
            "00000000"
            "00000000"
            "0100000000000000"
            "82000000"
            "81000000"
            "c0000000"
            "00000000"
            "0102030405000000");
  EXPECT_EQ(Hex(page.data() + 8176, 16), "ffffffff0200000000000000000072ff");
}

// Two lanes of a coded node: ids, factors and the nibbles of their codes.
TEST(HnswGoldenPages, CodedNodes) {
  const Meta meta = MakeMeta(OptionsOf(ElementType::kFloat32, 64));
  const NodeShape shape(meta);
  alignas(8) Page page{};
  FormatHnswPage(page.data(), PageKind::kNodes);
  MutableNodePage nodes(shape, page.data(), 2);
  NodeEditor node = nodes.Take(0);
  node.Create({0, 0, 1}, {}, 2, {});
  const std::vector<std::uint8_t> code = {0x21, 0x43, 0x65, 0x87, 0xA9, 0xCB, 0xED, 0x0F};
  node.SetLane(0, Lane{NodeIdOf(2, 1), 1.0f, -0.5f, code}, false);
  node.SetLane(1, Lane{NodeIdOf(2, 2), 0.25f, 2.0f, code}, true);
  const std::byte* slot = page.data() + sizeof(PageHeader);
  EXPECT_EQ(Hex(slot + 32, 16),
            "0000803800000039"
            "0200000000000000");
  EXPECT_EQ(Hex(slot + 48, 12),
            "81000000"
            "82000000"
            "00000000");
  EXPECT_EQ(Hex(slot + 176, 6),
            "0074"
            "006c"
            "0000");
  EXPECT_EQ(Hex(slot + 240, 6),
            "00ec"
            "0074"
            "0000");
  EXPECT_EQ(Hex(slot + 304, 32),
            "01000100000000000000000000000000"
            "02000200000000000000000000000000");
  EXPECT_EQ(meta.node_bytes, 304u + 4 * 64 + 4 * 64);
}

TEST(HnswGoldenPages, Items) {
  alignas(8) Page page{};
  FormatHnswPage(page.data(), PageKind::kItems);
  MutableItemPage items(page.data(), 2);
  (void)items.Append(ItemKind::kValue, {9, 4}, Bytes({1, 2, 3}));
  (void)items.Append(ItemKind::kTids, {}, Bytes({0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(Hex(page.data() + 12, 12 + 12),
            "2000c81ff01f0420"
            "00000000"
            "e01f0b00"
            "c81f1400"
            "00000000");
  EXPECT_EQ(Hex(page.data() + 0x1FC8, 40),
            "ffffffff"
            "0000"
            "02"
            "00"
            "000001000200"
            "000000000000"
            "00000000"
            "09000000"
            "0400"
            "01"
            "00"
            "0102030000000000");
  EXPECT_EQ(Hex(page.data() + 8176, 16), "ffffffff0300000000000000000072ff");
}

TEST(HnswGoldenPages, PlainEntries) {
  const Meta meta = MakeMeta(OptionsOf(ElementType::kBit, 40, 2));
  const EntryShape shape(meta);
  alignas(8) Page page{};
  FormatHnswPage(page.data(), PageKind::kEntries);
  MutableEntryPage entries(shape, page.data(), 2);
  entries.Put(0, {.lane = Lane{NodeIdOf(3, 5), 0, 0, {}}, .row = Bytes({1, 2, 3, 4, 5})});
  entries.Put(1, {.lane = Lane{NodeIdOf(3, 6), 0, 0, {}}, .row = {}});
  entries.Put(2, {.lane = Lane{NodeIdOf(3, 7), 0, 0, {}}, .row = {}});
  entries.Clear(2);
  EXPECT_EQ(Hex(page.data() + 12, 12 + 48),
            "4800f01ff01f0420"
            "00000000"
            "c5000000"
            "05000000"
            "0102030405000000"
            "c6000000"
            "00000000"
            "0000000000000000"
            "ffffffff"
            "00000000"
            "0000000000000000");
  EXPECT_EQ(Hex(page.data() + 8176, 16), "ffffffff0400000000000000000072ff");
}

TEST(HnswGoldenPages, CodedEntries) {
  const Meta meta = MakeMeta(OptionsOf(ElementType::kFloat32, 64));
  const EntryShape shape(meta);
  alignas(8) Page page{};
  FormatHnswPage(page.data(), PageKind::kEntries);
  MutableEntryPage entries(shape, page.data(), 2);
  const std::vector<std::uint8_t> code = {0x21, 0x43, 0x65, 0x87, 0xA9, 0xCB, 0xED, 0x0F};
  entries.Put(0, {.lane = Lane{NodeIdOf(3, 5), 1.0f, -0.5f, code}, .row = {}});
  entries.Put(1, {.lane = Lane{NodeIdOf(3, 6), 0.25f, 2.0f, code}, .row = {}});
  const std::byte* block = page.data() + sizeof(PageHeader);
  EXPECT_EQ(Hex(block, 20),
            "03000000"
            "00000000"
            "c5000000"
            "c6000000"
            "00000000");
  EXPECT_EQ(Hex(block + 136, 12),
            "0000803f"
            "0000803e"
            "00000000");
  EXPECT_EQ(Hex(block + 264, 12),
            "000000bf"
            "00000040"
            "00000000");
  EXPECT_EQ(Hex(block + 392, 32),
            "01000100000000000000000000000000"
            "02000200000000000000000000000000");
  EXPECT_EQ(HeaderOf(page.data()).lower, 24 + 392 + 4 * 64);
}

TEST(HnswPlan, NodesFitTheirPages) {
  for (const ElementType type :
       {ElementType::kFloat32, ElementType::kFloat16, ElementType::kBit, ElementType::kSparse}) {
    for (const std::uint16_t m : {2, 8, 16, 17, 32, 100}) {
      for (std::uint32_t dims = 1; dims <= 16000; dims += dims < 2100 ? 1 : 97) {
        for (const Codec codec : {Codec::kNone, Codec::kRabitq}) {
          const Meta meta = MakeMeta(OptionsOf(type, dims, m, codec));
          const NodeShape shape(meta);
          ASSERT_GE(meta.per_page, 1);
          ASSERT_LE(meta.per_page, kMostSlots);
          ASSERT_LE(meta.lanes, kMostLanes);
          ASSERT_EQ(meta.node_bytes % 8, 0u);
          ASSERT_LE(shape.self_at + shape.self_bytes, shape.node_bytes);
          ASSERT_LE(shape.SlotAt(shape.per_page), kPageBytes - sizeof(Trailer));
          if (meta.form == Form::kPlain) continue;
          ASSERT_EQ(meta.code_dims % 16, 0u);
          ASSERT_GE(meta.code_dims, 32u);
          ASSERT_LE(meta.code_dims, quantize::RotatedDims(dims));
        }
      }
    }
  }
}

struct Expected {
  std::uint32_t dims;
  SelfKind self;
  std::uint32_t code_dims;
  std::uint16_t per_page;
};

TEST(HnswPlan, CutsCodesWhereTwoNodesThenShareAPage) {
  for (const Expected& expected :
       {Expected{96, SelfKind::kValue, 128, 6}, Expected{128, SelfKind::kValue, 128, 6},
        Expected{256, SelfKind::kValue, 256, 3}, Expected{384, SelfKind::kHalf, 384, 3},
        Expected{768, SelfKind::kHalf, 544, 2}, Expected{1024, SelfKind::kHalf, 1024, 1},
        Expected{1536, SelfKind::kHalf, 1184, 1}, Expected{2000, SelfKind::kHalf, 960, 1},
        Expected{3072, SelfKind::kHalfItem, 1936, 1}}) {
    const Meta meta = MakeMeta(OptionsOf(ElementType::kFloat32, expected.dims));
    EXPECT_EQ(meta.self, expected.self) << expected.dims;
    EXPECT_EQ(meta.code_dims, expected.code_dims) << expected.dims;
    EXPECT_EQ(meta.per_page, expected.per_page) << expected.dims;
  }
}

TEST(HnswPlan, RoundsFloatsThatLieInCodedNodes) {
  for (const std::uint32_t dims : {32u, 128u, 256u}) {
    Options options = OptionsOf(ElementType::kFloat32, dims);
    EXPECT_EQ(MakeMeta(options).self, SelfKind::kValue);
    options.rounds = true;
    const Meta meta = MakeMeta(options);
    EXPECT_EQ(meta.self, SelfKind::kHalf);
    EXPECT_EQ(meta.self_bytes, HalfRowBytes(dims));
    const Meta changed = WithRounding(MakeMeta(OptionsOf(ElementType::kFloat32, dims)));
    EXPECT_EQ(std::memcmp(&meta, &changed, sizeof(Meta)), 0);
  }
  for (Options options :
       {OptionsOf(ElementType::kFloat32, 31), OptionsOf(ElementType::kFloat16, 64),
        OptionsOf(ElementType::kFloat32, 64, 16, Codec::kNone)}) {
    options.rounds = true;
    EXPECT_EQ(MakeMeta(options).self, SelfKind::kValue) << options.dims;
  }
}

TEST(HnswPlan, IsPlainWhereCodesTellNothing) {
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kFloat32, 31)).form, Form::kPlain);
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kFloat32, 32)).form, Form::kCoded);
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kFloat32, 128, 16, Codec::kNone)).form, Form::kPlain);
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kBit, 128)).form, Form::kPlain);
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kSparse, 128)).form, Form::kPlain);
  Options l1 = OptionsOf(ElementType::kFloat32, 128);
  l1.metric = Metric::kL1;
  EXPECT_EQ(MakeMeta(l1).form, Form::kPlain);
}

TEST(HnswPlan, PutsLongPlainRowsIntoItems) {
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kFloat32, 1900, 16, Codec::kNone)).self,
            SelfKind::kValue);
  EXPECT_EQ(MakeMeta(OptionsOf(ElementType::kFloat32, 2100, 16, Codec::kNone)).self,
            SelfKind::kItem);
}

TEST(HnswMeta, IsReadAsWritten) {
  for (const ElementType type :
       {ElementType::kFloat32, ElementType::kFloat16, ElementType::kBit, ElementType::kSparse}) {
    for (const std::uint32_t dims : {1, 31, 32, 768, 3000, 16000}) {
      alignas(8) Page page{};
      const Meta meta = MakeMeta(OptionsOf(type, dims));
      WriteMeta(page.data(), meta);
      const Meta read = ReadMeta(page.data());
      EXPECT_EQ(std::memcmp(&read, &meta, sizeof(Meta)), 0);
    }
  }
}

TEST(HnswMeta, VersionOneHadNoRoundedRowsOfFewDims) {
  constexpr std::size_t kVersionAt = 28;
  alignas(8) Page page{};
  WriteMeta(page.data(), MakeMeta(OptionsOf(ElementType::kFloat32, 128)));
  page[kVersionAt] = std::byte{1};
  EXPECT_EQ(ReadMeta(page.data()).self, SelfKind::kValue);
  WriteMeta(page.data(), MakeMeta(OptionsOf(ElementType::kFloat32, 384)));
  page[kVersionAt] = std::byte{1};
  EXPECT_EQ(ReadMeta(page.data()).self, SelfKind::kHalf);
  WriteMeta(page.data(), WithRounding(MakeMeta(OptionsOf(ElementType::kFloat32, 128))));
  EXPECT_EQ(ReadMeta(page.data()).self, SelfKind::kHalf);
  page[kVersionAt] = std::byte{1};
  EXPECT_THROW((void)ReadMeta(page.data()), Error);
  for (const unsigned version : {0u, kVersion + 1u}) {
    WriteMeta(page.data(), MakeMeta(OptionsOf(ElementType::kFloat32, 128)));
    page[kVersionAt] = static_cast<std::byte>(version);
    EXPECT_THROW((void)ReadMeta(page.data()), Error) << version;
  }
}

TEST(HnswMeta, RefusesWhatIsDamaged) {
  alignas(8) Page page{};
  WriteMeta(page.data(), MakeMeta(OptionsOf(ElementType::kFloat32, 128)));
  for (const std::size_t at :
       {24, 28, 30, 31, 32, 36, 38, 39, 40, 42, 44, 48, 52, 72, 8180, 8190}) {
    const std::byte before = page[at];
    page[at] ^= std::byte{0x40};
    EXPECT_THROW((void)ReadMeta(page.data()), Error) << at;
    page[at] = before;
  }
  (void)ReadMeta(page.data());
}

TEST(HnswState, RefusesWhatIsDamaged) {
  alignas(8) Page page{};
  WriteState(page.data(), EmptyState());
  EXPECT_EQ(ReadState(page.data()).entries_first, kNoBlock);
  for (const std::size_t at : {24, 36, 40}) {
    Page damaged = page;
    std::memset(damaged.data() + at, 0, 4);
    EXPECT_THROW((void)ReadState(damaged.data()), Error) << at;
  }
  page[8180] = std::byte{4};
  EXPECT_THROW((void)ReadState(page.data()), Error);
}

// An insert locks both.
TEST(HnswState, RefusesOnePageForNodesAndItems) {
  alignas(8) Page page{};
  State state = EmptyState();
  state.insert_block = 2;
  state.items_block = 3;
  WriteState(page.data(), state);
  EXPECT_EQ(ReadState(page.data()).items_block, 3u);
  state.items_block = 2;
  WriteState(page.data(), state);
  EXPECT_THROW((void)ReadState(page.data()), Error);
}

TEST(HnswNodeId, HoldsBlockAndSlot) {
  const NodeId id = NodeIdOf(kMostBlocks - 1, 5);
  EXPECT_EQ(BlockOf(id), kMostBlocks - 1);
  EXPECT_EQ(SlotOf(id), 5u);
  EXPECT_EQ(kNoNode, NodeIdOf(kMostBlocks - 1, 63));
}

}  // namespace
}  // namespace vec::hnsw
