// A page of fixed-length rows, each with a small fixed head.
//
//   24        head[0] head[1] ... head[n-1]            grows up, ends at `lower`
//             hole
//   upper     row[n-1] ... row[1] row[0]               grows down from `special`
//   special   trailer
//
// The count is what the heads take: (lower - 24) / sizeof(Head); a valid page has
// upper = special - count * row_bytes. Rows are dense, so one kernel call walks
// all of them; row i belongs to head i.
#pragma once

#include <cstring>
#include <span>

#include "vector/base/assert.hpp"
#include "vector/base/error.hpp"
#include "vector/storage/page.hpp"

namespace vec {

// How many rows a formatted page holds.
template <typename Head>
constexpr std::size_t RowsPerPage(std::size_t row_bytes, std::size_t special_bytes) {
  return (kPageBytes - sizeof(PageHeader) - special_bytes) / (sizeof(Head) + row_bytes);
}

// Where row i begins in a valid page.
constexpr std::size_t RowOffset(std::size_t i, std::size_t row_bytes, std::size_t special_bytes) {
  return kPageBytes - special_bytes - (i + 1) * row_bytes;
}

// A read-only view. The page stays pinned by its guard.
template <typename Head>
class RowPage {
 public:
  // Throws Error(kCorrupted) where the page is not a page of such rows.
  RowPage(const std::byte* page, std::size_t row_bytes, std::size_t special_bytes)
      : page_(page), row_bytes_(row_bytes) {
    if (!HasLayout(page, row_bytes, special_bytes)) {
      throw Error(ErrorKind::kCorrupted, "index page has an invalid layout");
    }
    count_ = (HeaderOf(page).lower - sizeof(PageHeader)) / sizeof(Head);
  }

  // Whether the page is a page of such rows.
  static bool HasLayout(const std::byte* page, std::size_t row_bytes, std::size_t special_bytes) {
    const PageHeader& header = HeaderOf(page);
    if (header.lower < sizeof(PageHeader) || header.special != kPageBytes - special_bytes)
      return false;
    const std::size_t heads = header.lower - sizeof(PageHeader);
    return header.lower <= header.upper && heads % sizeof(Head) == 0 &&
           header.upper + heads / sizeof(Head) * row_bytes == header.special;
  }

  std::size_t count() const { return count_; }
  std::span<const Head> heads() const {
    return {reinterpret_cast<const Head*>(page_ + sizeof(PageHeader)), count_};
  }
  bool HasRoom() const {
    const PageHeader& header = HeaderOf(page_);
    return header.lower + sizeof(Head) + row_bytes_ <= header.upper;
  }
  const std::byte* row(std::size_t i) const {
    return page_ + HeaderOf(page_).special - (i + 1) * row_bytes_;
  }

 private:
  const std::byte* page_;
  std::size_t row_bytes_;
  std::size_t count_;
};

// The changing twin, over an image of a record.
template <typename Head>
class MutableRowPage {
 public:
  MutableRowPage(std::byte* page, std::size_t row_bytes, std::size_t special_bytes)
      : page_(page),
        row_bytes_(row_bytes),
        count_(RowPage<Head>(page, row_bytes, special_bytes).count()) {}

  std::size_t count() const { return count_; }
  Head& head(std::size_t i) {
    VECTOR_ASSERT(i < count_);
    return reinterpret_cast<Head*>(page_ + sizeof(PageHeader))[i];
  }
  bool HasRoom() const {
    const PageHeader& header = HeaderOf(static_cast<const std::byte*>(page_));
    return header.lower + sizeof(Head) + row_bytes_ <= header.upper;
  }

  // REQUIRES: HasRoom().
  void Append(const Head& head_value, const void* row_value) {
    VECTOR_ASSERT(HasRoom());
    PageHeader& header = HeaderOf(page_);
    header.upper = static_cast<std::uint16_t>(header.upper - row_bytes_);
    header.lower = static_cast<std::uint16_t>(header.lower + sizeof(Head));
    std::memcpy(page_ + header.upper, row_value, row_bytes_);
    ++count_;
    std::memcpy(static_cast<void*>(&head(count_ - 1)), &head_value, sizeof(Head));
  }

  // Puts another row in place i. REQUIRES: i < count().
  void Replace(std::size_t i, const Head& head_value, const void* row_value) {
    std::memcpy(RowAt(i), row_value, row_bytes_);
    std::memcpy(static_cast<void*>(&head(i)), &head_value, sizeof(Head));
  }

  // Removes row i; the last row takes its place. REQUIRES: i < count().
  void Remove(std::size_t i) {
    PageHeader& header = HeaderOf(page_);
    const std::size_t last = count_ - 1;
    if (i != last) {
      std::memcpy(RowAt(i), RowAt(last), row_bytes_);
      std::memcpy(static_cast<void*>(&head(i)), &head(last), sizeof(Head));
    }
    std::memset(RowAt(last), 0, row_bytes_);
    std::memset(static_cast<void*>(&head(last)), 0, sizeof(Head));
    header.upper = static_cast<std::uint16_t>(header.upper + row_bytes_);
    header.lower = static_cast<std::uint16_t>(header.lower - sizeof(Head));
    --count_;
  }

 private:
  std::byte* RowAt(std::size_t i) { return page_ + HeaderOf(page_).special - (i + 1) * row_bytes_; }

  std::byte* page_;
  std::size_t row_bytes_;
  std::size_t count_;
};

}  // namespace vec
