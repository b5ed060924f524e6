#include "vector/pg/ivfflat/meta.hpp"

#include "vector/ivf/code_page.hpp"
#include "vector/pg/index_cache.hpp"

namespace vec::pg::ivfflat {

ivf::Meta MetaOf(Relation index) {
  return IndexCache(index).MetaBy<ivf::Meta>([](const std::byte* page, BlockNumber blocks) {
    const ivf::Meta meta = ivf::ReadMeta(page);
    const std::uint64_t directory = std::uint64_t{meta.slices} * ivf::DirectoryBlocks(meta);
    const bool has_codes = meta.centroid_codes != 0;
    if (meta.directory_block + directory > blocks ||
        (has_codes && (meta.centroid_codes >= blocks || ivf::CentroidCodesEnd(meta) > blocks))) {
      ivf::ThrowCorrupted("Directory behind the end of the file", ivf::kMetaBlock);
    }
    return meta;
  });
}

}  // namespace vec::pg::ivfflat
