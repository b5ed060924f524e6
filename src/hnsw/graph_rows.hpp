// What the steps that make a graph ask of its rows.
//
// Three kinds of rows answer: dense_rows.hpp (squared L2 by matrix products), direct_rows.hpp
// (L1 and bits, one row against many) and sparse_rows.hpp (by the elements that rows share).
//
// Group: some rows, prepared to be compared with those of another group. The distance of row i
// of group `to` and row j of group `from` is
//
//   to.norms()[i] + from.norms()[j] - 2 * shared[i * from.count() + j]
//
// where Compare(to, from, shared, workers) writes `shared`. It is made in float32 and may be a
// little off.
//
// Probe: one row, prepared to be compared with others one by one, exactly. Distances of rows
// whose numbers leave the range may be infinite or NaN.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "vector/base/workers.hpp"

namespace vec::hnsw {

// Fetches the first bytes of a row ahead, `size` at most.
inline void PrefetchRow(const void* row, std::size_t size) {
  const auto* bytes = static_cast<const char*>(row);
  for (std::size_t byte = 0; byte < size; byte += 64) __builtin_prefetch(bytes + byte);
}

template <class R>
concept GraphRows = requires(const R rows, typename R::Group group, typename R::Probe probe,
                             std::span<const std::uint32_t> numbers, std::uint32_t row,
                             std::optional<std::uint32_t> origin, float* shared, Workers& workers) {
  { rows.count() } -> std::same_as<std::size_t>;
  rows.Prefetch(row);

  // Rows by number; as seen from a row among or near them, where there is a zero to move.
  group.Load(rows, numbers, origin);
  { group.count() } -> std::same_as<std::size_t>;
  { group.norms() } -> std::same_as<const float*>;
  R::Group::Compare(group, group, shared, workers);

  requires std::constructible_from<typename R::Probe, const R&>;
  probe.Set(row);
  { probe.DistanceTo(row) } -> std::same_as<float>;
  { probe.NegativeProductTo(row) } -> std::same_as<float>;  // of the inner product
};

}  // namespace vec::hnsw
