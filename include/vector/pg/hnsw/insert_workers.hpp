// Background workers that insert what did not fit into the memory of a build.
//
// The leader alone scans the table, and evaluates expressions and predicates. It hands each
// row to a worker whose queue has room, and inserts the row itself where none has:
//
//   leader   scan -> Give() -> queue of worker 0 -> Inserter -> pages
//                           -> queue of worker 1 -> Inserter -> pages
//                 -> Inserter ---------------------------------> pages
//
// Inserts go on side by side as those of sessions do (docs/hnsw.md, "Locks"), but that pages are
// changed in place and logged by the leader in the end. No vacuum is there to wait for them.
// After an error the abort of the transaction ends the workers.
#pragma once

#include "vector/hnsw/insert.hpp"
#include "vector/pg/memory.hpp"

namespace vec::pg::hnsw {

class InsertWorkers {
 public:
  // What a queue takes of the memory of a build.
  static constexpr std::size_t kQueueBytes = 64 * 1024;

  // What it has lives in the current memory context.
  InsertWorkers(Relation index, bool is_concurrent, const vec::hnsw::InsertParams& params);
  InsertWorkers(const InsertWorkers&) = delete;
  InsertWorkers& operator=(const InsertWorkers&) = delete;

  // Starts so many workers, or as many as there are. To be called once, and Finish() then.
  void Launch(int workers);

  // Whether a worker has taken the row.
  bool Give(HeapTid tid, const RowView& row);

  // Returns when all rows that were given have been inserted.
  void Finish();

 private:
  struct Worker {
    shm_mq_handle* queue;
    std::pmr::vector<std::byte> waiting;  // the message that did not fit in yet
  };

  void Start(int workers);
  bool TrySend(Worker& worker);
  void CloseQueues();

  Relation index_;
  bool is_concurrent_;
  vec::hnsw::InsertParams params_;
  MemoryContext memory_context_;
  ContextResource memory_;

  ParallelContext* context_ = nullptr;
  struct SharedInserts* shared_ = nullptr;
  std::pmr::vector<Worker> workers_;
  std::size_t next_ = 0;  // who is asked first
  std::uint64_t given_ = 0;
};

}  // namespace vec::pg::hnsw
