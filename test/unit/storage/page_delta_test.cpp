#include "vector/storage/page_delta.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "support/replay.hpp"
#include "vector/base/random.hpp"

namespace vec {
namespace {

struct alignas(8) Page {
  std::array<std::byte, kPageBytes> bytes{};

  std::byte* data() { return bytes.data(); }
  bool operator==(const Page&) const = default;
};

struct Fragment {
  std::size_t offset;
  std::size_t length;
  bool operator==(const Fragment&) const = default;
};

Page MakePage(std::size_t lower, std::size_t upper) {
  Page page;
  FormatPage(page.data(), 16);
  HeaderOf(page.data()).lower = static_cast<std::uint16_t>(lower);
  HeaderOf(page.data()).upper = static_cast<std::uint16_t>(upper);
  return page;
}

void Fill(Page& page, std::size_t from, std::size_t to, Random& random) {
  for (; from < to; ++from) page.bytes[from] = static_cast<std::byte>(random.Below(256));
}

// The delta, which must make `after` of `before`.
std::vector<std::byte> DeltaOf(Page before, Page after) {
  const auto delta = std::make_unique<PageDelta>();
  delta->Find(before.data(), after.data());
  test::Replay(delta->bytes(), before.data());
  ClearHole(after.data());
  EXPECT_TRUE(before == after);
  return {delta->bytes().begin(), delta->bytes().end()};
}

std::vector<Fragment> FragmentsOf(const std::vector<std::byte>& delta) {
  std::vector<Fragment> fragments;
  for (std::size_t at = 0; at < delta.size();) {
    std::uint16_t header[2];
    std::memcpy(header, delta.data() + at, sizeof header);
    fragments.push_back({header[0], header[1]});
    at += sizeof header + header[1];
  }
  return fragments;
}

TEST(PageDelta, OfTheSamePageIsEmpty) {
  Random random(1);
  Page page = MakePage(4000, 5000);
  Fill(page, 24, 4000, random);
  EXPECT_TRUE(DeltaOf(page, page).empty());
}

TEST(PageDelta, HasEachByteThatChangedAndNoOther) {
  for (const std::size_t at : {24u, 25u, 63u, 64u, 127u, 3999u, 5000u, 8184u, 8191u}) {
    const Page before = MakePage(4000, 5000);
    Page after = before;
    after.bytes[at] ^= std::byte{0x80};
    EXPECT_EQ(FragmentsOf(DeltaOf(before, after)), (std::vector<Fragment>{{at, 1}})) << at;
  }
}

TEST(PageDelta, JoinsChangesThatAreNotFurtherApartThanAHeader) {
  for (std::size_t gap = 0; gap < 20; ++gap) {
    const Page before = MakePage(4000, 5000);
    Page after = before;
    for (const std::size_t at : {std::size_t{100}, 101 + gap}) after.bytes[at] = std::byte{1};
    const std::vector<Fragment> joined{{100, gap + 2}}, apart{{100, 1}, {101 + gap, 1}};
    EXPECT_EQ(FragmentsOf(DeltaOf(before, after)), gap <= 4 ? joined : apart) << gap;
  }
}

TEST(PageDelta, LeavesTheHoleOut) {
  const Page before = MakePage(4000, 5000);
  Page after = before;
  after.bytes[4500] = std::byte{1};
  EXPECT_TRUE(DeltaOf(before, after).empty());
}

TEST(PageDelta, HasAllThatWasInTheHoleBefore) {
  Page before = MakePage(4000, 5000);
  before.bytes[4050] = before.bytes[4950] = std::byte{1};  // replay would find zeros
  Page after = before;
  HeaderOf(after.data()).lower = 4100;
  HeaderOf(after.data()).upper = 4900;
  const std::vector<Fragment> fragments = FragmentsOf(DeltaOf(MakePage(4000, 5000), after));
  EXPECT_EQ(fragments.size(), 3u);
  EXPECT_EQ(fragments[1], (Fragment{4000, 100}));
  EXPECT_EQ(fragments[2], (Fragment{4900, 100}));
  EXPECT_EQ(FragmentsOf(DeltaOf(before, after)), fragments);
}

TEST(PageDelta, FormatsAPageOfZerosAndShrinks) {
  Random random(2);
  Page after = MakePage(3000, 6000);
  Fill(after, 24, 3000, random);
  Fill(after, 6000, kPageBytes, random);
  DeltaOf(Page{}, after);
  Page larger = MakePage(3500, 5500);
  Fill(larger, 24, 3500, random);
  Fill(larger, 5500, kPageBytes, random);
  DeltaOf(larger, after);
}

TEST(PageDelta, OfAnyChangeFitsAndReplays) {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    const auto bound = [&] { return static_cast<std::size_t>(24 + random.Below(kPageBytes - 40)); };
    std::size_t ends[] = {bound(), bound(), bound(), bound()};
    std::sort(std::begin(ends), std::end(ends));
    Page before = MakePage(ends[random.Below(2)], ends[2 + random.Below(2)]);
    Page after = MakePage(ends[random.Below(2)], ends[2 + random.Below(2)]);
    Fill(before, 24, HeaderOf(before.data()).lower, random);
    Fill(before, HeaderOf(before.data()).upper, kPageBytes, random);
    std::copy(before.bytes.begin() + 24, before.bytes.end(), after.bytes.begin() + 24);
    // Some runs, of bytes that differ or not, as close as 5 apart, which makes the most fragments.
    for (std::size_t at = 24; at < kPageBytes; at += random.Below(round % 2 == 0 ? 12 : 2000)) {
      const std::size_t end = std::min<std::size_t>(kPageBytes, at + random.Below(10));
      Fill(after, at, end, random);
      at = end + 5;
    }
    DeltaOf(before, after);
  }
}

TEST(PageDelta, StaysWithinItsBoundsWhateverThePageBeforeWas) {
  Page before = MakePage(4000, 5000);
  const Page after = before;
  HeaderOf(before.data()).lower = HeaderOf(before.data()).upper = 0xFFFF;
  DeltaOf(before, after);
}

TEST(PageDelta, HasNoFragmentOverTheHole) {
  const Page before = MakePage(4000, 4002);
  Page after = before;
  after.bytes[3999] = after.bytes[4001] = after.bytes[4002] = std::byte{1};
  EXPECT_EQ(FragmentsOf(DeltaOf(before, after)), (std::vector<Fragment>{{3999, 1}, {4002, 1}}));
}

TEST(PageDelta, OfAPageWhoseEveryByteChangesFits) {
  const Page before = MakePage(8176, 8176);
  Page after = before;
  for (std::byte& byte : after.bytes) byte ^= std::byte{1};
  HeaderOf(after.data()).lower = HeaderOf(after.data()).upper = 8176;
  const std::vector<std::byte> delta = DeltaOf(before, after);
  EXPECT_LE(delta.size(), kPageBytes + 8);
}

}  // namespace
}  // namespace vec
