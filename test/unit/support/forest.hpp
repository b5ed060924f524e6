// The spanning forest of an hnsw index (hnsw/node.hpp), looked at from outside.
#pragma once

#include <set>
#include <vector>

#include "vector/hnsw/entries.hpp"

namespace vec::test {

struct Forest {
  std::size_t nodes = 0;      // live
  std::size_t roots = 0;      // live, and in the directory
  std::size_t descended = 0;  // live, and roots or below one
};

template <PageStore Store>
Forest ForestOf(Store& store, const hnsw::Meta& meta) {
  const hnsw::NodeShape shape(meta);
  const auto visit_node = [&](hnsw::NodeId id, auto visit) {
    const auto guard = store.Read(hnsw::BlockOf(id));
    visit(hnsw::NodePage(shape, guard.page(), hnsw::BlockOf(id)).node(hnsw::SlotOf(id)));
  };
  Forest forest;
  std::set<hnsw::NodeId> seen;
  std::vector<hnsw::NodeId> open;
  hnsw::ForEachEntryPage(store, hnsw::EntryShape(meta), hnsw::ReadState(store),
                         [&](const hnsw::EntryPage& page, BlockId) {
                           for (std::size_t i = 0; i < page.places(); ++i) {
                             if (page.node(i) == hnsw::kNoNode) continue;
                             visit_node(page.node(i), [&](const hnsw::NodeView& node) {
                               if (node.is_live() && node.is_root()) open.push_back(page.node(i));
                             });
                           }
                         });
  forest.roots = open.size();
  while (!open.empty()) {
    const hnsw::NodeId id = open.back();
    open.pop_back();
    if (!seen.insert(id).second) continue;
    visit_node(id, [&](const hnsw::NodeView& node) {
      forest.descended += node.is_live();
      open.insert(open.end(), node.children().begin(), node.children().end());
    });
  }
  for (BlockId block = hnsw::kStateBlock + 1; block < store.BlockCount(); ++block) {
    const auto guard = store.Read(block);
    if (!hnsw::IsPageOf(guard.page(), hnsw::PageKind::kNodes)) continue;
    const hnsw::NodePage page(shape, guard.page(), block);
    for (std::size_t slot = 0; slot < page.count(); ++slot) {
      forest.nodes += page.node(slot).is_live();
    }
  }
  return forest;
}

}  // namespace vec::test
