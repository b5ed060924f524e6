#include "duplicates.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "vector/hnsw/row_hash.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kRowsPerTask = 1024;

// Rows of equal hashes are compared.
struct Hashed {
  std::uint64_t hash;
  std::uint32_t row;
  auto operator<=>(const Hashed&) const = default;
};

bool AreEqual(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Duplicates FindDuplicates(std::size_t rows, const BytesOf& bytes_of, Workers& workers) {
  const std::size_t n = rows;
  std::vector<Hashed> order(n);
  workers.Run(
      0, (n + kRowsPerTask - 1) / kRowsPerTask, [] { return 0; },
      [&](std::size_t task, int) {
        const std::size_t end = std::min((task + 1) * kRowsPerTask, n);
        for (std::size_t i = task * kRowsPerTask; i < end; ++i) {
          const auto row = static_cast<std::uint32_t>(i);
          order[i] = {HashRow(bytes_of(row)), row};
        }
      });
  std::ranges::sort(order);
  workers.Report(0);

  // The value of each row, named by its first row. Values whose hashes collide are not
  // looked for beyond the one before: the row is then a value of its own.
  std::vector<std::uint32_t> value(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint32_t row = order[i].row;
    value[row] = row;
    if (i == 0 || order[i - 1].hash != order[i].hash) continue;
    const std::uint32_t candidate = value[order[i - 1].row];
    if (AreEqual(bytes_of(candidate), bytes_of(row))) value[row] = candidate;
  }

  Duplicates found;
  std::vector<std::uint32_t> place(n);  // of a value among all, then of its next copy
  for (std::uint32_t i = 0; i < n; ++i) {
    if (value[i] != i) continue;
    place[i] = static_cast<std::uint32_t>(found.rows.size());
    found.rows.push_back(i);
  }
  found.first.assign(found.rows.size() + 1, 0);
  for (std::uint32_t i = 0; i < n; ++i) {
    if (value[i] != i) ++found.first[place[value[i]] + 1];
  }
  std::partial_sum(found.first.begin(), found.first.end(), found.first.begin());
  found.copies.resize(found.first.back());
  std::vector<std::uint32_t> next(found.first.begin(), found.first.end() - 1);
  for (std::uint32_t i = 0; i < n; ++i) {
    if (value[i] != i) found.copies[next[place[value[i]]]++] = i;
  }
  return found;
}

}  // namespace vec::hnsw
