#include "vector/hnsw/layout.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "vector/base/error.hpp"
#include "vector/base/random.hpp"
#include "vector/hnsw/half_row.hpp"
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
            "0100"
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

TEST(HnswNodeId, HoldsBlockAndSlot) {
  const NodeId id = NodeIdOf(kMostBlocks - 1, 5);
  EXPECT_EQ(BlockOf(id), kMostBlocks - 1);
  EXPECT_EQ(SlotOf(id), 5u);
  EXPECT_EQ(kNoNode, NodeIdOf(kMostBlocks - 1, 63));
}

}  // namespace
}  // namespace vec::hnsw
