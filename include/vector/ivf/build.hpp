// Writing a new index: every page once, in the order of the file.
//
// Rows come sorted by list. Row pages go out as they fill; where there are codes,
// the rows of a finished list are read back and encoded against its centroid,
// which for the inner product is known only then. The directory, whose heads need
// the extents, and the meta page, whose magic makes the index valid, go out last.
// The memory is that of the centroids and one page.
#pragma once

#include <cmath>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/ivf/encoder.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

// The length of the vectors that k-means works on: the inner product appends the
// augmented coordinate.
inline std::size_t TrainingDims(Metric metric, std::size_t dims) {
  return metric == Metric::kInnerProduct ? dims + 1 : dims;
}

// Running mean and spread of the rows of one list, for the inner product.
class ListMoments {
 public:
  ListMoments(std::size_t dims, std::pmr::memory_resource* memory) : sums_(dims, 0.0, memory) {}

  void Add(std::span<const float> row, float augment) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      sums_[i] += row[i];
      squares_ += static_cast<double>(row[i]) * row[i];
    }
    augments_ += augment;
    ++count_;
  }

  std::size_t count() const { return count_; }
  double augment() const { return augments_ / static_cast<double>(count_); }

  // Writes the mean and returns the spread, sqrt(E|x - mean|^2).
  // REQUIRES: count() > 0.
  double Mean(std::span<float> mean) const {
    double norm = 0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const double value = sums_[i] / static_cast<double>(count_);
      mean[i] = static_cast<float>(value);
      norm += value * value;
    }
    return std::sqrt(std::fmax(0.0, squares_ / static_cast<double>(count_) - norm));
  }

  void Clear() {
    std::fill(sums_.begin(), sums_.end(), 0.0);
    squares_ = augments_ = 0;
    count_ = 0;
  }

 private:
  std::pmr::vector<double> sums_;
  double squares_ = 0;
  double augments_ = 0;
  std::size_t count_ = 0;
};

// Any will do; one that never changes makes builds repeatable.
inline constexpr std::uint64_t kRotationSeed = 0x5EED;

struct BuildParams {
  Metric metric = Metric::kL2;
  std::uint32_t dims = 0;
  float max_norm_squared = 0;  // inner product only
  Codec codec = Codec::kNone;  // kRabitq: REQUIRES CanQuantize(metric, dims)
};

template <PageStore Store>
class Builder {
 public:
  // `centroids` are TrainingDims() floats each, at least one. They must outlive
  // the builder, which for the inner product puts the means of the lists there.
  Builder(Store& store, const BuildParams& params, std::span<float> centroids,
          std::pmr::memory_resource* memory)
      : store_(store),
        centroids_(centroids),
        stride_(TrainingDims(params.metric, params.dims)),
        heads_(memory),
        page_(kPageBytes, memory),
        rows_(params.codec == Codec::kNone ? 0 : kPageBytes, memory),
        moments_(params.dims, memory) {
    meta_ = {.magic = kMagic,
             .version = kVersion,
             .type = ElementType::kFloat32,
             .metric = params.metric,
             .dims = params.dims,
             .lists = static_cast<std::uint32_t>(centroids.size() / stride_),
             .directory_block = kNoBlock,
             .directory_per_page = static_cast<std::uint32_t>(
                 RowsPerPage<ListHead>(params.dims * sizeof(float), sizeof(Trailer))),
             .max_norm_squared = params.max_norm_squared,
             .codec = params.codec,
             .reserved = {},
             .seed = kRotationSeed,
             .features = 0};
    if (params.codec != Codec::kNone) encoder_.emplace(meta_, memory);
    heads_.resize(meta_.lists, ListHead{kNoBlock, kNoBlock, 0, 0, 0, 0, kNoBlock, 0});
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      heads_[list].augment = InnerProduct() ? Centroid(list)[params.dims] : 0.0f;
      heads_[list].norm_squared = NormSquared(Vector(list));
    }
    ReserveMeta();
  }

  // REQUIRES: list >= that of the row before, < the number of centroids.
  void Add(std::uint32_t list, HeapTid tid, std::span<const float> row) {
    VECTOR_ASSERT(list < meta_.lists && row.size() == meta_.dims);
    if (open_ && list != list_) CloseList();
    if (!open_) OpenPage(list);
    MutableListRows page = Page();
    if (!page.HasRoom()) {
      WritePage(next_block_ + 1);
      OpenPage(list);
      page = Page();
    }
    page.Append(tid, row.data());
    if (InnerProduct()) {
      moments_.Add(row, Augment(meta_.max_norm_squared, NormSquared(row)));
    }
  }

  // Ends the index; it is valid from here on. Returns its meta page.
  Meta Finish() {
    if (open_) CloseList();
    WriteDirectory();
    auto record = store_.Begin();
    WriteMeta(record.Modify(kMetaBlock), meta_);
    record.Commit();
    return meta_;
  }

 private:
  bool InnerProduct() const { return meta_.metric == Metric::kInnerProduct; }
  std::span<float> Centroid(std::uint32_t list) {
    return centroids_.subspan(list * stride_, stride_);
  }
  // The centroid without the augmented coordinate.
  std::span<float> Vector(std::uint32_t list) { return Centroid(list).first(meta_.dims); }
  MutableListRows Page() { return {page_.data(), RowBytes(meta_), sizeof(Trailer)}; }
  static float NormSquared(std::span<const float> row) {
    return simd::Active().inner_product(row.data(), row.data(), row.size());
  }

  // Block 0 is taken first and filled last: until then it has no magic.
  void ReserveMeta() {
    auto record = store_.Begin();
    const auto [block, page] = record.Extend();
    if (block != kMetaBlock) throw Error(ErrorKind::kInternal, "index is not empty");
    FormatIvfPage(page, PageKind::kMeta);
    record.Commit();
    next_block_ = kMetaBlock + 1;
  }

  void OpenPage(std::uint32_t list) {
    FormatIvfPage(page_.data(), PageKind::kRows, list);
    ListHead& head = heads_[list];
    if (!open_ || list != list_) first_row_block_ = next_block_;
    if (encoder_) {
      head.rows_block = next_block_;
    } else {
      AddToChain(head);
    }
    list_ = list;
    open_ = true;
  }

  // The next block to be written joins the chain of a list.
  void AddToChain(ListHead& head) {
    if (head.first_block == kNoBlock) head.first_block = next_block_;
    head.insert_block = next_block_;
    ++head.extent_blocks;
  }

  // Row pages behind codes are in no chain.
  void WritePage(BlockId next) {
    TrailerOf(page_.data()).next = encoder_ ? kNoBlock : next;
    Append(page_.data());
  }

  void CloseList() {
    WritePage(kNoBlock);
    open_ = false;
    if (moments_.count() > 0) {
      ListHead& head = heads_[list_];
      head.augment = static_cast<float>(moments_.augment());
      head.spread = static_cast<float>(moments_.Mean(Vector(list_)));
      head.norm_squared = NormSquared(Vector(list_));
      moments_.Clear();
    }
    if (encoder_) WriteCodes(first_row_block_, next_block_);
  }

  // Encodes the rows of the list's row pages [first, end) into code pages.
  void WriteCodes(BlockId first, BlockId end) {
    encoder_->SetCentroid(Vector(list_));
    FormatIvfPage(page_.data(), PageKind::kCodes, list_);
    lanes_ = 0;
    for (BlockId block = first; block < end; ++block) {
      std::memcpy(rows_.data(), store_.Read(block).page(), kPageBytes);
      const ListRows rows = ViewRows(meta_, rows_.data(), block, list_);
      for (std::uint16_t i = 0; i < rows.count(); ++i) {
        const auto* row = reinterpret_cast<const float*>(rows.row(i));
        AddCode({row, meta_.dims}, rows.heads()[i], {block, i});
      }
    }
    WriteCodePage(kNoBlock);
  }

  void AddCode(std::span<const float> row, HeapTid tid, RowRef ref) {
    if (lanes_ == BlocksPerPage(meta_) * quantize::kLanes) {
      WriteCodePage(next_block_ + 1);
      FormatIvfPage(page_.data(), PageKind::kCodes, list_);
      lanes_ = 0;
    }
    MutableCodePage page(meta_, page_.data(), next_block_, list_);
    if (lanes_ % quantize::kLanes == 0) page.AddBlock();
    StoreLane(page, lanes_ / quantize::kLanes, lanes_ % quantize::kLanes, encoder_->Encode(row),
              tid, ref);
    ++lanes_;
  }

  void WriteCodePage(BlockId next) {
    AddToChain(heads_[list_]);
    TrailerOf(page_.data()).next = next;
    Append(page_.data());
  }

  void WriteDirectory() {
    meta_.directory_block = next_block_;
    for (std::uint32_t list = 0; list < meta_.lists;) {
      FormatIvfPage(page_.data(), PageKind::kDirectory);
      MutableDirectoryPage page(page_.data(), RowBytes(meta_), sizeof(Trailer));
      for (std::uint32_t i = 0; i < meta_.directory_per_page && list < meta_.lists; ++i, ++list) {
        page.Append(heads_[list], Centroid(list).data());
      }
      Append(page_.data());
    }
  }

  void Append(const std::byte* image) {
    store_.CheckInterrupts();
    auto record = store_.Begin();
    const auto [block, page] = record.Extend();
    if (block != next_block_) throw Error(ErrorKind::kInternal, "index grew during its build");
    std::memcpy(page, image, kPageBytes);
    record.Commit();
    ++next_block_;
  }

  Store& store_;
  Meta meta_{};
  std::span<float> centroids_;
  std::size_t stride_;
  std::pmr::vector<ListHead> heads_;
  std::pmr::vector<std::byte> page_;  // the page being filled
  std::pmr::vector<std::byte> rows_;  // a row page being encoded
  ListMoments moments_;
  std::optional<Encoder> encoder_;
  std::size_t lanes_ = 0;  // used on the code page being filled
  BlockId first_row_block_ = 0;
  BlockId next_block_ = 0;
  std::uint32_t list_ = 0;
  bool open_ = false;
};

}  // namespace vec::ivf
