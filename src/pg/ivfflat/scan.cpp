#include "vector/ivf/search.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/heap_prefetch.hpp"
#include "vector/pg/heap_rows.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/ivfflat/meta.hpp"
#include "vector/pg/ivfflat/options.hpp"
#include "vector/pg/index_cache.hpp"
#include "vector/pg/index_scan.hpp"
#include "vector/pg/scan_stats.hpp"

namespace vec::pg::ivfflat {

namespace {

// One index scan.
class Scan {
 public:
  Scan(Relation index, MemoryContext context)
      : context_(context),
        memory_(context),
        index_(index),
        store_(index),
        meta_(MetaOf(index)),
        probes_(CurrentProbes(index)),
        query_(&memory_) {}

  void Start(const ScanKeyData& order, Relation heap, Snapshot snapshot) {
    Stop();
    store_.TestSnapshot(snapshot);
    heap_prefetch_.Start(heap);
    const RowKind rows = {meta_.type, meta_.metric, meta_.dims};
    query_.Read(order, rows);
    if (meta_.vectors == ivf::Vectors::kHeap && !query_.view().empty() && !heap_) {
      heap_.emplace(heap, index_, snapshot, rows, context_);  // the same in all rescans
    }
    const ivf::SearchParams params{.probes = std::min(probes_.probes, meta_.lists),
                                   .max_probes = std::min(probes_.max_probes, meta_.lists),
                                   .memory_bytes = static_cast<std::size_t>(work_mem) * 1024,
                                   .expected_rows = IndexCache(index_).LastTaken(),
                                   .heap = heap_ ? &*heap_ : nullptr,
                                   .is_adaptive = probes_.is_adaptive};
    if (ivf::HasPlainLists(meta_)) {
      search_.emplace<PlainSearch>(store_, meta_, query_.view(), params, &memory_);
    } else {
      search_.emplace<CodedSearch>(store_, meta_, query_.view(), params, &memory_);
    }
  }

  bool Next(ItemPointer tid) {
    auto* plain = std::get_if<PlainSearch>(&search_);
    const auto row = plain != nullptr ? Next(*plain) : Next(std::get<CodedSearch>(search_));
    if (row) *tid = std::bit_cast<ItemPointerData>(*row);
    return row.has_value();
  }

  void Stop() {
    std::visit([&](const auto& search) { Publish(search); }, search_);
    search_.emplace<std::monostate>();
    if (heap_) heap_->Release();
  }
  bool is_running() const { return search_.index() != 0; }

 private:
  using PlainSearch = ivf::PlainSearch<BufferStore>;
  using CodedSearch = ivf::CodedSearch<BufferStore>;

  template <typename Search>
  std::optional<HeapTid> Next(Search& search) {
    const std::optional<HeapTid> row = search.Next();
    if (row) heap_prefetch_.Advance(*row, [&](auto out) { return search.Likely(out); });
    return row;
  }

  void Publish(const std::monostate&) const {}
  template <typename Search>
  void Publish(const Search& search) const {
    const ivf::SearchCounts& counts = search.counts();
    IndexCache(index_).SetLastTaken(std::max(counts.refined, counts.exact));
    const bool reads_rows = !ivf::HasPlainLists(meta_) && meta_.vectors == ivf::Vectors::kIndex;
    last_scan = {.index = RelationGetRelid(index_),
                 .lists = counts.lists,
                 .pages = counts.directory_pages + counts.pages +
                          (reads_rows ? counts.refined + counts.exact : 0),
                 .codes = meta_.codec == ivf::Codec::kNone ? 0 : counts.rows,
                 .refined = counts.refined,
                 .exact = ivf::HasPlainLists(meta_) ? counts.rows : counts.exact};
  }

  MemoryContext context_;
  ContextResource memory_;
  Relation index_;
  BufferStore store_;
  ivf::Meta meta_;
  ProbeSettings probes_;
  QueryRow query_;
  std::optional<HeapRows> heap_;
  std::variant<std::monostate, PlainSearch, CodedSearch> search_;
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
    CheckCanScan(desc, "ivfflat");
    CountIndexScan(desc);
    scan.Start(desc->orderByData[0], desc->heapRelation, desc->xs_snapshot);
  }
  if (!scan.Next(&desc->xs_heaptid)) return false;
  HandOut(desc);
  return true;
}

void EndScan(IndexScanDesc desc) { EndScanAs<Scan>(desc); }

}  // namespace vec::pg::ivfflat
