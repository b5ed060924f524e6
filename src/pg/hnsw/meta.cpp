#include "vector/pg/hnsw/meta.hpp"

#include "vector/pg/index_cache.hpp"

namespace vec::pg::hnsw {

vec::hnsw::Meta MetaOf(Relation index) {
  return IndexCache(index).MetaBy<vec::hnsw::Meta>(
      [](const std::byte* page, BlockNumber) { return vec::hnsw::ReadMeta(page); });
}

}  // namespace vec::pg::hnsw
