// What the scans of all index methods have in common.
//
// A Scan lives in a memory context of its own, so that an abort, which runs no
// destructor, frees everything. It is made as Scan(Relation, MemoryContext), and its
// Stop() ends a search if one is running.
#pragma once

#include "vector/pg/guard.hpp"
#include "vector/pg/memory.hpp"
#include "vector/pg/row_kind.hpp"

namespace vec::pg {

struct ScanOpaque {
  MemoryContext context;
  void* scan;
};

// Fills a descriptor and its opaque part, all but the scan.
IndexScanDesc NewScanDesc(Relation index, int keys, int orderbys);

template <typename Scan>
IndexScanDesc BeginScanAs(Relation index, int keys, int orderbys) {
  IndexScanDesc desc = NewScanDesc(index, keys, orderbys);
  auto* opaque = static_cast<ScanOpaque*>(desc->opaque);
  void* place = Call([&] { return MemoryContextAlloc(opaque->context, sizeof(Scan)); });
  opaque->scan = new (place) Scan(index, opaque->context);
  return desc;
}

template <typename Scan>
Scan& ScanAs(IndexScanDesc desc) {
  return *static_cast<Scan*>(static_cast<ScanOpaque*>(desc->opaque)->scan);
}

template <typename Scan>
void EndScanAs(IndexScanDesc desc) {
  ScanAs<Scan>(desc).Stop();
  ScanAs<Scan>(desc).~Scan();
  MemoryContextDelete(static_cast<ScanOpaque*>(desc->opaque)->context);
  pfree(desc->opaque);
  desc->opaque = nullptr;
}

// For amrescan: what a search will be asked for.
void CopyKeys(IndexScanDesc desc, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys);

// Throws Error(kInternal) where an index of that method cannot be scanned so.
void CheckCanScan(IndexScanDesc desc, const std::string& method);

// To be called when xs_heaptid has been set to a row in order. Throws where the index is damaged
// so that the table cannot have it.
void HandOut(IndexScanDesc desc);

// The value that a query compares with, as the index sees it.
class QueryRow {
 public:
  explicit QueryRow(std::pmr::memory_resource* memory) : values_(memory), stored_(memory) {}
  QueryRow(const QueryRow&) = delete;
  QueryRow& operator=(const QueryRow&) = delete;

  // Throws Error(kInvalidValue) where the dimensions differ from the index's.
  void Read(const ScanKeyData& order, const RowKind& rows);

  // Empty where the value is NULL or, for cosine, has no direction.
  const RowView& view() const { return view_; }

 private:
  std::pmr::vector<float> values_;
  std::pmr::vector<std::byte> stored_;
  RowView view_;
};

}  // namespace vec::pg
