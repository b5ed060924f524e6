// Ways from the entry directory to every node.
//
// Where many rows lie closer to each other than to all others, no lane of the others may be
// left for them: then one of them becomes an entry. Sweeps over the pages in their order,
// as many as the longest way takes steps backwards, find what is reached.
#pragma once

#include <memory_resource>

#include "vector/hnsw/repair.hpp"
#include "vector/hnsw/ways.hpp"

namespace vec::hnsw {

template <PageStore Store, typename Pause>
class Reach {
 public:
  // `pause` is called before each page.
  Reach(Store& store, const Meta& meta, Repairer<Store>& repairer, Pause pause,
        std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        shape_(meta),
        repairer_(repairer),
        pause_(pause),
        blocks_(store.BlockCount()),
        live_(blocks_, memory),
        ways_(store, shape_, blocks_, memory) {}

  // Makes an entry of one node of each part that is not reached. Returns how many.
  std::size_t Complete() {
    ForEachEntryPage(store_, EntryShape(meta_), ReadState(store_),
                     [this](const EntryPage& page, BlockId) {
                       for (std::size_t place = 0; place < page.places(); ++place) {
                         if (page.node(place) != kNoNode) ways_.Add(page.node(place));
                       }
                     });
    ForEachBlock([this](BlockId block) { NoteLive(block); });
    for (bool grows = true; grows;) {
      grows = false;
      ForEachBlock([&](BlockId block) { grows = ways_.Walk(block) || grows; });
    }
    std::size_t entered = 0;
    ForEachBlock([&](BlockId block) {
      for (std::size_t slot = 0; slot < kMostSlots; ++slot) {
        if (((live_.SlotsOf(block) & ~ways_.reached().SlotsOf(block)) >> slot & 1) == 0) continue;
        repairer_.Enter(NodeIdOf(block, slot));
        ways_.Flood(NodeIdOf(block, slot));
        ++entered;
      }
    });
    return entered;
  }

 private:
  template <typename Visit>
  void ForEachBlock(Visit visit) {
    for (BlockId block = kStateBlock + 1; block < blocks_; ++block) {
      pause_();
      visit(block);
    }
  }

  void NoteLive(BlockId block) {
    const auto guard = store_.Read(block);
    if (!IsPageOf(guard.page(), PageKind::kNodes)) return;
    const NodePage page(shape_, guard.page(), block);
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      if (page.node(slot).is_live()) live_.Add(NodeIdOf(block, slot));
    }
  }

  Store& store_;
  const Meta& meta_;
  NodeShape shape_;
  Repairer<Store>& repairer_;
  Pause pause_;
  BlockId blocks_;
  NodeSet live_;
  Ways<Store> ways_;
};

}  // namespace vec::hnsw
