// Checking an index: what must hold of it, also beside writers.
//
//   directory   pages in their blocks, links within the file, centroids finite and of their norms
//   lists       chains of pages of their list, that end and meet insert_block; rows finite, of unit
//               length by cosine; codes, factors and second codes those of their rows
//               (check_lists.hpp)
//   centroids   codes those of the centroids
//   use         whose each page and each place of a row is (check_use.hpp)
//
// What is not so becomes a finding. Throws Error(kCorrupted) where the meta page cannot be read.
// Memory: 2 bytes a page, a bit for each row of a row page, and some 50 bytes for each list.
//
// Not checked: hints (rows_block, extent_blocks but for its range), the free space map, whether a
// row is in the list nearest to it.
#pragma once

#include "vector/ivf/check_lists.hpp"
#include "vector/ivf/check_use.hpp"

namespace vec::ivf {

struct CheckCounts {
  std::uint64_t rows = 0;
  std::uint64_t list_pages = 0;
  std::uint64_t free_pages = 0;
  std::uint64_t lost_pages = 0;  // never used again
};

template <PageStore Store, CheckSink Sink>
class Checker {
 public:
  // `heap` may be nullptr; see ListChecker.
  Checker(Store& store, Sink& sink, HeapVectors* heap, std::pmr::memory_resource* memory)
      : store_(store),
        sink_(sink),
        heap_(heap),
        memory_(memory),
        meta_(ReadMeta(store.Read(kMetaBlock).page())),
        blocks_(store.BlockCount()),
        heads_(memory),
        squares_(memory) {}

  const Meta& meta() const { return meta_; }

  CheckCounts Run() {
    CheckCounts counts;
    if (!CheckDirectory()) return counts;  // nothing else can be found
    ListChecker<Store, Sink> lists(store_, sink_, meta_, heap_, memory_);
    for (std::uint32_t list = 0; list < meta_.lists; ++list) lists.Check(list, heads_[list]);
    counts.rows = lists.rows();
    counts.list_pages = lists.pages();
    if (meta_.centroid_codes != 0) CheckCentroidCodes();
    UseChecker<Store> use(store_, meta_, memory_);
    ReportSettled(store_, sink_, memory_, [&](auto& findings) { use.Look(findings); });
    counts.free_pages = use.free_pages();
    counts.lost_pages = use.lost_pages();
    return counts;
  }

 private:
  void Report(BlockId block, std::size_t item, const char* what) {
    sink_.Report({block, static_cast<std::uint32_t>(item), what, Severity::kError});
  }

  // --- directory

  // Returns whether all of its pages can be read.
  bool CheckDirectory() {
    const std::uint64_t end =
        std::uint64_t{meta_.directory_block} + std::uint64_t{meta_.slices} * DirectoryBlocks(meta_);
    const auto lanes = static_cast<std::uint64_t>(LanesPerPage(meta_));
    const std::uint64_t codes_end = meta_.centroid_codes + (meta_.lists + lanes - 1) / lanes;
    if (end > blocks_ || (meta_.centroid_codes != 0 && codes_end > blocks_)) {
      Report(kMetaBlock, kNoItem, "directory behind the end of the file");
      return false;
    }
    if (!std::isfinite(meta_.max_norm_squared) || meta_.max_norm_squared < 0) {
      Report(kMetaBlock, kNoItem, "greatest norm is not finite");
    }
    squares_.resize(IsBits(meta_.type) ? 0 : meta_.lists);
    bool is_sound = true;
    for (auto block = meta_.directory_block; block < end; ++block) {
      is_sound = CheckDirectoryPage(block) && is_sound;
    }
    if (!is_sound) return false;
    for (std::uint32_t list = 0; list < squares_.size(); ++list) CheckNorm(list);
    return true;
  }

  bool CheckDirectoryPage(BlockId block) {
    store_.CheckInterrupts();
    const BlockId offset = block - meta_.directory_block;
    const std::uint32_t slice = offset / DirectoryBlocks(meta_);
    const std::uint32_t first = offset % DirectoryBlocks(meta_) * meta_.directory_per_page;
    const auto guard = store_.Read(block);
    const bool has_layout =
        !IsUnformatted(guard.page()) && IsPageOf(guard.page(), PageKind::kDirectory) &&
        DirectoryPage::HasLayout(guard.page(), SliceBytes(meta_), sizeof(Trailer));
    const std::size_t expected = std::min(meta_.directory_per_page, meta_.lists - first);
    if (!has_layout ||
        DirectoryPage(guard.page(), SliceBytes(meta_), sizeof(Trailer)).count() != expected) {
      Report(block, kNoItem, "no page of the directory");
      return false;
    }
    const DirectoryPage page(guard.page(), SliceBytes(meta_), sizeof(Trailer));
    for (std::size_t i = 0; i < expected; ++i) {
      const ListHead& head = page.heads()[i];
      if (slice == 0) {
        heads_.push_back(head);
        CheckHead(head, block, i);
      } else if (std::memcmp(&head, &kNoHead, sizeof(head)) != 0) {
        Report(block, i, "head with a further slice of a centroid");
      }
      if (!squares_.empty()) AddSquare(first + i, page.row(i));
    }
    return true;
  }

  void CheckHead(const ListHead& head, BlockId block, std::size_t i) {
    FileExtent<Store> file(store_);
    const auto is_link = [&](BlockId to) {
      return to == kNoBlock || (to != kMetaBlock && file.Contains(to));
    };
    const bool is_empty = head.first_block == kNoBlock;
    if (!is_link(head.first_block) || !is_link(head.insert_block) || !is_link(head.rows_block) ||
        is_empty != (head.insert_block == kNoBlock)) {
      Report(block, i, "list with an invalid link");
    } else if (!is_empty && std::uint64_t{head.first_block} + head.extent_blocks > file.blocks()) {
      Report(block, i, "list built behind the end of the file");
    }
    // Those of huge values overflow.
    if (std::isnan(head.augment) || !(head.spread >= 0)) {
      Report(block, i, "list with invalid moments");
    }
  }

  void AddSquare(std::size_t list, const std::byte* row) {
    const auto* values = reinterpret_cast<const float*>(row);
    for (std::uint32_t d = 0; d < SliceDims(meta_); ++d)
      squares_[list] += double{values[d]} * values[d];
  }

  void CheckNorm(std::uint32_t list) {
    const BlockId block = DirectoryBlock(meta_, list);
    const std::size_t slot = DirectorySlot(meta_, list);
    const double square = squares_[list];
    if (!std::isfinite(square)) return Report(block, slot, "centroid is not finite");
    constexpr double kGreatest = 1e37;  // sums of floats may overflow beyond
    const double stored = heads_[list].norm_squared;
    const bool is_norm = square > kGreatest ? !(stored < kGreatest / 2)
                                            : std::fabs(stored - square) <= 1e-4 * square + 1e-30;
    if (!is_norm) {
      Report(block, slot, "centroid of another norm");
    }
  }

  // --- codes of centroids

  void CheckCentroidCodes() {
    std::pmr::vector<float> centroid(meta_.dims, memory_);
    std::pmr::vector<std::uint8_t> code(CodeBytes(meta_), memory_);
    Encoder encoder(meta_, memory_);
    ReadCentroid(store_, meta_, meta_.center, std::span<float>(centroid));
    encoder.SetCentroid(centroid);
    const double center = LengthOf(centroid);
    const std::size_t lanes = LanesPerPage(meta_);
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      store_.CheckInterrupts();
      const BlockId block = meta_.centroid_codes + static_cast<BlockId>(list / lanes);
      ReadCentroid(store_, meta_, list, std::span<float>(centroid));
      const auto guard = store_.Read(block);
      if (list % lanes == 0 && !CheckCentroidPage(guard.page(), block, list)) return;
      const CodePage page(meta_, guard.page(), block, kCentroids);
      const std::size_t lane = list % lanes;
      const RowRef spread{std::bit_cast<BlockId>(heads_[list].spread), 0};
      if (!page.IsLive(lane) || page.tid(lane) != kCentroidTid ||
          page.row(lane).block != spread.block || page.row(lane).slot != 0) {
        Report(block, lane, "code of another centroid");
      }
      const double length = std::max(center, LengthOf(centroid));
      const char* fault =
          CodeFaultOf(page, lane, length, encoder.ResidualOf(centroid), encoder, code);
      if (fault != nullptr) Report(block, lane, fault);
    }
  }

  bool CheckCentroidPage(const std::byte* page, BlockId block, std::uint32_t first) {
    const bool is_page = !IsUnformatted(page) && IsPageOf(page, PageKind::kCodes) &&
                         TrailerOf(page).list == kCentroids && CodePage::HasLayout(meta_, page);
    const std::size_t expected = std::min<std::size_t>(LanesPerPage(meta_), meta_.lists - first);
    if (!is_page || CodePage(meta_, page, block, kCentroids).lanes() < expected) {
      Report(block, kNoItem, "no page of codes of centroids");
      return false;
    }
    const bool is_last = first + expected == meta_.lists;
    if (TrailerOf(page).next != (is_last ? kNoBlock : block + 1)) {
      Report(block, kNoItem, "codes of centroids with another link");
    }
    return true;
  }

  static constexpr ListHead kNoHead{};

  Store& store_;
  Sink& sink_;
  HeapVectors* heap_;
  std::pmr::memory_resource* memory_;
  Meta meta_;
  BlockId blocks_;
  std::pmr::vector<ListHead> heads_;
  std::pmr::vector<double> squares_;  // of the centroids
};

}  // namespace vec::ivf
