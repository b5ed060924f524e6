// What a check of an index hands out: findings, and the rows that the index has.
//
// Checks read one page at a time, with no lock held while they compute, beside readers and
// writers. Of two kinds of findings:
//
//   local    seen on one page or a chain of links, and seen again unchanged after all that it was
//            compared with had been read: reported at once
//   global   what the whole file tells, such as that nothing leads to a page: reported only where
//            the file did not change while it was read; else looked for again, a few times
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <span>
#include <vector>

#include "vector/storage/page.hpp"
#include "vector/storage/page_store.hpp"

namespace vec {

// kWarning: it costs space or recall, as what a crash leaves may do. kError: it must not be.
enum class Severity { kWarning, kError };

inline constexpr std::uint32_t kNoItem = 0xFFFFFFFF;

struct Finding {
  BlockId block;
  std::uint32_t item;  // of a node, lane, row, place or list within the block; kNoItem: the page
  const char* what;
  Severity severity = Severity::kError;
};

// A heap TID that the index has.
struct CheckedRow {
  BlockId block;  // where
  std::uint32_t item;
  HeapTid tid;
  std::span<const std::byte> kept;  // as the index keeps it; empty where it does not
  bool is_again;                    // may have been handed out before, as lists changed meanwhile
};

template <typename S>
concept CheckSink = requires(S& sink, const Finding& finding, const CheckedRow& row) {
  sink.Report(finding);
  sink.TakeRow(row);
  // Whether somebody is between two records that belong together.
  { sink.HasWriters() } -> std::same_as<bool>;
};

// The length of a vector; not finite where one of its elements is not.
inline double LengthOf(std::span<const float> values) {
  double square = 0;
  for (const float x : values) square += double{x} * x;
  return std::sqrt(square);
}

// Whether a heap TID can be one.
inline bool IsTid(HeapTid tid) {
  return tid.offset != 0 && (tid.block_high != 0xFFFF || tid.block_low != 0xFFFF);
}

// Finds out whether a file has changed. The headers of pages do not count: they have LSNs.
template <PageStore Store>
std::uint64_t FingerprintOf(Store& store) {
  std::uint64_t hash = 0;
  const BlockId blocks = store.BlockCount();
  for (BlockId block = 0; block < blocks; ++block) {
    store.CheckInterrupts();
    const auto guard = store.Read(block);
    for (std::size_t at = sizeof(PageHeader); at < kPageBytes; at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, guard.page() + at, sizeof(word));
      hash = (hash ^ word) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 29;
    }
  }
  return hash ^ blocks;
}

// Global findings: look(findings) makes them, and is called again until nobody has changed the
// file meanwhile.
template <PageStore Store, CheckSink Sink, typename Look>
void ReportSettled(Store& store, Sink& sink, std::pmr::memory_resource* memory, Look look) {
  constexpr int kAttempts = 3;
  std::pmr::vector<Finding> findings(memory);
  look(findings);
  for (int attempt = 0; attempt < kAttempts && !findings.empty(); ++attempt) {
    const std::uint64_t before = FingerprintOf(store);
    findings.clear();
    look(findings);
    if (sink.HasWriters() || FingerprintOf(store) != before) continue;
    for (const Finding& finding : findings) sink.Report(finding);
    return;
  }
}

}  // namespace vec
