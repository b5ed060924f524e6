// The least of many rows, chosen without branches that nobody can predict.
//
// Whether a row is less than a pivot is a coin toss to the processor; so rows are compared
// first, and swapped where that was so afterwards, in blocks (Edelkamp and Weiss,
// "BlockQuicksort", 2016, section 3). REQUIRES of all: Row is trivially copyable and totally
// ordered by <.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vec {

inline constexpr std::size_t kPivotSample = 64;

// A row that about rank / kPivotSample of the rows come before. REQUIRES: there are rows.
template <typename Row>
Row PivotOf(std::span<const Row> rows, std::size_t rank) {
  Row sample[kPivotSample];
  for (std::size_t i = 0; i < kPivotSample; ++i) sample[i] = rows[i * rows.size() / kPivotSample];
  rank = std::min(kPivotSample - 1, rank);
  std::nth_element(sample, sample + rank, sample + kPivotSample);
  return sample[rank];
}

// Moves all rows before the pivot to the front; returns how many they are.
template <typename Row>
std::size_t MoveLessToFront(std::span<Row> rows, const Row pivot) {
  constexpr std::size_t kBlock = 256;
  std::uint32_t found[kBlock];
  std::size_t end = 0;
  for (std::size_t first = 0; first < rows.size(); first += kBlock) {
    const std::size_t count = std::min(kBlock, rows.size() - first);
    std::size_t n = 0;
    for (std::size_t i = 0; i < count; ++i) {
      found[n] = static_cast<std::uint32_t>(i);
      n += rows[first + i] < pivot;
    }
    for (std::size_t i = 0; i < n; ++i) std::swap(rows[end++], rows[first + found[i]]);
  }
  return end;
}

// Moves the `wanted` least rows to the front, in any order, as std::nth_element does. REQUIRES:
// wanted <= rows.size().
template <typename Row>
void MoveLeastToFront(std::span<Row> rows, std::size_t wanted) {
  if (wanted == 0 || wanted >= rows.size()) return;
  if (rows.size() >= 2 * kPivotSample && wanted <= rows.size() / 2) {
    // Some more than wanted, so that a sample which is not quite right will do.
    const std::size_t rank = 3 + 5 * wanted * kPivotSample / (4 * rows.size());
    const std::size_t less = MoveLessToFront(rows, PivotOf(std::span<const Row>(rows), rank));
    // A sample of equal neighbours may be far off.
    if (less >= wanted) rows = rows.first(less);
  }
  if (wanted == rows.size()) return;
  const auto nth = rows.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::nth_element(rows.begin(), nth, rows.end());
}

}  // namespace vec
