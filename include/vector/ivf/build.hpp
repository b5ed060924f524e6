// Writing a new index: every page once, in the order of the file.
//
// Rows come sorted by list. List pages go out as they fill; the directory, whose
// heads need the extents, and the meta page, whose magic makes the index valid,
// go out last. The memory is that of the centroids and one page.
#pragma once

#include <cmath>
#include <memory_resource>
#include <span>
#include <vector>

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

struct BuildParams {
  Metric metric = Metric::kL2;
  std::uint32_t dims = 0;
  float max_norm_squared = 0;  // inner product only
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
             .reserved = 0,
             .features = 0};
    heads_.resize(meta_.lists, ListHead{kNoBlock, kNoBlock, 0, 0, 0, {}});
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      heads_[list].augment = InnerProduct() ? Centroid(list)[params.dims] : 0.0f;
    }
    ReserveMeta();
  }

  // REQUIRES: list >= that of the row before, < the number of centroids.
  void Add(std::uint32_t list, HeapTid tid, std::span<const float> row) {
    VECTOR_ASSERT(list < meta_.lists && row.size() == meta_.dims);
    if (open_ && list != list_) CloseList();
    if (!open_) OpenPage(list);
    MutableListPage page = Page();
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
  std::span<float> Centroid(std::uint32_t list) { return centroids_.subspan(list * stride_, stride_); }
  MutableListPage Page() { return {page_.data(), RowBytes(meta_), sizeof(Trailer)}; }
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
    FormatIvfPage(page_.data(), PageKind::kList, list);
    ListHead& head = heads_[list];
    if (head.first_block == kNoBlock) head.first_block = next_block_;
    head.insert_block = next_block_;
    ++head.extent_blocks;
    list_ = list;
    open_ = true;
  }

  void WritePage(BlockId next) {
    TrailerOf(page_.data()).next = next;
    Append(page_.data());
  }

  void CloseList() {
    WritePage(kNoBlock);
    open_ = false;
    if (moments_.count() == 0) return;
    ListHead& head = heads_[list_];
    head.augment = static_cast<float>(moments_.augment());
    head.spread = static_cast<float>(moments_.Mean(Centroid(list_).first(meta_.dims)));
    moments_.Clear();
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
  std::pmr::vector<std::byte> page_;  // the list page being filled
  ListMoments moments_;
  BlockId next_block_ = 0;
  std::uint32_t list_ = 0;
  bool open_ = false;
};

}  // namespace vec::ivf
