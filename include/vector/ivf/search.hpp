// Searching: rank the lists, scan the nearest, hand out rows by distance.
//
// A Search probes `probes` lists at first. It ends there, or (iterative) goes on
// with the next `probes` lists whenever its rows run out, up to `max_probes`.
// Rows are in exact order of distance within each such batch of lists.
#pragma once

#include <algorithm>
#include <limits>
#include <memory_resource>
#include <vector>

#include "vector/ivf/candidates.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

struct SearchParams {
  std::uint32_t probes = 1;
  std::uint32_t max_probes = 1;  // > probes makes the search iterative
  std::size_t memory_bytes = std::size_t{4} << 20;
};

// What a search did, for EXPLAIN and tests.
struct SearchCounts {
  std::uint64_t lists = 0;
  std::uint64_t pages = 0;
  std::uint64_t rows = 0;
};

template <PageStore Store>
class Search {
 public:
  // `query` holds meta.dims floats, unit length for cosine, and must outlive the
  // search; empty means "no query": all rows are equally near.
  Search(Store& store, const Meta& meta, std::span<const float> query, const SearchParams& params,
         std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        kernels_(simd::Active()),
        query_(query),
        params_(params),
        ranked_(memory),
        distances_(memory),
        candidates_(params.memory_bytes / sizeof(Candidate), memory),
        blocks_known_(store.BlockCount()) {
    distances_.resize(std::max<std::size_t>(
        RowsPerPage<HeapTid>(RowBytes(meta), sizeof(Trailer)), meta.directory_per_page));
    RankLists();
    ScanNextBatch();
  }

  // The next row, or nothing when the lists to probe are exhausted.
  std::optional<Candidate> Next() {
    for (;;) {
      if (auto row = candidates_.Next()) return row;
      if (candidates_.is_truncated()) {
        candidates_.Restart();
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
  struct RankedList {
    float score;
    std::uint32_t list;
    BlockId first_block;
    std::uint32_t extent_blocks;

    friend bool operator<(const RankedList& a, const RankedList& b) {
      return a.score != b.score ? a.score < b.score : a.list < b.list;
    }
  };

  // Pages to be visited, told to the store in batches ahead of the visits. Only
  // the extents are known without reading; that is all pages of a fresh index.
  class ReadAhead {
   public:
    ReadAhead(Store& store, std::span<const RankedList> lists, BlockId blocks)
        : store_(store), lists_(lists), blocks_(blocks) {}

    // Call before each visit of a page.
    void Advance() {
      if (visited_++ % kBatch == 0) Issue();
    }

   private:
    static constexpr std::size_t kBatch = 1;

    // Keeps between one and two batches in flight.
    void Issue() {
      BlockId blocks[2 * kBatch];
      std::size_t n = 0;
      const std::size_t wanted = visited_ == 1 ? 2 * kBatch : kBatch;
      while (n < wanted && list_ < lists_.size()) {
        const RankedList& list = lists_[list_];
        if (list.first_block >= blocks_ || offset_ >= std::max(list.extent_blocks, 1u) ||
            offset_ >= blocks_) {
          ++list_;
          offset_ = 0;
          continue;
        }
        const BlockId block = list.first_block + offset_++;
        if (block < blocks_) blocks[n++] = block;
      }
      if (n > 0) store_.Prefetch(std::span<const BlockId>(blocks, n));
    }

    Store& store_;
    std::span<const RankedList> lists_;
    BlockId blocks_;  // length of the file; a damaged extent may lie behind it
    std::size_t visited_ = 0;
    std::size_t list_ = 0;
    std::uint32_t offset_ = 0;
  };

  void RankLists() {
    ranked_.reserve(meta_.lists);
    const float norm =
        std::sqrt(kernels_.inner_product(query_.data(), query_.data(), query_.size()));
    const BlockId end = meta_.directory_block + DirectoryBlocks(meta_);
    for (BlockId block = meta_.directory_block; block < end; ++block) {
      if ((block - meta_.directory_block) % kDirectoryBatch == 0) PrefetchDirectory(block, end);
      store_.CheckInterrupts();
      const auto guard = store_.Read(block);
      RankPage(ViewDirectoryPage(meta_, guard.page(), block), norm);
    }
    const std::size_t probed = std::min<std::size_t>(
        std::max(params_.probes, params_.max_probes), ranked_.size());
    if (probed < ranked_.size()) {
      std::nth_element(ranked_.begin(), At(probed), ranked_.end());
      ranked_.resize(probed);
    }
  }

  void RankPage(const DirectoryPage& page, float norm) {
    if (query_.empty()) {
      std::fill_n(distances_.begin(), page.count(), 0.0f);
    } else {
      ScoreListsForSearch(meta_, kernels_, query_, norm, page, distances_.data());
    }
    for (std::size_t i = 0; i < page.count(); ++i) {
      const ListHead& head = page.heads()[i];
      ranked_.push_back({distances_[i], static_cast<std::uint32_t>(ranked_.size()),
                         head.first_block, head.extent_blocks});
    }
  }

  void PrefetchDirectory(BlockId first, BlockId end) {
    BlockId blocks[kDirectoryBatch];
    std::size_t n = 0;
    for (BlockId block = first; block < end && n < kDirectoryBatch; ++block) blocks[n++] = block;
    store_.Prefetch(std::span<const BlockId>(blocks, n));
  }

  // Moves on to the next lists. Only the lists of a batch are brought in order,
  // so that a search which ends early never sorts all of them.
  void ScanNextBatch() {
    candidates_.Clear();
    batch_begin_ = batch_end_;
    batch_end_ = std::min<std::size_t>(ranked_.size(), batch_begin_ + params_.probes);
    if (batch_end_ < ranked_.size()) {
      std::nth_element(At(batch_begin_), At(batch_end_), ranked_.end());
    }
    counts_.lists += batch_end_ - batch_begin_;
    ScanBatch();
  }

  void ScanBatch() {
    const auto lists = std::span<const RankedList>(ranked_).subspan(batch_begin_,
                                                                   batch_end_ - batch_begin_);
    ReadAhead ahead(store_, lists, blocks_known_);
    for (const RankedList& list : lists) ScanList(list, ahead);
  }

  void ScanList(const RankedList& list, ReadAhead& ahead) {
    BlockId seen = 0;
    for (BlockId block = list.first_block; block != kNoBlock;) {
      if (!IsInFile(std::max(block, ++seen))) ThrowCorrupted("Broken chain of list pages", block);
      if (seen <= std::max(list.extent_blocks, 1u)) ahead.Advance();
      store_.CheckInterrupts();
      const auto guard = store_.Read(block);
      ScanPage(ViewListPage(meta_, guard.page(), block, list.list));
      block = TrailerOf(guard.page()).next;
    }
  }

  void ScanPage(const ListPage& page) {
    if (query_.empty()) {
      std::fill_n(distances_.begin(), page.count(), 0.0f);
    } else {
      ScoreRows(meta_, kernels_, query_, page, distances_.data());
    }
    candidates_.Add(std::span<const float>(distances_).first(page.count()), page.heads());
    ++counts_.pages;
    counts_.rows += page.count();
  }

  // Asks the store for its length only where a block lies behind what is known.
  bool IsInFile(BlockId block) {
    if (block >= blocks_known_) blocks_known_ = store_.BlockCount();
    return block < blocks_known_;
  }

  auto At(std::size_t i) { return ranked_.begin() + static_cast<std::ptrdiff_t>(i); }

  static constexpr std::size_t kDirectoryBatch = 16;

  Store& store_;
  Meta meta_;
  const simd::Kernels& kernels_;
  std::span<const float> query_;
  SearchParams params_;
  std::pmr::vector<RankedList> ranked_;  // the lists to probe; batches in order
  std::pmr::vector<float> distances_;    // of one page
  Candidates candidates_;
  BlockId blocks_known_;
  std::size_t batch_begin_ = 0;
  std::size_t batch_end_ = 0;
  SearchCounts counts_;
};

}  // namespace vec::ivf
