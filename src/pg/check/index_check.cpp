#include "vector/pg/check/index_check.hpp"

#include "vector/hnsw/check.hpp"
#include "vector/hnsw/live_tids.hpp"
#include "vector/ivf/check.hpp"
#include "vector/ivf/live_tids.hpp"
#include "vector/pg/buffer_store.hpp"
#include "vector/pg/check/checked_relation.hpp"
#include "vector/pg/check/heap_lines.hpp"
#include "vector/pg/check/row_ledger.hpp"
#include "vector/pg/heap_rows.hpp"
#include "vector/pg/hnsw/insert_lock.hpp"

namespace vec::pg {

namespace {

// A snapshot that is registered while the check runs: what it sees stays in the table and in the
// index, and pages that vacuum takes out of use are not used again.
class CheckSnapshot {
 public:
  CheckSnapshot()
      : at_entry_(std::uncaught_exceptions()),
        snapshot_(Call([] { return RegisterSnapshot(GetTransactionSnapshot()); })) {}
  ~CheckSnapshot() {
    if (!Unwinding(at_entry_)) UnregisterSnapshot(snapshot_);
  }
  CheckSnapshot(const CheckSnapshot&) = delete;
  CheckSnapshot& operator=(const CheckSnapshot&) = delete;

  Snapshot get() const { return snapshot_; }

 private:
  int at_entry_;
  Snapshot snapshot_;
};

// Rows as the index keeps them, to be compared with those that it has.
class KeptRows {
 public:
  KeptRows(const vec::hnsw::Meta* hnsw, std::pmr::memory_resource* memory)
      : hnsw_(hnsw), kept_(memory), values_(memory) {}

  std::uint16_t HashOfRow(const RowView& row) {
    if (hnsw_ == nullptr) return RowLedger::HashOf(row.stored);
    kept_.resize(KeptBytes(*hnsw_, row));
    KeepRow(*hnsw_, row, kept_);
    return HashOfKept(kept_);
  }

  // Halves with a scale may say the same number in two ways.
  std::uint16_t HashOfKept(std::span<const std::byte> kept) {
    if (hnsw_ == nullptr || !IsHalf(hnsw_->self)) return RowLedger::HashOf(kept);
    values_.resize(hnsw_->dims);
    DecodeKept(*hnsw_, kept, values_);
    return RowLedger::HashOf(std::as_bytes(std::span<const float>(values_)));
  }

 private:
  const vec::hnsw::Meta* hnsw_;  // nullptr: of ivfflat
  std::pmr::vector<std::byte> kept_;
  std::pmr::vector<float> values_;
};

// Vectors of rows that the table may have: whatever a damaged index says, nothing behind the end of
// the table is read.
class RowsInTable final : public HeapVectors {
 public:
  RowsInTable(const CheckedRelation& relation, Snapshot snapshot, const RowKind& rows)
      : heap_(relation.heap()),
        rows_(relation.heap(), relation.index(), snapshot, rows, CurrentMemoryContext) {}

  std::optional<std::span<const float>> Read(HeapTid tid) override {
    const ItemPointerData pointer = std::bit_cast<ItemPointerData>(tid);
    const BlockNumber block = ItemPointerGetBlockNumberNoCheck(&pointer);
    // What is behind an end that was seen before came later than the snapshot.
    if (blocks_ == 0) blocks_ = Call([&] { return RelationGetNumberOfBlocks(heap_); });
    if (block >= blocks_) return std::nullopt;
    return rows_.Read(tid);
  }

 private:
  Relation heap_;
  BlockNumber blocks_ = 0;
  HeapRows rows_;
};

class IndexCheck {
 public:
  IndexCheck(const CheckedRelation& relation, bool heapallindexed, FindingReceiver& receiver)
      : relation_(relation),
        receiver_(receiver),
        memory_(CurrentMemoryContext),
        store_(relation.index(), Call([] { return GetAccessStrategy(BAS_BULKREAD); })),
        heap_blocks_(HeapBlocks()),
        unused_(&memory_) {
    if (heapallindexed) ledger_.emplace(maintenance_work_mem / 2);
  }

  void Run() {
    RefuseEarlySnapshot();
    if (relation_.method() == CheckedMethod::kIvfflat) {
      CheckIvfflat();
    } else {
      CheckHnsw();
    }
  }

  // CheckSink.
  void Report(const Finding& finding) {
    receiver_.Receive(relation_.index(), finding.block, finding.item, finding.what,
                      finding.severity);
  }

  void TakeRow(const CheckedRow& row) {
    const ItemPointerData tid = std::bit_cast<ItemPointerData>(row.tid);
    const BlockNumber block = ItemPointerGetBlockNumberNoCheck(&tid);
    if (block >= heap_blocks_) heap_blocks_ = HeapBlocks();
    if (block >= heap_blocks_) {
      Report({row.block, row.item, "heap TID behind the end of the table", Severity::kError});
    }
    if (!ledger_) return;
    const std::uint16_t hash = row.kept.empty() ? 0 : kept_->HashOfKept(row.kept);
    ledger_->PutIndexed(row.tid, hash, row.is_again);
  }

  bool HasWriters() {
    if (relation_.method() == CheckedMethod::kIvfflat) return false;  // inserts are one record
    return !hnsw::InsertLock::AreNoInserts(relation_.index());
  }

 private:
  BlockNumber HeapBlocks() {
    return Call([&] { return RelationGetNumberOfBlocks(relation_.heap()); });
  }

  // Rows of broken HOT chains are not in an index that such a snapshot must not use.
  void RefuseEarlySnapshot() {
    const Relation index = relation_.index();
    if (!ledger_ || !IsolationUsesXactSnapshot() || !index->rd_index->indcheckxmin) return;
    const TransactionId created = HeapTupleHeaderGetXmin(index->rd_indextuple->t_data);
    if (TransactionIdPrecedes(created, snapshot_.get()->xmin)) return;
    Call([&] {
      ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                      errmsg("index \"%s\" cannot be verified using transaction snapshot",
                             RelationGetRelationName(index))));
    });
  }

  template <typename Meta>
  void CompareKinds(const Meta& meta, const RowKind& declared) {
    const bool is_same =
        meta.type == declared.type && meta.metric == declared.metric && meta.dims == declared.dims;
    if (!is_same) Report({0, kNoItem, "index of another operator class or dimensions"});
    if (!is_same || !ledger_) return;
    CompareRows(declared);
    if (!unused_.empty()) FindUnused(meta);
  }

  void CheckIvfflat() {
    const RowKind declared =
        ReadRowKind(relation_.index(), {.name = "ivfflat", .takes_sparse = false});
    std::optional<RowsInTable> heap;
    if (ledger_) heap.emplace(relation_, snapshot_.get(), declared);
    kept_.emplace(nullptr, &memory_);
    ivf::Checker<BufferStore, IndexCheck> checker(store_, *this, heap ? &*heap : nullptr, &memory_);
    checker.Run();
    CompareKinds(checker.meta(), declared);
  }

  void CheckHnsw() {
    const RowKind declared = ReadRowKind(relation_.index(), {.name = "hnsw", .takes_sparse = true});
    const std::size_t cache_bytes = static_cast<std::size_t>(maintenance_work_mem) * 1024 / 2;
    vec::hnsw::Checker<BufferStore, IndexCheck> checker(store_, *this, cache_bytes, &memory_);
    kept_.emplace(&checker.meta(), &memory_);
    checker.Run();
    CompareKinds(checker.meta(), declared);
  }

  // --- the table

  // What the build of an index by the snapshot would put into it must be there.
  void CompareRows(const RowKind& declared) {
    reader_.emplace(declared.type, declared.metric, declared.dims, &memory_);
    per_row_ = Call([] {
      return AllocSetContextCreate(CurrentMemoryContext, "index check row", ALLOCSET_DEFAULT_SIZES);
    });
    Call([&] {
      IndexInfo* info = BuildIndexInfo(relation_.index());
      info->ii_Concurrent = true;  // by the snapshot alone
      info->ii_Unique = false;
      info->ii_ExclusionOps = nullptr;
      TableScanDesc scan =
          table_beginscan_strat(relation_.heap(), snapshot_.get(), 0, nullptr, true, true);
      table_index_build_scan(relation_.heap(), relation_.index(), info, true, false, AddRow, this,
                             scan);
    });
    HeapLines lines(relation_.heap());
    ledger_->Compare([this](HeapTid tid, RowFault fault) { ReportRow(tid, fault); },
                     [&](HeapTid tid) { NoteHidden(tid, lines); });
  }

  static void AddRow(Relation, ItemPointer tid, Datum* values, bool* isnull, bool, void* state) {
    if (isnull[0]) return;
    Guard([&] { static_cast<IndexCheck*>(state)->Add(std::bit_cast<HeapTid>(*tid), values[0]); });
  }

  void Add(HeapTid tid, Datum value) {
    CheckInterrupts();
    const MemoryContext caller = MemoryContextSwitchTo(per_row_);
    const auto row = reader_->Read(value);
    const std::uint16_t hash = row ? kept_->HashOfRow(*row) : 0;
    MemoryContextSwitchTo(caller);
    MemoryContextReset(per_row_);
    if (row) ledger_->PutVisible(tid, hash);
  }

  // A row of the index that the snapshot does not see. Since it was read from the index, a vacuum
  // may have taken it out there, and then from the table.
  void NoteHidden(HeapTid tid, HeapLines& lines) {
    constexpr std::size_t kMost = 10'000;
    const ItemPointerData pointer = std::bit_cast<ItemPointerData>(tid);
    if (ItemPointerGetBlockNumberNoCheck(&pointer) >= heap_blocks_) return;  // reported
    if (unused_.size() < kMost && !lines.IsUsed(tid)) unused_.push_back(tid);
  }

  // What is certain: with the page of the index locked, its TIDs stay, and then the line pointers
  // that they name are in use, because vacuum comes to all indexes before.
  template <typename Meta>
  void FindUnused(const Meta& meta) {
    std::pmr::vector<Finding> findings(&memory_);
    HeapLines lines(relation_.heap());
    ForEachLiveTid(store_, meta, [&](BlockId block, std::size_t item, HeapTid tid) {
      if (!std::ranges::binary_search(unused_, tid) || lines.IsUsed(tid)) return;
      findings.push_back({block, static_cast<std::uint32_t>(item), "heap TID of no row"});
    });
    for (const Finding& finding : findings) Report(finding);
  }

  void ReportRow(HeapTid tid, RowFault fault) {
    const ItemPointerData pointer = std::bit_cast<ItemPointerData>(tid);
    const std::string name = "heap row (" +
                             std::to_string(ItemPointerGetBlockNumberNoCheck(&pointer)) + "," +
                             std::to_string(tid.offset) + ")";
    const char* what = fault == RowFault::kMissing ? " is not in the index"
                       : fault == RowFault::kTwice ? " is in the index more than once"
                                                   : " has another value in the index";
    receiver_.Receive(relation_.index(), kNoBlock, kNoItem, name + what, Severity::kError);
  }

  const CheckedRelation& relation_;
  FindingReceiver& receiver_;
  CheckSnapshot snapshot_;
  ContextResource memory_;
  BufferStore store_;
  BlockNumber heap_blocks_;
  std::pmr::vector<HeapTid> unused_;  // TIDs that named no row, in their order
  std::optional<RowLedger> ledger_;   // where the table is compared
  std::optional<KeptRows> kept_;
  std::optional<RowReader> reader_;
  MemoryContext per_row_ = nullptr;
};

}  // namespace

void CheckIndex(Oid index, bool heapallindexed, FindingReceiver& receiver) {
  const MemoryContext caller = CurrentMemoryContext;
  const MemoryContext context = Call([] {
    return AllocSetContextCreate(CurrentMemoryContext, "index check", ALLOCSET_DEFAULT_SIZES);
  });
  MemoryContextSwitchTo(context);
  {
    const CheckedRelation relation(index);
    if (!relation.is_without_file()) IndexCheck(relation, heapallindexed, receiver).Run();
  }
  MemoryContextSwitchTo(caller);
  MemoryContextDelete(context);
}

}  // namespace vec::pg
