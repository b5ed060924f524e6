// An index of no rows.
#pragma once

#include "vector/base/error.hpp"
#include "vector/hnsw/layout.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::hnsw {

// Writes the meta and the state page. REQUIRES: a store of no pages.
template <PageStore Store>
void CreateEmpty(Store& store, const Meta& meta) {
  auto record = store.Begin();
  const auto [meta_block, meta_page] = record.Extend();
  const auto [state_block, state_page] = record.Extend();
  if (meta_block != kMetaBlock || state_block != kStateBlock) {
    throw Error(ErrorKind::kInternal, "hnsw index is created in a file that is not empty");
  }
  WriteMeta(meta_page, meta);
  WriteState(state_page, EmptyState());
  record.Commit();
}

// Changes the meta page of an index that nobody else sees yet: a build knows the center
// last.
template <PageStore Store>
void RewriteMeta(Store& store, const Meta& meta) {
  auto record = store.Begin();
  WriteMeta(record.Modify(kMetaBlock), meta);
  record.Commit();
}

}  // namespace vec::hnsw
