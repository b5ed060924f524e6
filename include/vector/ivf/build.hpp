// Writing a new index: every page once, in the order of the file.
//
// Rows come sorted by list. Row pages go out as they fill. Where there are codes, there
// are three ways to them:
//
// - Those who scan the table encode (EncodesAtScan): the codes of a list come behind such of
//   its rows as have no place yet; a RowPlacer has written the others (row_placer.hpp).
// - For the inner product the rows of a finished list are read back and encoded against its
//   centroid, which is known only then; second codes are put beside them.
// - Where vectors stay in the heap as well, rows are encoded as they come, against the
//   centroid of k-means.
//
// The directory, whose heads need the extents, and the meta page, whose magic makes the
// index valid, go out last. The memory is that of the centroids and two pages.
#pragma once

#include <algorithm>
#include <bit>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "vector/ivf/decoder.hpp"
#include "vector/ivf/encoder.hpp"
#include "vector/ivf/list_moments.hpp"
#include "vector/ivf/margins.hpp"
#include "vector/ivf/metric.hpp"
#include "vector/ivf/new_index.hpp"
#include "vector/ivf/second_code.hpp"
#include "vector/storage/page_store.hpp"

namespace vec::ivf {

template <PageStore Store>
class Builder {
 public:
  // `centroids` are TrainingFloats() floats each, at least one. They must outlive
  // the builder, which for the inner product puts the means of the lists there.
  // The store is empty or has what ReserveMeta and RowPlacers wrote.
  Builder(Store& store, const BuildParams& params, std::span<float> centroids,
          std::pmr::memory_resource* memory)
      : store_(store),
        centroids_(centroids),
        stride_(TrainingFloats(params.type, params.metric, params.dims)),
        meta_(NewMeta(params, static_cast<std::uint32_t>(centroids.size() / stride_))),
        heads_(memory),
        page_(kPageBytes, memory),
        rows_(kPageBytes, memory),
        long_row_(memory),
        moments_(IsInnerProduct(params) ? params.dims : 0, memory) {
    decoder_.emplace(meta_, memory);
    if (params.codec != Codec::kNone) encoder_.emplace(meta_, memory);
    if (HasSecondStage(meta_)) long_row_.resize(StoredBytes(meta_));
    heads_.resize(meta_.lists, ListHead{kNoBlock, kNoBlock, 0, 0, 0, 0, kNoBlock, 0});
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      heads_[list].augment = IsInnerProduct(params) ? Centroid(list)[params.dims] : 0.0f;
      if (!IsBits(params.type)) heads_[list].norm_squared = NormSquared(Vector(list));
    }
    if (store_.BlockCount() == 0) ReserveMeta(store_);
    next_block_ = store_.BlockCount();
  }

  // `stored` is a row of RowBytes(); nothing is read of it where rows are not kept and
  // nobody encodes them here.
  // REQUIRES: list >= that of the row before, < the number of centroids.
  void Add(std::uint32_t list, HeapTid tid, const std::byte* stored) {
    VECTOR_ASSERT(list < meta_.lists);
    if (open_ && list != list_) CloseList();
    if (!open_) OpenList(list);
    if (KeepsRows()) {
      AddRow(tid, stored);
    } else {
      AddCode(encoder_->Encode(decoder_->Decode(stored)), tid, {kNoBlock, 0});
    }
    if (IsInnerProduct(meta_)) {
      const std::span<const float> row = decoder_->Decode(stored);
      moments_.Add(row, Augment(meta_.max_norm_squared, NormSquared(row)));
    }
  }

  // A row that was encoded already, as row pages store it: StoredBytes(), with its second
  // code. REQUIRES: EncodesAtScan(); list as above; AddCode() follows behind all of the list's.
  void AddPlaced(std::uint32_t list, HeapTid tid, const std::byte* stored) {
    VECTOR_ASSERT(list < meta_.lists && KeepsRows());
    if (open_ && list != list_) CloseList();
    if (!open_) OpenList(list);
    AppendRow(tid, stored);
  }

  // The code of a row at `ref`; where that is nothing, of the first row of AddPlaced() that has no
  // code yet, or of one in the heap. REQUIRES: EncodesAtScan(); list as above.
  void AddCode(std::uint32_t list, HeapTid tid, const EncodedRow& code, std::optional<RowRef> ref) {
    VECTOR_ASSERT(list < meta_.lists && encoder_);
    if (open_ && list != list_) CloseList();
    if (!open_ || !has_codes_) BeginCodes(list);
    AddCode(code, tid, ref ? *ref : NextRow());
  }

  // Ends the index; it is valid from here on. Returns its meta page. `queries` are rows by which
  // margins are measured, of meta.dims floats each.
  Meta Finish(std::span<const float> queries = {}) {
    if (open_) CloseList();
    if (MayHaveMargins(meta_.codec, meta_.metric) && !queries.empty()) MeasureMargins(queries);
    WriteDirectory();
    const bool is_long = meta_.slices * DirectoryBlocks(meta_) >= kMinCodedPages;
    if (encoder_ && is_long) WriteCentroidCodes();
    auto record = store_.Begin();
    WriteMeta(record.Modify(kMetaBlock), meta_);
    record.Commit();
    return meta_;
  }

 private:
  static bool IsInnerProduct(const auto& of) { return of.metric == Metric::kInnerProduct; }

  // Whether row pages are written: all but codes of vectors in the heap.
  bool KeepsRows() const { return !encoder_ || meta_.vectors == Vectors::kIndex; }

  std::span<float> Centroid(std::uint32_t list) {
    return centroids_.subspan(list * stride_, stride_);
  }
  // The centroid without the augmented coordinate. Not of bits.
  std::span<float> Vector(std::uint32_t list) { return Centroid(list).first(meta_.dims); }
  MutableListRows Page() { return {page_.data(), StoredBytes(meta_), sizeof(Trailer)}; }
  static float NormSquared(std::span<const float> row) {
    return simd::Active().inner_product(row.data(), row.data(), row.size());
  }

  void OpenList(std::uint32_t list) {
    list_ = list;
    open_ = true;
    has_codes_ = !KeepsRows();
    first_row_block_ = next_block_;
    if (KeepsRows()) {
      OpenRows();
    } else {
      OpenCodes();
    }
  }

  // Codes that were made already: behind the rows of the list, if it has any here.
  void BeginCodes(std::uint32_t list) {
    if (open_) {
      WriteRows(kNoBlock);
    } else {
      list_ = list;
      open_ = true;
      first_row_block_ = next_block_;
    }
    has_codes_ = true;
    next_row_ = {first_row_block_, 0};
    FormatCodePage();
  }

  // Where AddPlaced() has put the rows of the list, one after another.
  RowRef NextRow() {
    if (!KeepsRows()) return {kNoBlock, 0};
    const RowRef row = next_row_;
    const std::size_t per_page = RowsPerPage<HeapTid>(StoredBytes(meta_), sizeof(Trailer));
    if (++next_row_.slot == per_page) next_row_ = {row.block + 1, 0};
    return row;
  }

  void OpenRows() {
    FormatIvfPage(page_.data(), PageKind::kRows, list_);
    if (encoder_) {
      heads_[list_].rows_block = next_block_;
    } else {
      AddToChain(heads_[list_]);
    }
  }

  void AddRow(HeapTid tid, const std::byte* stored) {
    if (!long_row_.empty()) {
      std::memcpy(long_row_.data(), stored, RowBytes(meta_));
      stored = long_row_.data();
    }
    AppendRow(tid, stored);
  }

  void AppendRow(HeapTid tid, const std::byte* stored) {
    MutableListRows page = Page();
    if (!page.HasRoom()) {
      WriteRows(next_block_ + 1);
      OpenRows();
      page = Page();
    }
    page.Append(tid, stored);
  }

  // The next block to be written joins the chain of a list.
  void AddToChain(ListHead& head) {
    if (head.first_block == kNoBlock) head.first_block = next_block_;
    head.insert_block = next_block_;
    ++head.extent_blocks;
  }

  // Row pages behind codes are in no chain.
  void WriteRows(BlockId next) {
    TrailerOf(page_.data()).next = encoder_ ? kNoBlock : next;
    Append(page_.data());
  }

  void CloseList() {
    if (has_codes_) {
      WriteCodePage(kNoBlock);
    } else {
      WriteRows(kNoBlock);
    }
    open_ = false;
    if (moments_.count() > 0) CloseMoments();
    if (encoder_ && !has_codes_) WriteCodes(first_row_block_, next_block_);
  }

  // Codes that are written already keep the centroid that they were made against.
  void CloseMoments() {
    ListHead& head = heads_[list_];
    if (KeepsRows()) moments_.Mean(Vector(list_));
    head.augment = static_cast<float>(moments_.augment());
    head.spread = static_cast<float>(moments_.Spread(Vector(list_)));
    head.norm_squared = NormSquared(Vector(list_));
    moments_.Clear();
  }

  // Encodes the rows of the list's row pages [first, end) into code pages.
  void WriteCodes(BlockId first, BlockId end) {
    OpenCodes();
    for (BlockId block = first; block < end; ++block) {
      std::memcpy(rows_.data(), store_.Read(block).page(), kPageBytes);
      const ListRows rows = ViewRows(meta_, rows_.data(), block, list_);
      for (std::uint16_t i = 0; i < rows.count(); ++i) {
        const EncodedRow code = encoder_->Encode(decoder_->Decode(rows.row(i)));
        AddCode(code, rows.heads()[i], {block, i});
        if (HasSecondStage(meta_)) {
          WriteSecondCode(meta_, code, rows_.data() + (rows.row(i) - rows_.data()));
        }
      }
      if (HasSecondStage(meta_)) Rewrite(block, rows_.data());
    }
    WriteCodePage(kNoBlock);
  }

  void OpenCodes() {
    encoder_->SetCentroid(Vector(list_));
    FormatCodePage();
  }

  void FormatCodePage() {
    FormatIvfPage(page_.data(), PageKind::kCodes, list_);
    lanes_ = 0;
  }

  void AddCode(const EncodedRow& code, HeapTid tid, RowRef ref) {
    if (lanes_ == LanesPerPage(meta_)) {
      WriteCodePage(next_block_ + 1);
      FormatCodePage();
    }
    MutableCodePage page(meta_, page_.data(), next_block_, list_);
    const std::optional<std::size_t> lane = page.TakeLane();
    VECTOR_ASSERT(lane);
    page.Store(*lane, code, tid, ref);
    ++lanes_;
  }

  void WriteCodePage(BlockId next) {
    if (list_ != kCentroids) AddToChain(heads_[list_]);
    TrailerOf(page_.data()).next = next;
    Append(page_.data());
  }

  void WriteDirectory() {
    meta_.directory_block = next_block_;
    std::pmr::vector<std::byte> part(SliceBytes(meta_), page_.get_allocator());
    for (std::uint32_t slice = 0; slice < meta_.slices; ++slice) {
      for (std::uint32_t list = 0; list < meta_.lists;) {
        FormatIvfPage(page_.data(), PageKind::kDirectory);
        MutableDirectoryPage page(page_.data(), SliceBytes(meta_), sizeof(Trailer));
        for (std::uint32_t i = 0; i < meta_.directory_per_page && list < meta_.lists; ++i, ++list) {
          CopySlice(list, slice, part);
          page.Append(slice == 0 ? heads_[list] : ListHead{}, part.data());
        }
        Append(page_.data());
      }
    }
  }

  void WriteCentroidCodes() {
    meta_.center = CenterList();
    meta_.centroid_codes = next_block_;
    list_ = kCentroids;
    encoder_->SetCentroid(Vector(meta_.center));
    FormatCodePage();
    for (std::uint32_t list = 0; list < meta_.lists; ++list) {
      AddCode(encoder_->Encode(Vector(list)), kCentroidTid,
              {std::bit_cast<BlockId>(heads_[list].spread), 0});
    }
    WriteCodePage(kNoBlock);
  }

  void MeasureMargins(std::span<const float> queries) {
    std::pmr::memory_resource* memory = page_.get_allocator().resource();
    MarginMeter meter(meta_.metric, meta_.lists, memory);
    std::pmr::vector<float> scores(meta_.lists, memory);
    for (; !queries.empty(); queries = queries.subspan(meta_.dims)) {
      store_.CheckInterrupts();
      ScoreLists(queries.first(meta_.dims), scores);
      meter.Add(scores);
    }
    meter.Measure(meta_.margins);
  }

  // As a search scores them; not by inner product.
  void ScoreLists(std::span<const float> query, std::span<float> scores) const {
    const bool is_cosine = meta_.metric == Metric::kCosine;
    const simd::Kernels& kernels = simd::Active();
    (is_cosine ? kernels.inner_product_rows : kernels.l2_squared_rows)(
        query.data(), centroids_.data(), static_cast<std::ptrdiff_t>(stride_ * sizeof(float)),
        meta_.lists, meta_.dims, scores.data());
    if (!is_cosine) return;
    for (float& score : scores) score = -score;
  }

  // The list whose centroid is nearest to the mean of all.
  std::uint32_t CenterList() {
    ListMoments moments(meta_.dims, page_.get_allocator().resource());
    for (std::uint32_t list = 0; list < meta_.lists; ++list) moments.Add(Vector(list), 0);
    std::pmr::vector<float> mean(meta_.dims, page_.get_allocator());
    moments.Mean(mean);
    std::pmr::vector<float> distances(meta_.lists, page_.get_allocator());
    simd::Active().l2_squared_rows(mean.data(), centroids_.data(),
                                   static_cast<std::ptrdiff_t>(stride_ * sizeof(float)),
                                   meta_.lists, meta_.dims, distances.data());
    const auto nearest = std::min_element(distances.begin(), distances.end());
    return static_cast<std::uint32_t>(nearest - distances.begin());
  }

  // A slice of a centroid, filled up with zeros.
  void CopySlice(std::uint32_t list, std::uint32_t slice, std::span<std::byte> out) {
    const auto centroid =
        std::as_bytes(Centroid(list).first(CentroidFloats(meta_.type, meta_.dims)));
    const std::size_t at = std::min(centroid.size(), slice * out.size());
    const auto part = centroid.subspan(at, std::min(out.size(), centroid.size() - at));
    std::memset(out.data(), 0, out.size());
    std::memcpy(out.data(), part.data(), part.size());
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

  void Rewrite(BlockId block, const std::byte* image) {
    auto record = store_.Begin();
    std::memcpy(record.Modify(block), image, kPageBytes);
    record.Commit();
  }

  Store& store_;
  std::span<float> centroids_;
  std::size_t stride_;
  Meta meta_;
  std::pmr::vector<ListHead> heads_;
  std::pmr::vector<std::byte> page_;      // the page being filled
  std::pmr::vector<std::byte> rows_;      // a row page being encoded
  std::pmr::vector<std::byte> long_row_;  // a row on its way, its second code still zeros
  ListMoments moments_;
  std::optional<RowDecoder> decoder_;
  std::optional<Encoder> encoder_;
  std::size_t lanes_ = 0;  // used on the code page being filled
  BlockId first_row_block_ = 0;
  RowRef next_row_{};  // of the rows of the list, the first without a code
  BlockId next_block_ = 0;
  std::uint32_t list_ = 0;
  bool open_ = false;
  bool has_codes_ = false;  // the open list: whether page_ is a code page
};

}  // namespace vec::ivf
