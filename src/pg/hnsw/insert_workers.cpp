#include "vector/pg/hnsw/insert_workers.hpp"

#include "vector/pg/buffer_store.hpp"
#include "vector/pg/build_workers.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/hnsw/meta.hpp"
#include "vector/pg/worker_usage.hpp"

namespace vec::pg::hnsw {

// Lives in dynamic shared memory.
struct SharedInserts {
  Oid index;
  bool is_concurrent;
  vec::hnsw::InsertParams params;
  pg_atomic_uint64 inserted;  // rows, by workers that have ended
};
static_assert(std::is_standard_layout_v<SharedInserts>);

namespace {

constexpr uint64 kKeyInserts = 0x5645430000000001;
constexpr uint64 kKeyQueues = 0x5645430000000002;

// A message is a head, the row's floats, and its bytes where those are not the floats.
struct RowHead {
  HeapTid tid;
  std::uint16_t has_bytes;
  std::uint32_t floats;
};
static_assert(sizeof(RowHead) == 12);

bool HasBytes(const RowView& row) { return row.stored.data() != std::as_bytes(row.values).data(); }

void Pack(HeapTid tid, const RowView& row, std::pmr::vector<std::byte>& message) {
  const bool has_bytes = HasBytes(row);
  const auto floats = std::as_bytes(row.values);
  const auto bytes = has_bytes ? row.stored : std::span<const std::byte>();
  const RowHead head{tid, has_bytes, static_cast<std::uint32_t>(row.values.size())};
  message.resize(sizeof head + floats.size() + bytes.size());
  std::memcpy(message.data(), &head, sizeof head);
  std::ranges::copy(floats, message.begin() + sizeof head);
  std::ranges::copy(bytes, message.end() - static_cast<std::ptrdiff_t>(bytes.size()));
}

// The row lies in the message.
std::pair<HeapTid, RowView> Unpack(std::span<const std::byte> message) {
  RowHead head;
  std::memcpy(&head, message.data(), sizeof head);
  const auto rest = message.subspan(sizeof head);
  const auto floats = rest.first(head.floats * sizeof(float));
  const auto bytes = head.has_bytes != 0 ? rest.subspan(floats.size()) : floats;
  return {head.tid, {{reinterpret_cast<const float*>(floats.data()), head.floats}, bytes}};
}

shm_mq* QueueAt(void* queues, int worker) {
  const Size offset = InsertWorkers::kQueueBytes * static_cast<Size>(worker);
  return reinterpret_cast<shm_mq*>(static_cast<char*>(queues) + offset);
}

// The next message, valid until the next call; nothing when the leader has closed the queue.
std::optional<std::span<const std::byte>> Receive(shm_mq_handle* queue) {
  Size bytes = 0;
  void* data = nullptr;
  const shm_mq_result result = Call([&] { return shm_mq_receive(queue, &bytes, &data, false); });
  if (result != SHM_MQ_SUCCESS) return std::nullopt;
  return std::span(static_cast<const std::byte*>(data), bytes);
}

// Returns how many rows there were.
std::uint64_t InsertAll(Relation index, const vec::hnsw::InsertParams& params,
                        shm_mq_handle* queue) {
  const vec::hnsw::Meta meta = MetaOf(index);
  ContextResource memory(CurrentMemoryContext);
  FreshPages fresh(index, MAIN_FORKNUM, BuildLog::kNothing);
  BufferStore store(index, MAIN_FORKNUM, fresh);
  vec::hnsw::Inserter<BufferStore> inserter(store, meta, params, &memory);
  std::uint64_t rows = 0;
  while (const auto message = Receive(queue)) {
    const auto [tid, row] = Unpack(*message);
    inserter.Insert(tid, row);
    ++rows;
  }
  fresh.Finish();
  return rows;
}

}  // namespace

InsertWorkers::InsertWorkers(Relation index, bool is_concurrent,
                             const vec::hnsw::InsertParams& params)
    : index_(index),
      is_concurrent_(is_concurrent),
      params_(params),
      memory_context_(CurrentMemoryContext),
      memory_(memory_context_),
      workers_(&memory_) {}

void InsertWorkers::Launch(int workers) {
  if (workers == 0) return;
  const MemoryContext caller = MemoryContextSwitchTo(memory_context_);
  Call([&] { Start(workers); });
  if (context_ != nullptr) {
    workers_.reserve(static_cast<std::size_t>(context_->nworkers_launched));
    void* queues = Call([&] { return shm_toc_lookup(context_->toc, kKeyQueues, false); });
    for (int i = 0; i < context_->nworkers_launched; ++i) {
      shm_mq_handle* queue = Call([&] {
        return shm_mq_attach(QueueAt(queues, i), context_->seg, context_->worker[i].bgwhandle);
      });
      workers_.push_back({queue, std::pmr::vector<std::byte>(&memory_)});
    }
  }
  MemoryContextSwitchTo(caller);
}

// Runs inside of Call. Leaves no context where no worker could be started.
void InsertWorkers::Start(int workers) {
  EnterParallelMode();
  context_ = CreateParallelContext("vector", "hnsw_parallel_insert_main", workers);
  shm_toc_estimator* estimator = &context_->estimator;
  shm_toc_estimate_chunk(estimator, sizeof(SharedInserts));
  shm_toc_estimate_chunk(estimator, mul_size(kQueueBytes, workers));
  shm_toc_estimate_keys(estimator, 2);
  EstimateUsage(context_);
  InitializeParallelDSM(context_);
  if (context_->seg != nullptr) {
    shm_toc* toc = context_->toc;
    shared_ = static_cast<SharedInserts*>(shm_toc_allocate(toc, sizeof(SharedInserts)));
    shared_->index = RelationGetRelid(index_);
    shared_->is_concurrent = is_concurrent_;
    shared_->params = params_;
    pg_atomic_init_u64(&shared_->inserted, 0);
    shm_toc_insert(toc, kKeyInserts, shared_);
    void* queues = shm_toc_allocate(toc, mul_size(kQueueBytes, workers));
    for (int i = 0; i < workers; ++i) {
      shm_mq* queue = shm_mq_create(QueueAt(queues, i), kQueueBytes);
      shm_mq_set_sender(queue, MyProc);
    }
    shm_toc_insert(toc, kKeyQueues, queues);
    ShareUsage(context_);
    LaunchParallelWorkers(context_);
    NoteWorkers(context_->nworkers_launched);
    if (context_->nworkers_launched > 0) return;
  }
  DestroyParallelContext(context_);
  ExitParallelMode();
  context_ = nullptr;
}

bool InsertWorkers::Give(HeapTid tid, const RowView& row) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = workers_[next_];
    next_ = (next_ + 1) % workers_.size();
    if (!worker.waiting.empty() && !TrySend(worker)) continue;
    Pack(tid, row, worker.waiting);
    ++given_;
    (void)TrySend(worker);
    return true;
  }
  return false;
}

// Whether the message has gone; one that has not goes first the next time, as the queue may
// hold a part of it.
bool InsertWorkers::TrySend(Worker& worker) {
  const shm_mq_result result = Call([&] {
    return shm_mq_send(worker.queue, worker.waiting.size(), worker.waiting.data(), true, false);
  });
  if (result == SHM_MQ_WOULD_BLOCK) return false;
  if (result == SHM_MQ_DETACHED) Finish();  // the worker has failed: ends with its error
  worker.waiting.clear();
  return true;
}

// Workers insert what is in the queues and end.
void InsertWorkers::CloseQueues() {
  for (Worker& worker : workers_) {
    Call([&] {
      if (!worker.waiting.empty()) {
        (void)shm_mq_send(worker.queue, worker.waiting.size(), worker.waiting.data(), false, true);
      }
      shm_mq_detach(worker.queue);
    });
  }
  workers_.clear();
}

void InsertWorkers::Finish() {
  if (context_ == nullptr) return;
  CloseQueues();
  const std::uint64_t inserted = Call([&] {
    WaitForParallelWorkersToFinish(context_);
    AddUsage(context_);
    const std::uint64_t rows = pg_atomic_read_u64(&shared_->inserted);
    DestroyParallelContext(context_);
    ExitParallelMode();
    return rows;
  });
  context_ = nullptr;
  if (inserted != given_) {
    throw Error(ErrorKind::kInternal, "parallel worker did not insert all rows");
  }
}

void InsertInWorker(dsm_segment* segment, shm_toc* toc) {
  SharedInserts* shared = nullptr;
  Relation index = nullptr;
  shm_mq_handle* queue = nullptr;
  LOCKMODE lock = NoLock;
  Call([&] {
    BeginUsage(toc);
    shared = static_cast<SharedInserts*>(shm_toc_lookup(toc, kKeyInserts, false));
    shm_mq* mine = QueueAt(shm_toc_lookup(toc, kKeyQueues, false), ParallelWorkerNumber);
    shm_mq_set_receiver(mine, MyProc);
    queue = shm_mq_attach(mine, segment, nullptr);
    lock = shared->is_concurrent ? RowExclusiveLock : AccessExclusiveLock;
    index = index_open(shared->index, lock);
  });
  const std::uint64_t rows = InsertAll(index, shared->params, queue);
  pg_atomic_fetch_add_u64(&shared->inserted, static_cast<int64>(rows));
  Call([&] {
    EndUsage(toc);
    index_close(index, lock);
  });
}

}  // namespace vec::pg::hnsw
