// PageStore in memory, with what a test wants to know or to break.
//
// Records work on copies that Commit() publishes together, so a fault anywhere
// leaves the pages as the last record left them, as WAL replay would. A copy of a store
// shares the pages until one of the two changes them.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/replay.hpp"
#include "vector/ivf/free_page.hpp"
#include "vector/storage/page_delta.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::test {

// Thrown by an injected fault.
struct Fault : std::runtime_error {
  Fault() : std::runtime_error("injected fault") {}
};

// PostgreSQL takes a link behind the end of the file for a damaged index.
struct NoSuchBlock : std::out_of_range {
  NoSuchBlock() : std::out_of_range("no such block") {}
};

// PostgreSQL would wait for ever.
struct OwnLock : std::logic_error {
  OwnLock() : std::logic_error("waits for a page that it has locked itself") {}
};

class MemoryStore {
 public:
  using Page = std::array<std::byte, kPageBytes>;

  class Guard {
   public:
    Guard(MemoryStore& store, BlockId block, std::shared_ptr<Page> page)
        : store_(store), block_(block), page_(std::move(page)) {
      store_.shared_.push_back(block);
    }
    ~Guard() { store_.shared_.erase(std::ranges::find(store_.shared_, block_)); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    const std::byte* page() const { return page_->data(); }

   private:
    MemoryStore& store_;
    BlockId block_;
    std::shared_ptr<Page> page_;
  };

  class Record {
   public:
    explicit Record(MemoryStore& store) : store_(store) {}
    ~Record() { Unlock(); }
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;

    std::byte* Modify(BlockId block) {
      store_.Step();
      if (block >= store_.pages_.size()) throw NoSuchBlock();
      if (store_.IsOwn(store_.shared_, block)) throw OwnLock();
      if (store_.is_damaged && !IsVerified(*store_.pages_[block])) throw NoSuchBlock();
      return Add(block, *store_.pages_[block]);
    }
    std::pair<BlockId, std::byte*> Extend() {
      store_.Step();
      if (const auto block = store_.TakeFree())
        return {*block, Add(*block, *store_.pages_[*block])};
      const auto block = static_cast<BlockId>(store_.pages_.size());
      store_.pages_.push_back(std::make_shared<Page>());  // stays zero without a Commit
      return {block, Add(block, Page{})};
    }
    void Commit() {
      store_.Step();
      ++store_.commits;
      for (auto& [block, image] : images_) {
        if (IsUnformatted(image->data()) || !IsVerified(*image)) {
          throw std::logic_error("page header is broken");
        }
        ClearHole(image->data());  // its bytes do not survive
        store_.pages_[block] = Replayed(*store_.pages_[block], *image);
      }
      Unlock();
      if (store_.on_commit) store_.on_commit();
    }

   private:
    std::byte* Add(BlockId block, const Page& page) {
      if (images_.size() == kMaxPagesPerRecord) throw std::logic_error("record is full");
      for (const auto& [other, image] : images_) {
        if (other == block) throw std::logic_error("page is in the record already");
      }
      if (store_.IsOwn(store_.exclusive_, block)) throw OwnLock();
      images_.emplace_back(block, std::make_unique<Page>(page));
      store_.exclusive_.push_back(block);
      return images_.back().second->data();
    }
    void Unlock() {
      for (const auto& [block, image] : images_) std::erase(store_.exclusive_, block);
      images_.clear();
    }
    // What replay makes of the page, which is what others read.
    static std::shared_ptr<Page> Replayed(const Page& before, const Page& image) {
      PageDelta delta;
      delta.Find(before.data(), image.data());
      auto page = std::make_shared<Page>(before);
      Replay(delta.bytes(), page->data());
      if (*page != image) throw std::logic_error("replay makes another page");
      return page;
    }
    // Others PostgreSQL refuses to read, with the error for what is not there.
    static bool IsVerified(const Page& page) {
      const PageHeader& header = HeaderOf(page.data());
      if (IsUnformatted(page.data())) return true;
      return header.lower >= sizeof(PageHeader) && header.lower <= header.upper &&
             header.upper <= header.special && header.special <= kPageBytes;
    }

    MemoryStore& store_;
    std::vector<std::pair<BlockId, std::unique_ptr<Page>>> images_;
  };

  BlockId BlockCount() { return static_cast<BlockId>(pages_.size()); }
  Guard Read(BlockId block) {
    Step();
    if (block >= pages_.size()) throw NoSuchBlock();
    if (IsOwn(exclusive_, block)) throw OwnLock();
    ++reads;
    return Guard(*this, block, pages_[block]);
  }
  Record Begin() { return Record(*this); }
  void Reserve(int pages) {
    if (!shared_.empty()) reserved_under_lock = true;
    reserved += static_cast<std::size_t>(pages);
  }
  std::uint64_t NextTransaction() { return next_transaction; }
  void Prefetch(std::span<const PagePart> parts) {
    for (const PagePart& part : parts) {
      if (part.block >= pages_.size() && !is_damaged) throw NoSuchBlock();
    }
    prefetched += parts.size();
  }
  void CheckInterrupts() {
    if (!shared_.empty()) checked_under_lock = true;
    Step();
  }

  // What the free space map is told. Extend() takes the page once all transactions from
  // before its end of use have ended.
  void Free(BlockId block) { free_.insert(block); }

  // The n-th step from now on throws Fault; 0 never.
  void FailAtStep(std::size_t n) { fail_at_ = n; }
  std::byte* Corrupt(BlockId block) {
    if (pages_[block].use_count() > 1) pages_[block] = std::make_shared<Page>(*pages_[block]);
    return pages_[block]->data();
  }

  std::size_t reads = 0;
  std::size_t commits = 0;
  std::size_t prefetched = 0;
  std::size_t reserved = 0;
  std::size_t reused = 0;
  bool has_one_session = false;  // a page that is locked already would be waited for for ever
  // Pages are asked for ahead that are not there, and told to be free that are not: PostgreSQL
  // passes over both.
  bool is_damaged = false;
  bool checked_under_lock = false;
  bool reserved_under_lock = false;
  std::uint64_t next_transaction = 100;
  std::uint64_t oldest_transaction = 1000;
  std::function<void()> on_commit;  // the pages are as a crash would leave them

 private:
  bool IsOwn(const std::vector<BlockId>& locked, BlockId block) const {
    return has_one_session && std::ranges::find(locked, block) != locked.end();
  }

  void Step() {
    if (fail_at_ != 0 && --fail_at_ == 0) throw Fault();
  }

  std::optional<BlockId> TakeFree() {
    for (const BlockId block : free_) {
      const auto since = ivf::FreeSince(pages_[block]->data());
      if (!since && !IsUnformatted(pages_[block]->data())) {
        if (is_damaged) continue;
        throw std::logic_error("page is in use");
      }
      if (IsOwn(shared_, block) || IsOwn(exclusive_, block)) continue;
      if (since && *since >= oldest_transaction) continue;
      free_.erase(block);
      ++reused;
      return block;
    }
    return std::nullopt;
  }

  std::vector<std::shared_ptr<Page>> pages_;
  std::set<BlockId> free_;
  std::size_t fail_at_ = 0;
  std::vector<BlockId> shared_;     // locked, as often as they are
  std::vector<BlockId> exclusive_;  // in a record
};

static_assert(PageStore<MemoryStore>);

}  // namespace vec::test
