// Indexes whose rows are encoded and placed while the table is scanned.
#include "vector/ivf/row_placer.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "support/ivf_fixture.hpp"
#include "vector/cluster/assign.hpp"
#include "vector/ivf/second_code.hpp"

namespace vec::ivf {
namespace {

using test::ExactOrder;
using test::Fault;
using test::MemoryStore;
using test::RandomRows;
using test::Row;
using test::StoredRow;
using test::TidOf;

auto* const memory = std::pmr::get_default_resource();

// What a build sorts: in the order of the builder's calls.
struct Sorted {
  std::uint32_t list;
  bool is_code;
  HeapTid tid;
  std::vector<std::byte> row;
  quantize::CodeFactors factors{};
  std::vector<std::uint8_t> code;
  std::optional<RowRef> ref;

  auto key() const { return std::tuple(list, is_code, tid); }
};

// Builds as so many participants of a scan do; with none, all rows are sorted themselves.
class ScanBuild {
 public:
  ScanBuild(BuildParams params, const std::vector<Row>& rows, std::size_t lists,
            std::size_t placers, bool remembers_all = true)
      : params_(params), rows_(rows) {
    params_.dims = static_cast<std::uint32_t>(rows.front().size());
    params_.codec = Codec::kRabitq;
    for (std::size_t i = 0; i < lists; ++i) {
      centroids_.insert(centroids_.end(), rows[i].begin(), rows[i].end());
    }
    Run(placers, remembers_all);
  }

  std::uint64_t CheckedRows() { return test::CheckIvf(store).rows; }

  std::vector<HeapTid> Search(const Row& query) {
    const RowView view{query, {}};
    CodedSearch<MemoryStore> search(store, meta, view,
                                    {.probes = meta.lists, .max_probes = meta.lists}, memory);
    std::vector<HeapTid> found;
    while (const auto tid = search.Next()) found.push_back(*tid);
    return found;
  }

  MemoryStore store;
  Meta meta{};
  std::size_t placed = 0;

 private:
  void Run(std::size_t placers, bool remembers_all) {
    ReserveMeta(store);
    const Meta planned =
        NewMeta(params_, static_cast<std::uint32_t>(centroids_.size() / params_.dims));
    ListEncoder encoder(planned, centroids_, params_.dims, remembers_all, memory);
    std::vector<std::unique_ptr<RowPlacer<MemoryStore>>> all(placers);
    for (auto& placer : all) {
      placer = std::make_unique<RowPlacer<MemoryStore>>(store, planned, memory);
    }
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const StoredRow stored(params_.type, rows_[i]);
      const std::uint32_t list = Nearest(stored.values());
      const EncodedRow code = encoder.Encode(list, stored.values());
      std::vector<std::byte> row(stored.stored(), stored.stored() + RowBytes(planned));
      if (HasSecondStage(planned)) {
        row.resize(StoredBytes(planned));
        WriteLongRow(planned, {stored.stored(), RowBytes(planned)}, code, row);
      }
      if (placers == 0) {
        Leave(list, TidOf(i), code, row.data());
        continue;
      }
      all[i % placers]->Add(list, TidOf(i), row.data(), code,
                            [&](HeapTid tid, const EncodedRow& encoded, RowRef ref) {
                              ++placed;
                              PutCode(list, tid, encoded, ref);
                            });
    }
    for (auto& placer : all) {
      placer->Finish([&](std::uint32_t list, HeapTid tid, const EncodedRow& code,
                         const std::byte* stored) { Leave(list, tid, code, stored); });
    }
    std::sort(sorted_.begin(), sorted_.end(),
              [](const Sorted& a, const Sorted& b) { return a.key() < b.key(); });
    Builder<MemoryStore> builder(store, params_, centroids_, memory);
    for (const Sorted& item : sorted_) {
      if (item.is_code) {
        builder.AddCode(item.list, item.tid, {item.factors, item.code, {}, {}}, item.ref);
      } else {
        builder.AddPlaced(item.list, item.tid, item.row.data());
      }
    }
    meta = builder.Finish();
  }

  void Leave(std::uint32_t list, HeapTid tid, const EncodedRow& code, const std::byte* stored) {
    if (params_.vectors == Vectors::kIndex) {
      const std::size_t bytes = StoredBytes(NewMeta(params_, 1));
      sorted_.push_back({list, false, tid, {stored, stored + bytes}, {}, {}, {}});
    }
    PutCode(list, tid, code, std::nullopt);
  }

  void PutCode(std::uint32_t list, HeapTid tid, const EncodedRow& code, std::optional<RowRef> ref) {
    sorted_.push_back(
        {list, true, tid, {}, code.factors, {code.code.begin(), code.code.end()}, ref});
  }

  std::uint32_t Nearest(const Row& row) {
    std::vector<std::uint32_t> label(1);
    cluster::Assigner(centroids_, params_.dims, memory).Nearest(row, label);
    return label.front();
  }

  BuildParams params_;
  const std::vector<Row>& rows_;
  std::vector<float> centroids_;
  std::vector<Sorted> sorted_;
};

TEST(RowPlacer, AnyNumberOfPlacersGivesAValidIndex) {
  // One row, a few and many rows a page; with second codes; blocks of codes and rows of codes.
  for (const std::size_t dims : {70u, 500u, 768u, 1800u}) {
    const auto rows = RandomRows(700, dims, dims);
    const auto queries = RandomRows(3, dims, 1);
    for (const std::size_t placers : {0u, 1u, 3u}) {
      ScanBuild build({}, rows, 7, placers);
      EXPECT_EQ(build.CheckedRows(), rows.size()) << dims << " dims, " << placers << " placers";
      EXPECT_EQ(build.placed > 0, placers > 0) << dims << " dims, " << placers << " placers";
      for (const Row& query : queries) {
        EXPECT_EQ(build.Search(query), ExactOrder(Metric::kL2, rows, query));
      }
    }
  }
}

TEST(RowPlacer, WithoutPlacersPagesAreThoseOfTheBuilderAlone) {
  for (const std::size_t dims : {100u, 768u}) {
    const auto rows = RandomRows(600, dims, 2);
    ScanBuild build({}, rows, 5, 0);
    test::Index index({.codec = Codec::kRabitq}, rows, 5);
    ASSERT_EQ(build.store.BlockCount(), index.store.BlockCount());
    BlockId different = 0;
    for (BlockId block = 1; block < build.store.BlockCount(); ++block) {
      const auto a = build.store.Read(block);
      const auto b = index.store.Read(block);
      different += std::memcmp(a.page(), b.page(), kPageBytes) != 0 ? 1 : 0;
    }
    EXPECT_EQ(different, 0u) << dims << " dims";
  }
}

TEST(RowPlacer, CodesAreTheSameWhetherCentroidsAreRememberedOrNot) {
  const auto rows = RandomRows(300, 100, 3);
  ScanBuild all({}, rows, 5, 1, true);
  ScanBuild last({}, rows, 5, 1, false);
  ASSERT_EQ(all.store.BlockCount(), last.store.BlockCount());
  for (BlockId block = 0; block < all.store.BlockCount(); ++block) {
    EXPECT_EQ(std::memcmp(all.store.Read(block).page(), last.store.Read(block).page(), kPageBytes),
              0);
  }
}

TEST(RowPlacer, HalvesAreKeptAsTheyAre) {
  const auto rows = RandomRows(500, 300, 4);
  ScanBuild build({.type = ElementType::kFloat16}, rows, 4, 2);
  EXPECT_EQ(build.CheckedRows(), rows.size());
}

TEST(RowPlacer, RowsInTheHeapHaveCodesOnly) {
  const auto rows = RandomRows(500, 300, 5);
  ScanBuild build({.vectors = Vectors::kHeap}, rows, 4, 0);
  EXPECT_EQ(build.CheckedRows(), rows.size());
}

TEST(RowPlacer, InsertsGoOnWhereItEnded) {
  const auto rows = RandomRows(400, 500, 6);
  ScanBuild build({}, rows, 4, 2);
  const auto more = RandomRows(200, 500, 7);
  for (std::size_t i = 0; i < more.size(); ++i) {
    const StoredRow stored(ElementType::kFloat32, more[i]);
    Insert(build.store, build.meta, TidOf(rows.size() + i), stored.view(), memory);
  }
  EXPECT_EQ(build.CheckedRows(), rows.size() + more.size());
}

}  // namespace
}  // namespace vec::ivf
