// Searching: rank the lists, scan the nearest, hand out rows by distance.
//
// A Search probes `probes` lists at first. It ends there, or (iterative) goes on
// with the next `probes` lists whenever its rows run out, up to `max_probes`.
// Rows come in order of distance within each such batch of lists. How a list is
// scanned depends on the codec: PlainLists or CodedLists.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <vector>

#include "vector/ivf/coded_lists.hpp"
#include "vector/ivf/file_extent.hpp"
#include "vector/ivf/plain_lists.hpp"
#include "vector/ivf/read_ahead.hpp"

namespace vec::ivf {

struct SearchParams {
  std::uint32_t probes = 1;
  std::uint32_t max_probes = 1;  // > probes makes the search iterative
  std::size_t memory_bytes = std::size_t{4} << 20;
};

template <PageStore Store, typename Lists>
class Search {
 public:
  // `query` holds meta.dims floats, unit length for cosine; empty means "no
  // query": all rows are equally near. Store, meta and query must outlive the
  // search. REQUIRES: Lists fits meta.codec.
  Search(Store& store, const Meta& meta, std::span<const float> query, const SearchParams& params,
         std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        query_(query),
        params_(params),
        ranked_(memory),
        distances_(meta.directory_per_page, 0.0f, memory),
        lists_(store, meta, query, params.memory_bytes, memory),
        file_(store) {
    RankLists();
    if constexpr (requires { lists_.ScanExactly(); }) {
      if (params.probes >= meta.lists) lists_.ScanExactly();
    }
    ScanNextBatch();
  }

  // The next row, or nothing when the lists to probe are exhausted.
  std::optional<HeapTid> Next() {
    for (;;) {
      if (const auto tid = lists_.Next(counts_)) return tid;
      if (lists_.is_truncated()) {
        lists_.Restart();
        ScanBatch();
      } else if (batch_end_ < ranked_.size()) {
        ScanNextBatch();
      } else {
        return std::nullopt;
      }
    }
  }

  const SearchCounts& counts() const { return counts_; }

 private:
  void RankLists() {
    ranked_.reserve(meta_.lists);
    const float norm =
        std::sqrt(simd::Active().inner_product(query_.data(), query_.data(), query_.size()));
    const BlockId end = meta_.directory_block + DirectoryBlocks(meta_);
    for (BlockId block = meta_.directory_block; block < end; ++block) {
      if ((block - meta_.directory_block) % kDirectoryBatch == 0) PrefetchDirectory(block, end);
      store_.CheckInterrupts();
      const auto guard = store_.Read(block);
      RankPage(ViewDirectoryPage(meta_, guard.page(), block), norm);
    }
    const std::size_t probed =
        std::min<std::size_t>(std::max(params_.probes, params_.max_probes), ranked_.size());
    if (probed < ranked_.size()) {
      std::nth_element(ranked_.begin(), At(probed), ranked_.end());
      ranked_.resize(probed);
    }
  }

  void RankPage(const DirectoryPage& page, float norm) {
    if (!query_.empty()) {
      CentroidDistances(meta_, simd::Active(), query_, page, distances_.data());
    }
    for (std::size_t i = 0; i < page.count(); ++i) {
      const ListHead& head = page.heads()[i];
      ranked_.push_back({.score = ScoreOfList(meta_, head, distances_[i], norm),
                         .list = static_cast<std::uint32_t>(ranked_.size()),
                         .first_block = head.first_block,
                         .extent_blocks = head.extent_blocks,
                         .centroid_distance = distances_[i],
                         .centroid_norm_squared = head.norm_squared});
    }
  }

  void PrefetchDirectory(BlockId first, BlockId end) {
    PagePart parts[kDirectoryBatch];
    std::size_t n = 0;
    for (BlockId block = first; block < end && n < kDirectoryBatch; ++block) parts[n++] = {block};
    store_.Prefetch(std::span<const PagePart>(parts, n));
  }

  // Moves on to the next lists. Only the lists of a batch are told apart from the
  // rest, so that a search which ends early never sorts all of them.
  void ScanNextBatch() {
    lists_.Clear();
    batch_begin_ = batch_end_;
    batch_end_ = std::min<std::size_t>(ranked_.size(), batch_begin_ + params_.probes);
    if (batch_end_ < ranked_.size()) {
      std::nth_element(At(batch_begin_), At(batch_end_), ranked_.end());
    }
    counts_.lists += batch_end_ - batch_begin_;
    ScanBatch();
  }

  void ScanBatch() {
    const auto batch =
        std::span<const RankedList>(ranked_).subspan(batch_begin_, batch_end_ - batch_begin_);
    ReadAhead<Store> ahead(store_, batch, file_.blocks());
    for (const RankedList& list : batch) ScanList(list, ahead);
  }

  void ScanList(const RankedList& list, ReadAhead<Store>& ahead) {
    BlockId seen = 0;
    for (BlockId block = list.first_block; block != kNoBlock;) {
      if (!file_.Contains(std::max(block, ++seen))) ThrowCorrupted("Broken chain of pages", block);
      if (seen <= list.extent_blocks) ahead.Advance();
      store_.CheckInterrupts();
      const auto guard = store_.Read(block);
      lists_.ScanPage(list, guard.page(), block, counts_);
      ++counts_.pages;
      block = TrailerOf(guard.page()).next;
    }
  }

  auto At(std::size_t i) { return ranked_.begin() + static_cast<std::ptrdiff_t>(i); }

  static constexpr std::size_t kDirectoryBatch = 4;

  Store& store_;
  const Meta& meta_;
  std::span<const float> query_;
  SearchParams params_;
  std::pmr::vector<RankedList> ranked_;  // the lists to probe, batch after batch
  std::pmr::vector<float> distances_;    // to the centroids of one page
  Lists lists_;
  FileExtent<Store> file_;
  std::size_t batch_begin_ = 0;
  std::size_t batch_end_ = 0;
  SearchCounts counts_;
};

template <PageStore Store>
using PlainSearch = Search<Store, PlainLists<Store>>;
template <PageStore Store>
using CodedSearch = Search<Store, CodedLists<Store>>;

}  // namespace vec::ivf
