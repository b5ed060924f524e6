#include "vector/pg/memory.hpp"

#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// Over-aligned blocks keep the palloc'd address just below the one handed out.
constexpr std::size_t Slack(std::size_t alignment) { return alignment + sizeof(void*); }

// Costs address space alone until it is used.
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

struct KeptBlock {
  std::byte* bytes = nullptr;
  bool is_taken = false;
};
KeptBlock kept;

void ReturnKeptBlock(void*) { kept.is_taken = false; }

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

std::span<std::byte> TakeKeptBlock(MemoryContext context) {
  if (kept.is_taken) return {};
  Call([&] {
    auto* callback = static_cast<MemoryContextCallback*>(
        MemoryContextAllocZero(context, sizeof(MemoryContextCallback)));
    if (kept.bytes == nullptr) {
      kept.bytes = static_cast<std::byte*>(MemoryContextAlloc(TopMemoryContext, kKeptBytes));
    }
    callback->func = ReturnKeptBlock;
    MemoryContextRegisterResetCallback(context, callback);
  });
  kept.is_taken = true;
  return {kept.bytes, kKeptBytes};
}

bool ContextResource::do_is_equal(const std::pmr::memory_resource& other) const noexcept {
  const auto* that = dynamic_cast<const ContextResource*>(&other);
  return that != nullptr && that->context_ == context_;
}

}  // namespace vec::pg
