// Checking what the whole file tells: who owns each item, which pages are in chains, and which
// nodes the directory leads to. Global findings (check_sink.hpp).
#pragma once

#include <bit>
#include <memory_resource>
#include <optional>
#include <vector>

#include "vector/hnsw/check_rows.hpp"
#include "vector/hnsw/entries.hpp"
#include "vector/hnsw/node_set.hpp"
#include "vector/hnsw/space.hpp"
#include "vector/hnsw/ways.hpp"

namespace vec::hnsw {

template <PageStore Store>
class GraphChecker {
 public:
  GraphChecker(Store& store, const Meta& meta, std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        file_(store),
        memory_(memory),
        live_(0, memory),
        linked_(0, memory),
        first_line_(memory),
        lines_(memory),
        copy_(kPageBytes, memory) {}

  // Looks at the whole file.
  void Look(std::pmr::vector<Finding>& findings) {
    findings_ = &findings;
    blocks_ = store_.BlockCount();
    state_ = ReadState(store_);
    live_ = linked_ = NodeSet(blocks_, memory_);
    ways_.emplace(store_, shape_, blocks_, memory_);
    orphans_ = unreachable_ = 0;
    NotePages();
    UseItems();
    CheckListed();
    NoteEntries();
    Reach();
  }

  std::uint64_t orphans() const { return orphans_; }          // live, and no edge leads there
  std::uint64_t unreachable() const { return unreachable_; }  // live, and no way leads there

 private:
  // What is known of a line of an item page.
  enum class Line : unsigned char { kFree, kItem, kOwned };

  void Report(BlockId block, std::size_t item, const char* what, Severity severity) {
    constexpr std::size_t kMost = 1000;
    if (findings_->size() >= kMost) return;
    findings_->push_back({block, static_cast<std::uint32_t>(item), what, severity});
  }

  // Pages are copied, so that others may be read meanwhile.
  template <typename Visit>
  void ForEachPage(Visit visit) {
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      store_.CheckInterrupts();
      std::memcpy(copy_.data(), store_.Read(block).page(), kPageBytes);
      visit(copy_.data(), block);
    }
  }

  void NotePages() {
    first_line_.assign(blocks_ + std::size_t{1}, 0);
    lines_.clear();
    first_line_[0] = first_line_[1] = 0;
    ForEachPage([this](const std::byte* page, BlockId block) {
      first_line_[block] = lines_.size();
      ForEachNodeOf(shape_, page, block, [&](std::size_t slot, const NodeView& node) {
        if (!node.is_live()) return;
        live_.Add(NodeIdOf(block, slot));
        for (const NodeId neighbor : node.neighbors()) linked_.Add(neighbor);
      });
      if (!IsPage(page, PageKind::kItems) || !ItemPage::HasLayout(page)) return;
      const ItemPage items(page, block);
      for (std::size_t slot = 0; slot < items.lines(); ++slot) {
        lines_.push_back(items.HasItem(slot) ? Line::kItem : Line::kFree);
      }
    });
    first_line_[blocks_] = lines_.size();
  }

  // --- items

  Line* LineOf(ItemRef ref) {
    if (ref.block >= blocks_) return nullptr;
    const std::size_t line = first_line_[ref.block] + ref.slot;
    return line < first_line_[ref.block + std::size_t{1}] ? &lines_[line] : nullptr;
  }

  void UseItems() {
    if (meta_.center().exists()) Use(meta_.center(), ItemKind::kCenter, kMetaBlock, 0);
    ForEachPage([this](const std::byte* page, BlockId block) {
      ForEachNodeOf(shape_, page, block, [&](std::size_t slot, const NodeView& node) {
        Use(node.head().tids(), ItemKind::kTids, block, slot);
        Use(node.head().value(), ItemKind::kValue, block, slot);
      });
    });
    for (BlockId block = 0; block < blocks_; ++block) {
      for (std::size_t at = first_line_[block]; at < first_line_[block + std::size_t{1}]; ++at) {
        if (lines_[at] != Line::kItem) continue;
        Report(block, at - first_line_[block], "item that no node refers to", Severity::kWarning);
      }
    }
  }

  // Broken chains of live nodes are local findings, and made elsewhere.
  void Use(ItemRef ref, ItemKind kind, BlockId block, std::size_t slot) {
    bool is_twice = false;
    (void)FollowItems(store_, file_, ref, kind, [&](std::span<const std::byte>, ItemRef at) {
      Line* line = LineOf(at);
      if (line == nullptr) return false;
      is_twice |= *line == Line::kOwned;
      *line = Line::kOwned;
      return !is_twice;
    });
    if (is_twice) Report(block, slot, "item that another node refers to", Severity::kError);
  }

  // --- chains

  // Pages that say so are in a chain. Broken chains are local findings.
  void CheckListed() {
    NodeSet listed(blocks_, memory_);
    for (const BlockId first : {state_.free_nodes, state_.items_block}) {
      for (BlockId block = first; block < blocks_ && !listed.Contains(NodeIdOf(block, 0));) {
        listed.Add(NodeIdOf(block, 0));
        const auto guard = store_.Read(block);
        if (IsUnformatted(guard.page()) || !IsHnswPage(guard.page())) break;
        block = TrailerOf(guard.page()).next;
      }
    }
    ForEachPage([&](const std::byte* page, BlockId block) {
      if (!IsPage(page, PageKind::kNodes) && !IsPage(page, PageKind::kItems)) return;
      const bool says_so = (TrailerOf(page).flags & kIsListed) != 0;
      if (says_so && !listed.Contains(NodeIdOf(block, 0))) {
        Report(block, kNoItem, "page with room in no chain", Severity::kWarning);
      }
      if (!says_so && TrailerOf(page).next != kNoBlock) {
        Report(block, kNoItem, "page with a link in no chain", Severity::kError);
      }
    });
  }

  // --- ways

  void NoteEntries() {
    const EntryShape shape(meta_);
    NodeSet seen(blocks_, memory_);
    std::uint64_t place = 0;
    bool is_any = false;
    for (BlockId block = state_.entries_first;
         block < blocks_ && !seen.Contains(NodeIdOf(block, 0));) {
      seen.Add(NodeIdOf(block, 0));
      const auto guard = store_.Read(block);
      if (!IsPage(guard.page(), PageKind::kEntries) || !EntryPage::HasLayout(shape, guard.page())) {
        break;
      }
      const EntryPage page(shape, guard.page(), block);
      for (std::size_t i = 0; i < page.places(); ++i, ++place) {
        if (page.node(i) == kNoNode) continue;
        ways_->Add(page.node(i));
        is_any = true;
        if (place >= state_.entries) {
          Report(block, i, "entry behind the end of the directory", Severity::kError);
        }
      }
      block = page.next();
    }
    if (!is_any && state_.insert_block < blocks_) {
      for (std::size_t slot = 0; slot < kMostSlots; ++slot) {
        ways_->Add(NodeIdOf(state_.insert_block, slot));
      }
    }
  }

  // In sweeps over the pages in their order; what is left, part by part.
  void Reach() {
    for (bool grows = true; grows;) {
      grows = false;
      for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
        store_.CheckInterrupts();
        grows = ways_->Walk(block) || grows;
      }
    }
    for (BlockId block = 0; block < blocks_; ++block) {
      orphans_ +=
          static_cast<unsigned>(std::popcount(live_.SlotsOf(block) & ~linked_.SlotsOf(block)));
      unreachable_ += static_cast<unsigned>(std::popcount(UnreachedOf(block)));
    }
    for (BlockId block = 0; block < blocks_; ++block) {
      for (std::size_t slot = 0; slot < kMostSlots; ++slot) {
        if ((UnreachedOf(block) >> slot & 1) == 0) continue;
        Report(block, slot, "node that no way leads to from the directory", Severity::kWarning);
        ways_->Flood(NodeIdOf(block, slot));
      }
    }
  }

  std::uint64_t UnreachedOf(BlockId block) const {
    return live_.SlotsOf(block) & ~ways_->reached().SlotsOf(block);
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  FileExtent<Store> file_;
  std::pmr::memory_resource* memory_;
  BlockId blocks_ = 0;
  State state_{};
  NodeSet live_;
  NodeSet linked_;                              // by a lane of a live node
  std::optional<Ways<Store>> ways_;             // from the directory
  std::pmr::vector<std::uint64_t> first_line_;  // in lines_, of each block
  std::pmr::vector<Line> lines_;
  std::pmr::vector<std::byte> copy_;  // of a page
  std::pmr::vector<Finding>* findings_ = nullptr;
  std::uint64_t orphans_ = 0;
  std::uint64_t unreachable_ = 0;
};

}  // namespace vec::hnsw
