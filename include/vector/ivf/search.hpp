// Searching: rank the lists, scan the nearest, hand out rows by distance.
//
// A Search probes `probes` lists at first, or about as many (margins.hpp). It ends there, or
// (iterative) goes on with the next `probes` lists whenever its rows run out, up to `max_probes`.
// Rows come in order of distance within each such batch of lists. How a list is
// scanned depends on the codec, and on where vectors lie: PlainLists or CodedLists.
#pragma once

#include <algorithm>
#include <memory_resource>
#include <utility>
#include <vector>

#include "vector/base/least.hpp"
#include "vector/ivf/coded_lists.hpp"
#include "vector/ivf/free_page.hpp"
#include "vector/ivf/margins.hpp"
#include "vector/ivf/plain_lists.hpp"
#include "vector/ivf/rank_lists.hpp"
#include "vector/ivf/read_ahead.hpp"
#include "vector/storage/file_extent.hpp"

namespace vec::ivf {

template <PageStore Store, typename Lists>
class Search {
 public:
  // An empty query means "no query": all rows are equally near. Store, meta, query and
  // params.heap must outlive the search. REQUIRES: Lists fits meta (HasPlainLists).
  Search(Store& store, const Meta& meta, const RowView& query, const SearchParams& params,
         std::pmr::memory_resource* memory)
      : store_(store),
        meta_(meta),
        query_(query),
        params_(params),
        range_(FirstRange()),
        ranked_(memory),
        lists_(store, meta, query, params, memory),
        file_(store) {
    RankFirst();
    if constexpr (requires { lists_.ScanExactly(); }) {
      if (params.probes >= meta.lists) lists_.ScanExactly();
    }
    ScanNextBatch(first_lists_);
  }

  // The next row, or nothing when the lists to probe are exhausted.
  std::optional<HeapTid> Next() {
    for (;;) {
      if (const auto tid = lists_.Next(counts_)) return tid;
      if (lists_.is_truncated()) {
        lists_.Restart();
        ScanBatch();
      } else if (batch_end_ < ranked_.size() || RankRest()) {
        ScanNextBatch(params_.probes);
      } else {
        return std::nullopt;
      }
    }
  }

  // Writes the rows that Next() will probably hand out, in order; returns how many of
  // them are known by now.
  std::size_t Likely(std::span<HeapTid> out) const { return lists_.Likely(out); }

  const SearchCounts& counts() const { return counts_; }

 private:
  bool IsIterative() const { return params_.max_probes > params_.probes; }

  // The lists that are scanned at first.
  ProbeRange FirstRange() const {
    const std::uint32_t probes = std::min(params_.probes, meta_.lists);
    if (!params_.is_adaptive || query_.empty()) return ExactlyProbes(probes);
    ProbeRange range = AboutProbes(meta_, probes);
    if (IsIterative()) range.most = std::min(range.most, params_.max_probes);
    return range;
  }

  // All that the search may come to, the first included.
  std::size_t MostLists() const {
    return IsIterative() ? std::min(params_.max_probes, meta_.lists) : first_lists_;
  }

  // Ranks all lists that may be probed, or the first of them where codes are there.
  void RankFirst() {
    ListRanker<Store> ranker(store_, meta_, query_, Memory());
    if constexpr (requires { lists_.estimator(); }) {
      if (ranker.HasCodesFor(params_.probes)) {
        ranker.RankByCodes(lists_.estimator(), range_, ranked_);
        KeepFirst();
        ranks_rest_ = MostLists() > ranked_.size();
        counts_.directory_pages = ranker.pages();
        return;
      }
    }
    ranker.RankAll(ranked_);
    if (IsIterative()) {
      ChooseFirst();
      Keep(MostLists());
    } else {
      KeepFirst();
    }
    counts_.directory_pages = ranker.pages();
  }

  void ChooseFirst() {
    first_lists_ = MoveProbedToFront(range_, meta_.metric, std::span<RankedList>(ranked_));
  }
  void KeepFirst() {
    ChooseFirst();
    ranked_.resize(first_lists_);
  }

  // Ranks the lists behind the first, once. Returns whether there are any.
  bool RankRest() {
    if (!std::exchange(ranks_rest_, false)) return false;
    std::pmr::vector<bool> is_done(meta_.lists, false, Memory());
    for (const RankedList& list : ranked_) is_done[list.list] = true;
    const std::size_t done = ranked_.size();
    ranked_.clear();
    ListRanker<Store> ranker(store_, meta_, query_, Memory());
    ranker.RankAll(ranked_);
    std::erase_if(ranked_, [&](const RankedList& list) { return is_done[list.list]; });
    Keep(MostLists() - done);
    batch_end_ = 0;
    counts_.directory_pages += ranker.pages();
    return !ranked_.empty();
  }

  void Keep(std::size_t wanted) {
    if (wanted >= ranked_.size()) return;
    MoveNearest(0, wanted);
    ranked_.resize(wanted);
  }

  // Moves the nearest of the lists from `begin` on to places up to `end`.
  void MoveNearest(std::size_t begin, std::size_t end) {
    MoveLeastToFront(std::span<RankedList>(ranked_).subspan(begin), end - begin);
  }

  std::pmr::memory_resource* Memory() const { return ranked_.get_allocator().resource(); }

  // Moves on to the next lists. Only the lists of a batch are told apart from the
  // rest, so that a search which ends early never sorts all of them. The nearest come first:
  // their rows soon rule out most of the others.
  void ScanNextBatch(std::size_t wanted) {
    lists_.Clear();
    batch_begin_ = batch_end_;
    batch_end_ = std::min<std::size_t>(ranked_.size(), batch_begin_ + wanted);
    if (batch_end_ < ranked_.size()) MoveNearest(batch_begin_, batch_end_);
    const std::size_t first = std::min(kFirstLists, batch_end_ - batch_begin_);
    std::partial_sort(At(batch_begin_), At(batch_begin_ + first), At(batch_end_));
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
      if (!IsFreeOf(guard.page(), block, list.list)) {
        lists_.ScanPage(list, guard.page(), block, counts_);
      }
      ++counts_.pages;
      block = TrailerOf(guard.page()).next;
    }
  }

  static constexpr std::size_t kFirstLists = 8;

  auto At(std::size_t i) { return ranked_.begin() + static_cast<std::ptrdiff_t>(i); }

  Store& store_;
  const Meta& meta_;
  const RowView& query_;
  SearchParams params_;
  ProbeRange range_;                     // of the lists that are scanned at first
  std::size_t first_lists_ = 0;          // and how many they are
  std::pmr::vector<RankedList> ranked_;  // the lists to probe, batch after batch
  bool ranks_rest_ = false;              // codes have chosen the first of them only
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
