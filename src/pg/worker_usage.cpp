#include "vector/pg/worker_usage.hpp"

namespace vec::pg {

namespace {

constexpr uint64 kKeyQuery = 0x5645430000000101;
constexpr uint64 kKeyWal = 0x5645430000000102;
constexpr uint64 kKeyBuffers = 0x5645430000000103;

Size WalBytes(const ParallelContext* context) {
  return mul_size(sizeof(WalUsage), context->nworkers);
}

Size BufferBytes(const ParallelContext* context) {
  return mul_size(sizeof(BufferUsage), context->nworkers);
}

WalUsage* WalOf(shm_toc* toc) {
  return static_cast<WalUsage*>(shm_toc_lookup(toc, kKeyWal, false));
}

BufferUsage* BuffersOf(shm_toc* toc) {
  return static_cast<BufferUsage*>(shm_toc_lookup(toc, kKeyBuffers, false));
}

}  // namespace

void EstimateUsage(ParallelContext* context) {
  shm_toc_estimator* estimator = &context->estimator;
  shm_toc_estimate_chunk(estimator, WalBytes(context));
  shm_toc_estimate_chunk(estimator, BufferBytes(context));
  shm_toc_estimate_keys(estimator, 2);
  if (debug_query_string == nullptr) return;
  shm_toc_estimate_chunk(estimator, strlen(debug_query_string) + 1);
  shm_toc_estimate_keys(estimator, 1);
}

void ShareUsage(ParallelContext* context) {
  shm_toc* toc = context->toc;
  shm_toc_insert(toc, kKeyWal, shm_toc_allocate(toc, WalBytes(context)));
  shm_toc_insert(toc, kKeyBuffers, shm_toc_allocate(toc, BufferBytes(context)));
  if (debug_query_string == nullptr) return;
  const Size bytes = strlen(debug_query_string) + 1;
  void* text = shm_toc_allocate(toc, bytes);
  memcpy(text, debug_query_string, bytes);
  shm_toc_insert(toc, kKeyQuery, text);
}

void AddUsage(ParallelContext* context) {
  for (int i = 0; i < context->nworkers_launched; ++i) {
    InstrAccumParallelQuery(&BuffersOf(context->toc)[i], &WalOf(context->toc)[i]);
  }
}

void BeginUsage(shm_toc* toc) {
  debug_query_string = static_cast<const char*>(shm_toc_lookup(toc, kKeyQuery, true));
  pgstat_report_activity(STATE_RUNNING, debug_query_string);
  InstrStartParallelQuery();
}

void EndUsage(shm_toc* toc) {
  InstrEndParallelQuery(&BuffersOf(toc)[ParallelWorkerNumber], &WalOf(toc)[ParallelWorkerNumber]);
}

}  // namespace vec::pg
