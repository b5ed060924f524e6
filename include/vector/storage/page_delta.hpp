// What a change of a page puts into the write-ahead log: PostgreSQL's generic records hold it as
//
//   fragment  0  u16 offset     on the page, from 0
//             2  u16 length     at least 1
//             4  bytes[length]  as they are from now on
//
// one fragment after the other, by offset. Replay copies the bytes and clears the hole. PostgreSQL
// itself compares one byte at a time, which was a quarter of what an insert into hnsw costs, under
// the locks of the pages; here it is words.
#pragma once

#include <algorithm>
#include <bit>
#include <span>

#include "vector/storage/page.hpp"

namespace vec {

class PageDelta {
 public:
  // REQUIRES: lower <= upper <= kPageBytes in the header of `after`. Zeros are such a page.
  void Find(const std::byte* before, const std::byte* after) {
    size_ = from_ = to_ = 0;
    const PageHeader &old_header = HeaderOf(before), &header = HeaderOf(after);
    // What was in the hole before is written whatever it was: replay may find zeros there.
    const std::size_t lower = std::min(old_header.lower, header.lower);
    const std::size_t upper =
        std::min<std::size_t>(std::max(old_header.upper, header.upper), kPageBytes);
    AddChanges(before, after, 0, lower);
    Add(after, lower, header.lower);
    WriteFragment(after);  // none reaches over the hole
    Add(after, header.upper, upper);
    AddChanges(before, after, upper, kPageBytes);
    WriteFragment(after);
  }

  std::span<const std::byte> bytes() const { return {bytes_, size_}; }

 private:
  static constexpr std::size_t kHeaderBytes = 2 * sizeof(std::uint16_t);
  // Each fragment is preceded by more than kHeaderBytes that did not change, but for the first
  // on each side of the hole.
  static constexpr std::size_t kMostBytes = kPageBytes + 2 * kHeaderBytes;

  void AddChanges(const std::byte* before, const std::byte* after, std::size_t at,
                  std::size_t end) {
    while ((at = NextChange(before, after, at, end)) < end) {
      const std::size_t from = at;
      at = NextSame(before, after, at, end);
      Add(after, from, at);
    }
  }

  // Appends [from, to). Behind a gap that is no longer than a header, the fragment goes on.
  void Add(const std::byte* after, std::size_t from, std::size_t to) {
    if (from >= to) return;
    if (from_ == to_ || from - to_ > kHeaderBytes) {
      WriteFragment(after);
      from_ = from;
    }
    to_ = to;
  }

  void WriteFragment(const std::byte* after) {
    if (from_ == to_) return;
    const std::uint16_t header[] = {static_cast<std::uint16_t>(from_),
                                    static_cast<std::uint16_t>(to_ - from_)};
    static_assert(sizeof header == kHeaderBytes);
    std::memcpy(bytes_ + size_, header, sizeof header);
    std::memcpy(bytes_ + size_ + sizeof header, after + from_, to_ - from_);
    size_ += sizeof header + (to_ - from_);
    from_ = to_;
  }

  // Bits that differ in the eight bytes at a and b, the first byte lowest.
  static std::uint64_t Differences(const std::byte* a, const std::byte* b) {
    std::uint64_t x, y;
    std::memcpy(&x, a, sizeof x);
    std::memcpy(&y, b, sizeof y);
    return std::endian::native == std::endian::little ? x ^ y : __builtin_bswap64(x ^ y);
  }

  static bool IsSameLine(const std::byte* a, const std::byte* b) {
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < kLineBytes; i += 8) any |= Differences(a + i, b + i);
    return any == 0;
  }

  // The first byte of [at, end) that differs, or `end`.
  static std::size_t NextChange(const std::byte* a, const std::byte* b, std::size_t at,
                                std::size_t end) {
    while (at + kLineBytes <= end && IsSameLine(a + at, b + at)) at += kLineBytes;
    for (; at + 8 <= end; at += 8) {
      if (const std::uint64_t bits = Differences(a + at, b + at)) return at + FirstByte(bits);
    }
    while (at < end && a[at] == b[at]) ++at;
    return at;
  }

  // The first byte of [at, end) that does not differ, or `end`.
  static std::size_t NextSame(const std::byte* a, const std::byte* b, std::size_t at,
                              std::size_t end) {
    constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
    for (; at + 8 <= end; at += 8) {
      // The lowest bit that is set belongs to the first byte of zeros; higher ones may be carries.
      const std::uint64_t bits = Differences(a + at, b + at);
      if (const std::uint64_t zeros = (bits - kOnes) & ~bits & kTops) return at + FirstByte(zeros);
    }
    while (at < end && a[at] != b[at]) ++at;
    return at;
  }

  static std::size_t FirstByte(std::uint64_t bits) {
    return static_cast<std::size_t>(std::countr_zero(bits)) / 8;
  }

  static constexpr std::size_t kLineBytes = 64;

  std::size_t size_ = 0;
  std::size_t from_ = 0;  // [from_, to_): the fragment that is not written yet
  std::size_t to_ = 0;
  std::byte bytes_[kMostBytes];
};

}  // namespace vec
