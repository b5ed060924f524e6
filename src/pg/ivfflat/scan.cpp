#include "vector/ivf/search.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/heap_rows.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/meta.hpp"
#include "vector/pg/ivfflat/options.hpp"
#include "vector/pg/memory.hpp"
#include "vector/pg/scan_stats.hpp"

namespace vec::pg::ivfflat {

namespace {

// One index scan. Lives in a memory context of its own, so that an abort, which
// runs no destructor, frees everything.
class Scan {
 public:
  Scan(Relation index, MemoryContext context)
      : context_(context),
        memory_(context),
        index_(index),
        store_(index),
        meta_(MetaOf(index)),
        probes_(CurrentProbes(index)),
        values_(&memory_),
        stored_(&memory_) {}

  void Start(const ScanKeyData& order, Relation heap, Snapshot snapshot) {
    Stop();
    store_.TestSnapshot(snapshot);
    ReadQuery(order);
    if (meta_.vectors == ivf::Vectors::kHeap && !query_.empty()) {
      heap_context_ = Call([&] {
        return AllocSetContextCreate(context_, "ivfflat heap rows", ALLOCSET_SMALL_SIZES);
      });
      heap_.emplace(heap, index_, snapshot, RowKind{meta_.type, meta_.metric, meta_.dims},
                    heap_context_);
    }
    const ivf::SearchParams params{.probes = std::min(probes_.probes, meta_.lists),
                                   .max_probes = std::min(probes_.max_probes, meta_.lists),
                                   .memory_bytes = static_cast<std::size_t>(work_mem) * 1024,
                                   .heap = heap_ ? &*heap_ : nullptr};
    if (ivf::HasPlainLists(meta_)) {
      search_.emplace<PlainSearch>(store_, meta_, query_, params, &memory_);
    } else {
      search_.emplace<CodedSearch>(store_, meta_, query_, params, &memory_);
    }
  }

  bool Next(ItemPointer tid) {
    auto* plain = std::get_if<PlainSearch>(&search_);
    const auto row = plain != nullptr ? plain->Next() : std::get<CodedSearch>(search_).Next();
    if (row) *tid = std::bit_cast<ItemPointerData>(*row);
    return row.has_value();
  }

  void Stop() {
    std::visit([&](const auto& search) { Publish(search); }, search_);
    search_.emplace<std::monostate>();
    heap_.reset();
    if (heap_context_ != nullptr) MemoryContextDelete(heap_context_);
    heap_context_ = nullptr;
  }
  bool is_running() const { return search_.index() != 0; }

 private:
  using PlainSearch = ivf::PlainSearch<BufferStore>;
  using CodedSearch = ivf::CodedSearch<BufferStore>;

  void Publish(const std::monostate&) const {}
  template <typename Search>
  void Publish(const Search& search) const {
    const ivf::SearchCounts& counts = search.counts();
    const bool reads_rows = !ivf::HasPlainLists(meta_) && meta_.vectors == ivf::Vectors::kIndex;
    last_scan = {.index = RelationGetRelid(index_),
                 .lists = counts.lists,
                 .pages = counts.directory_pages + counts.pages + (reads_rows ? counts.exact : 0),
                 .codes = meta_.codec == ivf::Codec::kNone ? 0 : counts.rows,
                 .exact = ivf::HasPlainLists(meta_) ? counts.rows : counts.exact};
  }

  // Leaves the query empty where it is NULL or, for cosine, has no direction.
  void ReadQuery(const ScanKeyData& order) {
    query_ = {};
    if ((order.sk_flags & SK_ISNULL) != 0) return;
    RowReader reader(meta_.type, meta_.metric, meta_.dims, &memory_);
    if (const auto row = reader.ReadQuery(order.sk_argument)) {
      // Only bits are compared as they are stored.
      if (row->values.empty()) stored_.assign(row->stored.begin(), row->stored.end());
      values_.assign(row->values.begin(), row->values.end());
      query_ = {values_, stored_};
    }
    reader.Release();
  }

  MemoryContext context_;
  ContextResource memory_;
  Relation index_;
  BufferStore store_;
  ivf::Meta meta_;
  ProbeSettings probes_;
  std::pmr::vector<float> values_;
  std::pmr::vector<std::byte> stored_;
  ivf::RowView query_;
  MemoryContext heap_context_ = nullptr;  // of heap_, so that rescans keep nothing
  std::optional<HeapRows> heap_;
  std::variant<std::monostate, PlainSearch, CodedSearch> search_;
};

struct ScanOpaque {
  MemoryContext context;
  Scan* scan;
};

ScanOpaque* OpaqueOf(IndexScanDesc scan) { return static_cast<ScanOpaque*>(scan->opaque); }

void CheckCanStart(IndexScanDesc scan) {
  if (scan->orderByData == nullptr || scan->numberOfOrderBys == 0) {
    throw Error(ErrorKind::kInternal, "cannot scan ivfflat index without order");
  }
  if (scan->numberOfOrderBys > 1) {
    throw Error(ErrorKind::kInternal, "cannot scan ivfflat index in more than one order");
  }
  if (!IsMVCCSnapshot(scan->xs_snapshot)) {
    throw Error(ErrorKind::kInternal, "non-MVCC snapshots are not supported with ivfflat");
  }
}

}  // namespace

IndexScanDesc BeginScan(Relation index, int keys, int orderbys) {
  IndexScanDesc scan = nullptr;
  ScanOpaque* opaque = nullptr;
  Call([&] {
    scan = RelationGetIndexScan(index, keys, orderbys);
    opaque = static_cast<ScanOpaque*>(palloc0(sizeof(ScanOpaque)));
    opaque->context =
        AllocSetContextCreate(CurrentMemoryContext, "ivfflat scan", ALLOCSET_DEFAULT_SIZES);
    scan->opaque = opaque;
  });
  void* place = Call([&] { return MemoryContextAlloc(opaque->context, sizeof(Scan)); });
  opaque->scan = new (place) Scan(index, opaque->context);
  return scan;
}

void Rescan(IndexScanDesc scan, ScanKey keys, int nkeys, ScanKey orderbys, int norderbys) {
  OpaqueOf(scan)->scan->Stop();
  if (keys != nullptr && nkeys > 0) {
    std::memmove(scan->keyData, keys, static_cast<std::size_t>(nkeys) * sizeof(ScanKeyData));
  }
  if (orderbys != nullptr && norderbys > 0) {
    std::memmove(scan->orderByData, orderbys,
                 static_cast<std::size_t>(norderbys) * sizeof(ScanKeyData));
  }
}

bool GetTuple(IndexScanDesc desc) {
  Scan& scan = *OpaqueOf(desc)->scan;
  if (!scan.is_running()) {
    CheckCanStart(desc);
    CountIndexScan(desc);
    scan.Start(desc->orderByData[0], desc->heapRelation, desc->xs_snapshot);
  }
  if (!scan.Next(&desc->xs_heaptid)) return false;
  desc->xs_recheck = false;
  desc->xs_recheckorderby = false;
  return true;
}

void EndScan(IndexScanDesc scan) {
  OpaqueOf(scan)->scan->Stop();
  OpaqueOf(scan)->scan->~Scan();
  MemoryContextDelete(OpaqueOf(scan)->context);
  pfree(scan->opaque);
  scan->opaque = nullptr;
}

}  // namespace vec::pg::ivfflat
