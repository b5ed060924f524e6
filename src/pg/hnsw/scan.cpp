#include "vector/hnsw/search.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/heap_prefetch.hpp"
#include "vector/pg/heap_rows.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/meta.hpp"
#include "vector/pg/hnsw/options.hpp"
#include "vector/pg/index_scan.hpp"
#include "vector/pg/scan_stats.hpp"

namespace vec::pg::hnsw {

namespace {

// The rows of the table, which few searches have to look at.
class HeapRowsOnDemand final : public HeapVectors {
 public:
  HeapRowsOnDemand(Relation heap, Relation index, Snapshot snapshot, const RowKind& rows,
                   MemoryContext parent)
      : heap_(heap), index_(index), snapshot_(snapshot), row_kind_(rows), parent_(parent) {}
  ~HeapRowsOnDemand() override {
    rows_.reset();
    if (context_ != nullptr) MemoryContextDelete(context_);
  }
  HeapRowsOnDemand(const HeapRowsOnDemand&) = delete;
  HeapRowsOnDemand& operator=(const HeapRowsOnDemand&) = delete;

  std::optional<std::span<const float>> Read(HeapTid tid) override {
    if (!rows_) {
      context_ = Call(
          [&] { return AllocSetContextCreate(parent_, "hnsw heap rows", ALLOCSET_SMALL_SIZES); });
      rows_.emplace(heap_, index_, snapshot_, row_kind_, context_);
    }
    return rows_->Read(tid);
  }

 private:
  Relation heap_;
  Relation index_;
  Snapshot snapshot_;
  RowKind row_kind_;
  MemoryContext parent_;
  MemoryContext context_ = nullptr;
  std::optional<HeapRows> rows_;
};

// One index scan.
class Scan {
 public:
  Scan(Relation index, MemoryContext context)
      : context_(context),
        memory_(context),
        index_(index),
        store_(index),
        meta_(MetaOf(index)),
        query_(&memory_) {}

  void Start(const ScanKeyData& order, Relation heap, Snapshot snapshot) {
    Stop();
    store_.TestSnapshot(snapshot);
    heap_prefetch_.Start(heap);
    const RowKind rows = {meta_.type, meta_.metric, meta_.dims};
    query_.Read(order, rows);
    heap_.emplace(heap, index_, snapshot, rows, context_);
    const SearchSettings settings = CurrentSearch();
    const vec::hnsw::SearchParams params{.ef = settings.ef_search,
                                         .is_iterative = settings.is_iterative,
                                         .is_strict = settings.is_strict,
                                         .max_visited = settings.max_scan_tuples,
                                         .memory_bytes = settings.memory_bytes,
                                         .heap = &*heap_};
    search_.emplace(store_, meta_, query_.view(), params, &memory_);
  }

  bool Next(ItemPointer tid) {
    const auto row = search_->Next();
    if (!row) return false;
    heap_prefetch_.Advance(*row, [&](auto out) { return search_->Likely(out); });
    *tid = std::bit_cast<ItemPointerData>(*row);
    return true;
  }

  // The row that was returned last is dead to everybody.
  void ReportDead() { search_->ReportDead(); }

  void Stop() {
    if (search_) Publish(search_->counts());
    search_.reset();
    heap_.reset();
  }
  bool is_running() const { return search_.has_value(); }

 private:
  // Codes are those of entries and neighbors; plain nodes are compared exactly.
  void Publish(const vec::hnsw::SearchCounts& counts) const {
    const bool has_codes = meta_.form == vec::hnsw::Form::kCoded;
    last_scan = {.index = RelationGetRelid(index_),
                 .lists = 0,
                 .pages = counts.nodes + counts.items,
                 .codes = has_codes ? counts.entries + counts.lanes : 0,
                 .refined = 0,
                 .exact = counts.exact};
  }

  MemoryContext context_;
  ContextResource memory_;
  Relation index_;
  BufferStore store_;
  vec::hnsw::Meta meta_;
  QueryRow query_;
  std::optional<HeapRowsOnDemand> heap_;
  std::optional<vec::hnsw::Search<BufferStore>> search_;
  HeapPrefetch heap_prefetch_;
};

}  // namespace

IndexScanDesc BeginScan(Relation index, int keys, int orderbys) {
  return BeginScanAs<Scan>(index, keys, orderbys);
}

void Rescan(IndexScanDesc desc, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys) {
  ScanAs<Scan>(desc).Stop();
  CopyKeys(desc, keys, nkeys, orderbys, norderbys);
}

bool GetTuple(IndexScanDesc desc) {
  Scan& scan = ScanAs<Scan>(desc);
  if (!scan.is_running()) {
    CheckCanScan(desc, "hnsw");
    CountIndexScan(desc);
    scan.Start(desc->orderByData[0], desc->heapRelation, desc->xs_snapshot);
  } else if (desc->kill_prior_tuple) {
    scan.ReportDead();
  }
  if (!scan.Next(&desc->xs_heaptid)) return false;
  HandOut(desc);
  return true;
}

void EndScan(IndexScanDesc desc) { EndScanAs<Scan>(desc); }

}  // namespace vec::pg::hnsw
