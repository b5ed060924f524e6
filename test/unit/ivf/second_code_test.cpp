// Second codes: where they are, and what they are for.
#include "vector/ivf/second_code.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/ivf_fixture.hpp"

namespace vec::ivf {
namespace {

using test::ExactOrder;
using test::Fault;
using test::Index;
using test::RandomRows;
using test::Row;
using test::TidOf;
using test::UnitRows;

constexpr std::size_t kDims = 512;
// All lists by codes: only a search that starts with all is exact.
constexpr SearchParams kAllByCodes{.probes = 9, .max_probes = 10};

constexpr bool HasRoom(std::size_t dims) { return HasRoomForSecond(ElementType::kFloat32, dims); }
constexpr bool HasRoomHalf(std::size_t dims) {
  return HasRoomForSecond(ElementType::kFloat16, dims);
}

TEST(SecondCode, TakesOnlyWhatPagesLeaveEmpty) {
  static_assert(HasRoom(512) && HasRoom(768) && HasRoom(784) && HasRoom(1024) && HasRoom(1536));
  static_assert(!HasRoom(64) && !HasRoom(128) && !HasRoom(384) && !HasRoom(2000));
  static_assert(HasRoomHalf(1024) && HasRoomHalf(1536) && HasRoomHalf(3072));
  static_assert(!HasRoomHalf(128) && !HasRoomHalf(768) && !HasRoomHalf(2000));
  for (const ElementType type : {ElementType::kFloat32, ElementType::kFloat16}) {
    for (std::uint32_t dims = 1; FitsPage(RowBytes(type, dims)); ++dims) {
      const std::uint8_t bits = SecondBitsOf(type, dims, Codec::kRabitq, Vectors::kIndex);
      EXPECT_EQ(SecondBitsOf(type, dims, Codec::kRabitq, Vectors::kHeap), 0);
      EXPECT_EQ(SecondBitsOf(type, dims, Codec::kNone, Vectors::kIndex), 0);
      Meta meta{};
      meta.type = type;
      meta.dims = dims;
      meta.second_bits = bits;
      ASSERT_EQ(RowsPerPage<HeapTid>(StoredBytes(meta), sizeof(Trailer)),
                RowsPerPage<HeapTid>(RowBytes(meta), sizeof(Trailer)));
      if (bits == 0) continue;
      ASSERT_EQ(StoredBytes(meta) % 64, 0u);
      ASSERT_GE(SecondOffset(meta), RowBytes(meta));
    }
  }
}

class SecondByMetric : public testing::TestWithParam<Metric> {};

// Rows around the corners of a cube, so that one bit tells few of them apart.
std::vector<Row> RowsFor(Metric metric, std::size_t count, std::uint64_t seed) {
  auto rows = test::ClusteredRows(count, kDims, 4, seed);
  return metric == Metric::kCosine ? UnitRows(std::move(rows)) : rows;
}

TEST_P(SecondByMetric, SavesExactReadsAndKeepsTheOrder) {
  const auto rows = RowsFor(GetParam(), 2000, 1);
  const auto queries = RowsFor(GetParam(), 10, 2);
  Index with({.metric = GetParam(), .codec = Codec::kRabitq}, rows, 10);
  Index without({.metric = GetParam(), .codec = Codec::kRabitq, .has_second = false}, rows, 10);
  EXPECT_TRUE(HasSecondStage(with.meta));
  EXPECT_FALSE(HasSecondStage(without.meta));
  EXPECT_EQ(with.store.BlockCount(), without.store.BlockCount());
  EXPECT_EQ(with.Check().rows, rows.size());
  EXPECT_EQ(without.Check().rows, rows.size());
  std::size_t hits = 0;
  std::size_t exact_with = 0;
  std::size_t exact_without = 0;
  for (const Row& query : queries) {
    const auto nearest = ExactOrder(GetParam(), rows, query);
    const std::set<HeapTid> best(nearest.begin(), nearest.begin() + 10);
    for (const HeapTid tid : with.Search(query, kAllByCodes, 10)) hits += best.contains(tid);
    exact_with += with.counts.exact;
    EXPECT_GE(with.counts.refined, with.counts.exact);
    without.Search(query, kAllByCodes, 10);
    exact_without += without.counts.exact;
    EXPECT_EQ(without.counts.refined, 0u);
  }
  EXPECT_GE(hits, 97u);
  EXPECT_LT(3 * exact_with, 2 * exact_without);
}

TEST_P(SecondByMetric, EveryRowComesOnceInWhateverMemory) {
  const auto rows = RowsFor(GetParam(), 3000, 3);
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  for (const std::size_t memory : {std::size_t{0}, std::size_t{1} << 20}) {
    auto found = index.Search(rows[5], {.probes = 4, .max_probes = 10, .memory_bytes = memory});
    std::sort(found.begin(), found.end());
    EXPECT_EQ(std::unique(found.begin(), found.end()), found.end());
    EXPECT_EQ(found.size(), rows.size());
    EXPECT_EQ(index.counts.exact, rows.size());
  }
}

// Of the rows of one batch, none is told behind a nearer one but for those beyond the bounds.
TEST_P(SecondByMetric, SearchOfAllListsIsExact) {
  const auto rows = RowsFor(GetParam(), 600, 4);
  Index index(GetParam(), rows, 10, Codec::kRabitq);
  for (const Row& query : RowsFor(GetParam(), 3, 5)) {
    const auto found = index.Search(query, {.probes = 10, .max_probes = 10});
    ASSERT_EQ(found.size(), rows.size());
    if (GetParam() == Metric::kCosine) continue;  // rounding of unit vectors
    EXPECT_EQ(found, ExactOrder(GetParam(), rows, query));
  }
}

INSTANTIATE_TEST_SUITE_P(Metrics, SecondByMetric,
                         testing::Values(Metric::kL2, Metric::kInnerProduct, Metric::kCosine));

TEST(SecondCode, ServesHalfVectorsWithCodeRows) {
  const auto rows = RandomRows(120, 3072, 6);
  Index index({.type = ElementType::kFloat16, .codec = Codec::kRabitq}, rows, 2);
  EXPECT_TRUE(HasSecondStage(index.meta));
  EXPECT_FALSE(HasCodeBlocks(index.meta));
  EXPECT_EQ(index.Check().rows, rows.size());
  index.Insert(900, rows[7]);
  EXPECT_EQ(index.Check().rows, rows.size() + 1);
  const auto found = index.Search(rows[7], {.probes = 1, .max_probes = 2}, 2);
  EXPECT_EQ(std::set(found.begin(), found.end()), (std::set{TidOf(7), TidOf(900)}));
  EXPECT_LT(index.counts.exact, 10u);
}

TEST(SecondCode, FollowsTheRowIntoAReusedSlot) {
  const auto rows = RandomRows(300, kDims, 7);
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  const BlockId before = index.store.BlockCount();
  std::set<HeapTid> dead;
  for (std::size_t i = 0; i < rows.size(); i += 3) dead.insert(TidOf(i));
  EXPECT_EQ(index.Vacuum(dead).removed, dead.size());
  const auto others = RandomRows(100, kDims, 8);
  for (std::size_t i = 0; i < others.size(); ++i) index.Insert(1000 + i, others[i]);
  EXPECT_EQ(index.Check().rows, rows.size());
  EXPECT_LE(index.store.BlockCount(), before + 20);
  for (std::size_t i = 0; i < others.size(); i += 7) {
    EXPECT_EQ(index.Search(others[i], {.probes = 1, .max_probes = 2}, 1).front(), TidOf(1000 + i));
  }
}

TEST(SecondCode, FaultAtAnyStepOfAnInsertLeavesAValidIndex) {
  const auto rows = RandomRows(70, 700, 11);
  for (std::size_t step = 1; step < 60; ++step) {
    Index index(Metric::kL2, rows, 1, Codec::kRabitq);
    ASSERT_TRUE(HasSecondStage(index.meta));
    index.store.FailAtStep(step);
    std::size_t inserted = 0;
    try {
      for (; inserted < 6; ++inserted) index.Insert(100 + inserted, rows[inserted]);
    } catch (const Fault&) {
    }
    index.store.FailAtStep(0);
    ASSERT_EQ(index.Check().rows, rows.size() + inserted) << step;
  }
}

TEST(SecondCode, HugeValuesLoseNoRow) {
  std::vector<Row> rows = RandomRows(200, kDims, 12);
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    for (float& x : rows[i]) x *= 1e37f;
  }
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    Index index(metric, rows, 4, Codec::kRabitq);
    EXPECT_EQ(index.Check().rows, rows.size());
    for (const std::size_t i : {0u, 1u}) {
      EXPECT_EQ(index.Search(rows[i], {.probes = 2, .max_probes = 4}).size(), rows.size());
    }
  }
}

TEST(SecondCode, EqualRowsAllCome) {
  const std::vector<Row> rows(300, Row(kDims, 1.0f));
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  EXPECT_EQ(index.Search(rows[0], {.probes = 1, .max_probes = 2}).size(), rows.size());
  EXPECT_EQ(index.Search(Row(kDims, 0.0f), {.probes = 1, .max_probes = 2}).size(), rows.size());
}

TEST(SecondCode, CheckFindsACodeOfAnotherRow) {
  const auto rows = RandomRows(30, kDims, 13);
  Index index(Metric::kL2, rows, 1, Codec::kRabitq);
  EXPECT_EQ(index.Check().rows, rows.size());
  // The first row page: its rows 0 and 1 change their second codes.
  std::byte* page = index.store.Corrupt(1);
  const std::size_t stride = StoredBytes(index.meta);
  std::byte* first = page + kPageBytes - sizeof(Trailer) - stride + SecondOffset(index.meta);
  std::swap_ranges(first, first + SecondBytes(kDims), first - stride);
  EXPECT_THROW(index.Check(), Error);
}

// Whatever the pages hold, a search ends with an answer or a clear error.
TEST(SecondCode, FlippedBytesNeverCrashASearch) {
  const auto rows = RandomRows(60, kDims, 14);
  Index index(Metric::kL2, rows, 2, Codec::kRabitq);
  Random random(15);
  for (int i = 0; i < 3000; ++i) {
    const auto block = static_cast<BlockId>(1 + random.Below(index.store.BlockCount() - 1));
    const std::size_t at = i % 3 == 0   ? random.Below(900)
                           : i % 3 == 1 ? 8100 + random.Below(92)
                                        : random.Below(kPageBytes);
    std::byte* page = index.store.Corrupt(block);
    const std::byte before = page[at];
    page[at] ^= static_cast<std::byte>(1 + random.Below(255));
    try {
      index.Search(rows[0], {.probes = 1, .max_probes = 2});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupted);
    } catch (const std::out_of_range&) {  // a block behind the end of the file
    }
    page[at] = before;
  }
}

class SecondBits : public testing::Test {
 protected:
  static constexpr std::size_t kVersionAt = 28;
  static constexpr std::size_t kBitsAt = 55;

  static ErrorKind KindOf(const std::byte* page) {
    try {
      (void)ReadMeta(page);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::kInternal;
  }
};

TEST_F(SecondBits, UnknownOnesAreRefused) {
  Index index(Metric::kL2, RandomRows(10, kDims, 16), 1, Codec::kRabitq);
  std::byte* page = index.store.Corrupt(0);
  EXPECT_EQ(page[kVersionAt], std::byte{3});
  EXPECT_EQ(page[kBitsAt], std::byte{4});
  for (const unsigned bits : {1u, 2u, 8u, 255u}) {
    page[kBitsAt] = static_cast<std::byte>(bits);
    EXPECT_EQ(KindOf(page), ErrorKind::kCorrupted);
  }
  page[kBitsAt] = std::byte{4};
  EXPECT_EQ(ReadMeta(page).second_bits, 4);
  page[kVersionAt] = std::byte{2};
  EXPECT_EQ(KindOf(page), ErrorKind::kCorrupted);
}

TEST_F(SecondBits, AreRefusedWhereNoCodeHasRoom) {
  Index index(Metric::kL2, RandomRows(10, 128, 17), 1, Codec::kRabitq);
  std::byte* page = index.store.Corrupt(0);
  EXPECT_EQ(page[kBitsAt], std::byte{0});
  page[kBitsAt] = std::byte{4};
  EXPECT_EQ(KindOf(page), ErrorKind::kCorrupted);
}

TEST_F(SecondBits, VersionTwoHadNone) {
  const auto rows = RandomRows(100, kDims, 18);
  Index index({.codec = Codec::kRabitq, .has_second = false}, rows, 2);
  index.store.Corrupt(0)[kVersionAt] = std::byte{2};
  index.meta = ReadMeta(index.store.Corrupt(0));
  EXPECT_EQ(StoredBytes(index.meta), kDims * sizeof(float));
  for (std::size_t i = 0; i < 20; ++i) index.Insert(500 + i, rows[i]);
  EXPECT_EQ(index.Check().rows, 120u);
  EXPECT_EQ(index.Search(rows[30], {.probes = 1, .max_probes = 2}, 1).front(), TidOf(30));
  EXPECT_EQ(index.counts.refined, 0u);
}

// A row of a row page, byte by byte. If it changes, old index files become unreadable: raise
// kVersion. What the bytes of a code mean is in quantize/grid_code_test.cpp.
TEST(SecondCode, GoldenRow) {
  Meta meta{};
  meta.dims = kDims;
  meta.codec = Codec::kRabitq;
  meta.second_bits = kSecondBits;
  const Row row(kDims, 1.0f);
  std::vector<std::uint8_t> code(256);
  for (std::size_t i = 0; i < code.size(); ++i) code[i] = static_cast<std::uint8_t>(i);
  const EncodedRow encoded{{}, {}, {{1, 2, 4}, 8}, code};
  std::vector<std::byte> stored(StoredBytes(meta), std::byte{0xEE});
  WriteLongRow(meta, std::as_bytes(std::span(row)), encoded, stored);

  std::vector<std::uint8_t> expected;
  const auto add_float = [&](unsigned upper) {
    for (const unsigned byte : {0u, 0u, upper & 0xFF, upper >> 8}) {
      expected.push_back(static_cast<std::uint8_t>(byte));
    }
  };
  for (std::size_t i = 0; i < kDims; ++i) add_float(0x3F80);
  expected.resize(2096, 0);
  for (const unsigned upper : {0x3F80u, 0x4000u, 0x4080u, 0x4100u}) add_float(upper);
  expected.insert(expected.end(), code.begin(), code.end());
  ASSERT_EQ(stored.size(), 2368u);
  ASSERT_EQ(expected.size(), 2368u);
  EXPECT_EQ(std::memcmp(stored.data(), expected.data(), stored.size()), 0);
}

}  // namespace
}  // namespace vec::ivf
