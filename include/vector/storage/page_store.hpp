// What an index method may do with pages.
//
// Two stores satisfy the concept: pg::BufferStore on the buffer manager and
// generic WAL records, and MemoryStore in the unit tests.
//
//   Read(block)    pins the page and locks it shared until the guard dies.
//   Begin()        starts one WAL record. Modify(block) locks a page exclusively
//                  and returns a private image of it; Extend() does so for a
//                  fresh, unformatted page and tells its number; Commit() makes
//                  all images of the record visible and durable together.
//                  A record dropped without Commit() changes nothing.
//   Reserve(n)     fetches n pages for Extend(), so that this takes no time while
//                  locks are held. REQUIRES: no lock is held. What Extend() gives is
//                  a new page, or one out of use that nobody can come to any more.
//   NextTransaction()  a number above that of all transactions so far: who has read
//                  the way to a page before is over when all below it are.
//   Prefetch()     hints that parts of pages will be read soon, in this order.
//   CheckInterrupts()  throws where the user cancelled.
//
// Rules: at most kMaxPagesPerRecord pages a record; a record locks its pages in
// the order of Modify/Extend, so callers name them in the lock order of their
// format; between Begin and Commit nothing allocates.
#pragma once

#include <concepts>
#include <span>
#include <utility>

#include "vector/storage/page.hpp"

namespace vec {

inline constexpr int kMaxPagesPerRecord = 4;

// Bytes [from, to) of a page; its header and its end count always.
struct PagePart {
  BlockId block;
  std::uint16_t from = 0;
  std::uint16_t to = kPageBytes;
};

template <typename G>
concept PageGuard = requires(const G& guard) {
  { guard.page() } -> std::same_as<const std::byte*>;
};

template <typename R>
concept PageRecord = requires(R& record, BlockId block) {
  { record.Modify(block) } -> std::same_as<std::byte*>;
  { record.Extend() } -> std::same_as<std::pair<BlockId, std::byte*>>;
  record.Commit();
};

template <typename S>
concept PageStore = requires(S& store, BlockId block, std::span<const PagePart> parts) {
  { store.BlockCount() } -> std::same_as<BlockId>;
  { store.Read(block) } -> PageGuard;
  { store.Begin() } -> PageRecord;
  store.Reserve(1);
  { store.NextTransaction() } -> std::same_as<std::uint64_t>;
  store.Prefetch(parts);
  store.CheckInterrupts();
};

}  // namespace vec
