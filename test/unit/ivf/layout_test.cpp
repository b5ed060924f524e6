#include "vector/ivf/layout.hpp"

#include <gtest/gtest.h>

#include <cstdio>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::Index;
using test::Row;

std::string Hex(const std::byte* bytes, std::size_t count) {
  std::string text;
  char digits[3];
  for (std::size_t i = 0; i < count; ++i) {
    std::snprintf(digits, sizeof(digits), "%02x", std::to_integer<unsigned>(bytes[i]));
    text += digits;
  }
  return text;
}

// Two rows in one list: every page kind, byte by byte. If these change, old
// index files become unreadable: raise kVersion.
class GoldenPages : public testing::Test {
 protected:
  Index index_{Metric::kL2, {Row{1, 2, 3}, Row{4, 5, 6}}, 1};
  const std::byte* Page(BlockId block) { return index_.store.Corrupt(block); }
};

TEST_F(GoldenPages, Meta) {
  EXPECT_EQ(Hex(Page(0), 24 + 120),
            "0000000000000000"
            "00000000"
            "9000c01fc01f0420"
            "00000000"
            "46564956"
            "0300"
            "00"
            "00"
            "03000000"
            "01000000"
            "02000000"
            "b8000000"
            "00007a44"
            "00"
            "00"
            "01"
            "00"
            "ed5e000000000000"
            "0000000000000000"
            "00000000"
            "00000000" +
                std::string(128, '0'));
  EXPECT_EQ(Hex(Page(0) + 8128, 16),
            "ffffffff"
            "00000000"
            "0100"
            "000000000000");
  EXPECT_EQ(Hex(Page(0) + 8190, 2), "71ff");
}

TEST_F(GoldenPages, List) {
  EXPECT_EQ(Hex(Page(1) + 12, 12 + 12),
            "2400a81fc01f0420"
            "00000000"
            "000000000100"
            "000000000200");
  EXPECT_EQ(Hex(Page(1) + 8104, 24),
            "00008040"
            "0000a040"
            "0000c040"
            "0000803f"
            "00000040"
            "00004040");
  EXPECT_EQ(Hex(Page(1) + 8128, 12),
            "ffffffff"
            "00000000"
            "0300"
            "0000");
}

TEST_F(GoldenPages, Directory) {
  EXPECT_EQ(Hex(Page(2) + 12, 12 + 32),
            "3800b41fc01f0420"
            "00000000"
            "01000000"
            "01000000"
            "01000000"
            "00000000"
            "00000000"
            "00006041"
            "ffffffff"
            "00000000");
  EXPECT_EQ(Hex(Page(2) + 8116, 12),
            "0000803f"
            "00000040"
            "00004040");
  EXPECT_EQ(Hex(Page(2) + 8128, 12),
            "ffffffff"
            "00000000"
            "0200"
            "0000");
}

TEST_F(GoldenPages, Free) {
  std::byte* page = index_.store.Corrupt(1);
  TrailerOf(page).next = 7;
  FormatFreePage(page, 0x0102030405060708);
  EXPECT_EQ(Hex(page + 12, 12 + 16),
            "2000c01fc01f0420"
            "00000000"
            "0807060504030201"
            "0000000000000000");
  EXPECT_EQ(Hex(page + 8128, 12),
            "07000000"
            "00000000"
            "0500"
            "0000");
  EXPECT_EQ(FreeSince(page), 0x0102030405060708u);
  EXPECT_EQ(FreeSince(Page(2)), std::nullopt);
}

ErrorKind KindOf(const std::byte* page) {
  try {
    (void)ReadMeta(page);
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::kInternal;
}

TEST_F(GoldenPages, VersionOneHadNoSlices) {
  std::byte* page = index_.store.Corrupt(0);
  page[28] = std::byte{1};
  page[54] = std::byte{0};
  EXPECT_EQ(ReadMeta(page).slices, 1);
  EXPECT_EQ(index_.Check().rows, 2u);
  page[28] = std::byte{4};
  EXPECT_EQ(KindOf(page), ErrorKind::kCorrupted);
  page[28] = std::byte{0};
  EXPECT_EQ(KindOf(page), ErrorKind::kCorrupted);
}

TEST(Slices, LongCentroidsFitPages) {
  for (const ElementType type : {ElementType::kFloat32, ElementType::kFloat16}) {
    for (std::uint32_t dims = 1; dims <= MaxDims(type); ++dims) {
      const std::uint32_t slices = SlicesOf(type, dims);
      ASSERT_GE(RowsPerPage<ListHead>(SliceDims(dims, slices) * sizeof(float), sizeof(Trailer)),
                1u);
      ASSERT_GE(SliceDims(dims, slices) * slices, dims);
      ASSERT_LE(slices, kMaxSlices);
      ASSERT_EQ(slices == 1, dims <= 2000);
    }
  }
}

TEST_F(GoldenPages, MarginsAscendUpToThoseNotMeasured) {
  const auto kind_of = [&](std::initializer_list<float> margins) {
    Meta meta = index_.meta;
    std::copy(margins.begin(), margins.end(), meta.margins);
    test::MemoryStore::Page page{};
    WriteMeta(page.data(), meta);
    EXPECT_EQ(Hex(page.data() + 80, 4),
              Hex(std::as_bytes(std::span(margins.begin(), 1)).data(), 4));
    return KindOf(page.data());
  };
  constexpr auto kFine = ErrorKind::kInternal;
  EXPECT_EQ(kind_of({0.5f, 0.5f, 2.0f}), kFine);
  EXPECT_EQ(kind_of({0.5f, 0.25f}), ErrorKind::kCorrupted);
  EXPECT_EQ(kind_of({0.0f, 0.25f}), ErrorKind::kCorrupted);
  EXPECT_EQ(kind_of({-0.5f}), ErrorKind::kCorrupted);
  EXPECT_EQ(kind_of({std::numeric_limits<float>::infinity()}), ErrorKind::kCorrupted);
  EXPECT_EQ(kind_of({std::numeric_limits<float>::quiet_NaN()}), ErrorKind::kCorrupted);
}

TEST_F(GoldenPages, EveryFlippedMetaByteIsRefusedOrHarmless) {
  for (std::size_t i = sizeof(PageHeader); i < sizeof(PageHeader) + sizeof(Meta); ++i) {
    std::byte* page = index_.store.Corrupt(0);
    page[i] ^= std::byte{0xFF};
    try {
      const Meta meta = ReadMeta(page);
      EXPECT_LE(meta.lists, kMaxLists);
      EXPECT_LE(meta.dims, MaxDims(meta.type));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupted) << i;
    }
    page[i] ^= std::byte{0xFF};
  }
}

TEST_F(GoldenPages, ZeroAndForeignPagesAreRefused) {
  const test::MemoryStore::Page zero{};
  EXPECT_EQ(KindOf(zero.data()), ErrorKind::kCorrupted);
  EXPECT_THROW(ViewRows(index_.meta, zero.data(), 1, 0), Error);
  EXPECT_THROW(ViewRows(index_.meta, Page(2), 2, 0), Error);
  EXPECT_THROW(ViewRows(index_.meta, Page(1), 1, 1), Error);
  EXPECT_THROW(ViewDirectoryPage(index_.meta, Page(1), 1), Error);
}

// Whatever a page holds, a search ends with an answer or a clear error.
TEST_F(GoldenPages, FlippedBytesNeverCrashASearch) {
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    const auto block = static_cast<BlockId>(random.Below(3));
    const std::size_t at = i % 2 == 0 ? random.Below(100) : 8090 + random.Below(102);
    std::byte* page = index_.store.Corrupt(block);
    const std::byte before = page[at];
    page[at] ^= static_cast<std::byte>(1 + random.Below(255));
    try {
      const Meta meta = ReadMeta(index_.store.Read(kMetaBlock).page());
      const test::StoredRow query(meta.type, Row(meta.dims, 1.0f));
      const RowView view = query.view();
      if (!HasPlainLists(meta)) continue;
      PlainSearch<test::MemoryStore> search(index_.store, meta, view, {1, meta.lists, 1 << 16},
                                            std::pmr::get_default_resource());
      for (int rows = 0; search.Next(); ++rows) ASSERT_LT(rows, 10000);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
    } catch (const std::out_of_range&) {  // a block behind the end of the file
    }
    page[at] = before;
  }
}

}  // namespace
}  // namespace vec::ivf
