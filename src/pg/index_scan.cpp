#include "vector/pg/index_scan.hpp"

#include "vector/pg/file_end.hpp"
#include "vector/pg/heap_prefetch.hpp"
#include "vector/pg/index_rows.hpp"

namespace vec::pg {

IndexScanDesc NewScanDesc(Relation index, int keys, int orderbys) {
  return Call([&] {
    IndexScanDesc desc = RelationGetIndexScan(index, keys, orderbys);
    auto* opaque = static_cast<ScanOpaque*>(palloc0(sizeof(ScanOpaque)));
    opaque->context =
        AllocSetContextCreate(CurrentMemoryContext, "vector index scan", ALLOCSET_DEFAULT_SIZES);
    desc->opaque = opaque;
    return desc;
  });
}

void CopyKeys(IndexScanDesc desc, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys) {
  if (keys != nullptr && nkeys > 0) {
    std::memmove(desc->keyData, keys, static_cast<std::size_t>(nkeys) * sizeof(ScanKeyData));
  }
  if (orderbys != nullptr && norderbys > 0) {
    std::memmove(desc->orderByData, orderbys,
                 static_cast<std::size_t>(norderbys) * sizeof(ScanKeyData));
  }
}

void CheckCanScan(IndexScanDesc desc, const std::string& method) {
  if (desc->orderByData == nullptr || desc->numberOfOrderBys == 0) {
    throw Error(ErrorKind::kInternal, "cannot scan " + method + " index without order");
  }
  if (desc->numberOfOrderBys > 1) {
    throw Error(ErrorKind::kInternal, "cannot scan " + method + " index in more than one order");
  }
  if (!IsMVCCSnapshot(desc->xs_snapshot)) {
    throw Error(ErrorKind::kInternal, "non-MVCC snapshots are not supported with " + method);
  }
}

void HandOut(IndexScanDesc desc) {
  Call([&] {
    CheckHasRow(desc->heapRelation, desc->indexRelation, std::bit_cast<HeapTid>(desc->xs_heaptid));
    PinPageOfRow(desc);
  });
  desc->xs_recheck = false;
  desc->xs_recheckorderby = false;
}

void QueryRow::Read(const ScanKeyData& order, const RowKind& rows) {
  view_ = {};
  if ((order.sk_flags & SK_ISNULL) != 0) return;
  RowReader reader(rows.type, rows.metric, rows.dims, values_.get_allocator().resource());
  if (const auto row = reader.ReadQuery(order.sk_argument)) {
    // Only rows without floats are compared as they are stored.
    if (row->values.empty()) stored_.assign(row->stored.begin(), row->stored.end());
    values_.assign(row->values.begin(), row->values.end());
    view_ = {values_, stored_};
  }
  reader.Release();
}

}  // namespace vec::pg
