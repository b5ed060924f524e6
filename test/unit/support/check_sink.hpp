// What checks of indexes report, collected.
#pragma once

#include <string>
#include <vector>

#include "vector/base/error.hpp"
#include "vector/hnsw/check.hpp"
#include "vector/ivf/check.hpp"

namespace vec::test {

struct CollectingSink {
  void Report(const Finding& finding) { findings.push_back(finding); }
  void TakeRow(const CheckedRow& row) {
    if (!row.is_again) tids.push_back(row.tid);
  }
  bool HasWriters() { return false; }

  std::vector<Finding> findings;
  std::vector<HeapTid> tids;
};

// The first finding of that severity.
inline std::string FirstOf(const std::vector<Finding>& findings, Severity severity) {
  for (const Finding& finding : findings) {
    if (finding.severity == severity) {
      return std::string(finding.what) + " in block " + std::to_string(finding.block);
    }
  }
  return {};
}

// Throws Error(kCorrupted) where there is an error.
template <PageStore Store>
ivf::CheckCounts CheckIvf(Store& store, HeapVectors* heap = nullptr) {
  CollectingSink sink;
  const auto counts =
      ivf::Checker<Store, CollectingSink>(store, sink, heap, std::pmr::get_default_resource())
          .Run();
  if (const std::string error = FirstOf(sink.findings, Severity::kError); !error.empty()) {
    throw Error(ErrorKind::kCorrupted, error);
  }
  return counts;
}

struct HnswCheck : hnsw::CheckCounts {
  std::vector<Finding> findings;
};

template <PageStore Store>
HnswCheck CheckHnsw(Store& store) {
  constexpr std::size_t kCacheBytes = 1 << 20;
  CollectingSink sink;
  HnswCheck result{hnsw::Checker<Store, CollectingSink>(store, sink, kCacheBytes,
                                                        std::pmr::get_default_resource())
                       .Run(),
                   {}};
  result.findings = std::move(sink.findings);
  return result;
}

// What a damaged index would show; room that a crash lost does not count.
inline std::string Damage(const HnswCheck& result) {
  return FirstOf(result.findings, Severity::kError);
}

}  // namespace vec::test
