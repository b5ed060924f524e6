#include "vector/pg/memory.hpp"

namespace vec::pg {

namespace {

// Over-aligned blocks keep the palloc'd address just below the one handed out.
constexpr std::size_t Slack(std::size_t alignment) { return alignment + sizeof(void*); }

}  // namespace

void* ContextResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  const bool natural = alignment <= MAXIMUM_ALIGNOF;
  const std::size_t size = natural ? bytes : bytes + Slack(alignment);
  if (size < bytes || !AllocHugeSizeIsValid(size)) throw std::bad_alloc();

  void* raw = MemoryContextAllocExtended(context_, size, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
  if (raw == nullptr) throw std::bad_alloc();
  if (natural) return raw;

  void* aligned = reinterpret_cast<void*>(
      TYPEALIGN(alignment, reinterpret_cast<uintptr_t>(raw) + sizeof(void*)));
  static_cast<void**>(aligned)[-1] = raw;
  return aligned;
}

void ContextResource::do_deallocate(void* p, std::size_t, std::size_t alignment) {
  pfree(alignment <= MAXIMUM_ALIGNOF ? p : static_cast<void**>(p)[-1]);
}

bool ContextResource::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
  const auto* that = dynamic_cast<const ContextResource*>(&other);
  return that != nullptr && that->context_ == context_;
}

}  // namespace vec::pg
