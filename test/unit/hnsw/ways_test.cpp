#include "vector/hnsw/ways.hpp"

#include <gtest/gtest.h>

#include "support/hnsw_fixture.hpp"

namespace vec::hnsw {
namespace {

// Lanes lead forwards and backwards within a page, too.
TEST(HnswWays, SweepsReachWhatFloodingDoes) {
  Options options;
  options.codec = Codec::kNone;
  options.m = 2;
  test::HnswIndex index(options, test::ClusteredRows(600, 8, 30, 1));
  const NodeShape shape(index.meta);
  const BlockId blocks = index.store.BlockCount();
  ASSERT_GT(index.meta.per_page, 1);
  for (std::size_t node = 0; node < index.nodes(); node += 7) {
    Ways flooded(index.store, shape, blocks, std::pmr::get_default_resource());
    flooded.Flood(index.IdOf(node));
    Ways swept(index.store, shape, blocks, std::pmr::get_default_resource());
    swept.Add(index.IdOf(node));
    for (bool grows = true; grows;) {
      grows = false;
      for (BlockId block = kStateBlock + 1; block < blocks; ++block) {
        grows = swept.Walk(block) || grows;
      }
    }
    for (BlockId block = 0; block < blocks; ++block) {
      ASSERT_EQ(swept.reached().SlotsOf(block), flooded.reached().SlotsOf(block)) << node;
    }
  }
}

}  // namespace
}  // namespace vec::hnsw
