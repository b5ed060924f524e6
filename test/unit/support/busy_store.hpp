// A store whose pages change while somebody reads them: for checks beside writers.
#pragma once

#include <functional>

#include "support/memory_store.hpp"

namespace vec::test {

class BusyStore {
 public:
  // `change` is called every `every` times that the reader has no page locked.
  BusyStore(MemoryStore& store, std::size_t every, std::function<void()> change)
      : store_(store), every_(every), change_(std::move(change)) {}

  BlockId BlockCount() { return store_.BlockCount(); }
  MemoryStore::Guard Read(BlockId block) { return store_.Read(block); }
  MemoryStore::Record Begin() { return store_.Begin(); }
  void Reserve(int pages) { store_.Reserve(pages); }
  std::uint64_t NextTransaction() { return store_.NextTransaction(); }
  void Prefetch(std::span<const PagePart> parts) { store_.Prefetch(parts); }
  void CheckInterrupts() {
    store_.CheckInterrupts();
    if (++calls_ % every_ == 0) change_();
  }

 private:
  MemoryStore& store_;
  std::size_t every_;
  std::function<void()> change_;
  std::size_t calls_ = 0;
};

static_assert(PageStore<BusyStore>);

}  // namespace vec::test
