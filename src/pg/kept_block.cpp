#include "vector/pg/kept_block.hpp"

#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

// Costs address space alone until it is used.
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

struct KeptBlock {
  std::byte* bytes = nullptr;
  bool is_taken = false;
};
KeptBlock kept;

void ReturnKeptBlock(void*) { kept.is_taken = false; }

}  // namespace

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

}  // namespace vec::pg
