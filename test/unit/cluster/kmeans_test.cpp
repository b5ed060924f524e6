#include "vector/cluster/kmeans.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "vector/base/error.hpp"
#include "vector/base/random.hpp"
#include "vector/cluster/assign.hpp"

namespace vec::cluster {
namespace {

constexpr std::size_t kPlenty = std::size_t{1} << 30;

// Refuses to go above a limit.
class LimitedMemory final : public std::pmr::memory_resource {
 public:
  explicit LimitedMemory(std::size_t limit) : limit_(limit) {}
  std::size_t used() const { return used_; }
  std::size_t peak() const { return peak_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (bytes > limit_ - used_) throw std::bad_alloc();
    used_ += bytes;
    peak_ = std::max(peak_, used_);
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    used_ -= bytes;
    std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::size_t limit_;
  std::size_t used_ = 0;
  std::size_t peak_ = 0;
};

// Rows as from a file: a few at a time, in a buffer that the next Read destroys.
class FileRows final : public RowSource {
 public:
  FileRows(const std::vector<float>& values, std::size_t dims, std::size_t max_block)
      : values_(values), dims_(dims), max_block_(max_block) {}

  std::size_t count() const override { return values_.size() / dims_; }
  std::size_t dims() const override { return dims_; }
  std::size_t max_block() const override { return max_block_; }
  std::span<const float> Read(std::size_t first, std::size_t n) override {
    if (n > max_block_ || first + n > count()) throw std::logic_error("bad Read");
    ++reads_;
    buffer_ = std::make_unique<float[]>(n * dims_);
    std::copy_n(values_.data() + first * dims_, n * dims_, buffer_.get());
    return {buffer_.get(), n * dims_};
  }
  std::size_t reads() const { return reads_; }

 private:
  const std::vector<float>& values_;
  std::size_t dims_;
  std::size_t max_block_;
  std::unique_ptr<float[]> buffer_;
  std::size_t reads_ = 0;
};

double Gauss(Random& random) {
  return std::sqrt(-2 * std::log(1 - random.Uniform())) *
         std::cos(6.283185307179586 * random.Uniform());
}

// Rows around `clusters` points of a cube, in random order.
std::vector<float> Clustered(std::size_t rows, std::size_t dims, std::size_t clusters,
                             double spread, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> points(clusters * dims);
  for (float& value : points) value = static_cast<float>(random.Uniform() * 100);
  std::vector<float> values(rows * dims);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t cluster = random.Below(clusters);
    for (std::size_t d = 0; d < dims; ++d) {
      const double value = points[cluster * dims + d] + spread * Gauss(random);
      values[i * dims + d] = static_cast<float>(value);
    }
  }
  return values;
}

void Normalize(std::vector<float>& rows, std::size_t dims) {
  for (std::size_t i = 0; i < rows.size(); i += dims) {
    double square = 0;
    for (std::size_t d = 0; d < dims; ++d) square += double{rows[i + d]} * rows[i + d];
    for (std::size_t d = 0; d < dims; ++d) {
      rows[i + d] = static_cast<float>(rows[i + d] / std::sqrt(square));
    }
  }
}

double MeanSquaredError(const std::vector<float>& rows, std::span<const float> centroids,
                        std::size_t dims) {
  Assigner assigner(centroids, dims, std::pmr::get_default_resource());
  std::vector<std::uint32_t> labels(rows.size() / dims);
  std::vector<float> distances(labels.size());
  assigner.Nearest(rows, labels, distances);
  double sum = 0;
  for (const float distance : distances) sum += distance;
  return sum / static_cast<double>(labels.size());
}

// Plain k-means++ and Lloyd, one row at a time in double.
std::vector<float> ReferenceKMeans(const std::vector<float>& rows, std::size_t dims, std::size_t k,
                                   int iterations) {
  Random random(99);
  const std::size_t n = rows.size() / dims;
  const auto distance = [&](std::size_t i, const float* c) {
    double sum = 0;
    for (std::size_t d = 0; d < dims; ++d) sum += std::pow(double{rows[i * dims + d]} - c[d], 2);
    return sum;
  };
  std::vector<float> centroids;
  std::vector<double> mass(n, 1);
  while (centroids.size() < k * dims) {
    double total = 0;
    for (const double m : mass) total += m;
    double target = random.Uniform() * total;
    std::size_t pick = 0;
    while (pick + 1 < n && target >= mass[pick]) target -= mass[pick++];
    centroids.insert(centroids.end(), rows.begin() + static_cast<std::ptrdiff_t>(pick * dims),
                     rows.begin() + static_cast<std::ptrdiff_t>((pick + 1) * dims));
    const float* added = centroids.data() + centroids.size() - dims;
    for (std::size_t i = 0; i < n; ++i) {
      const double d = distance(i, added);
      mass[i] = centroids.size() == dims ? d : std::min(mass[i], d);
    }
  }
  for (int it = 0; it < iterations; ++it) {
    std::vector<double> sums(k * dims);
    std::vector<double> counts(k);
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t best = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < k; ++j) {
        const double d = distance(i, &centroids[j * dims]);
        if (d < least) least = d, best = j;
      }
      ++counts[best];
      for (std::size_t d = 0; d < dims; ++d) sums[best * dims + d] += rows[i * dims + d];
    }
    for (std::size_t j = 0; j < k * dims; ++j) {
      if (counts[j / dims] > 0) centroids[j] = static_cast<float>(sums[j] / counts[j / dims]);
    }
  }
  return centroids;
}

std::pmr::vector<float> TrainOn(const std::vector<float>& values, std::size_t dims,
                                KMeansParams params) {
  MemoryRows rows(values, dims);
  if (params.memory_bytes == 0) params.memory_bytes = kPlenty;
  return Train(rows, params);
}

void ExpectFinite(std::span<const float> centroids) {
  for (const float value : centroids) ASSERT_TRUE(std::isfinite(value));
}

std::size_t DistinctRows(std::span<const float> values, std::size_t dims) {
  std::set<std::vector<float>> rows;
  for (std::size_t i = 0; i < values.size(); i += dims) {
    rows.emplace(values.begin() + static_cast<std::ptrdiff_t>(i),
                 values.begin() + static_cast<std::ptrdiff_t>(i + dims));
  }
  return rows.size();
}

TEST(KMeans, RecoversWellSeparatedClusters) {
  const auto rows = Clustered(2000, 8, 20, 0.1, 1);
  const auto centroids = TrainOn(rows, 8, {.centroids = 20});
  ASSERT_EQ(centroids.size(), 20u * 8);
  EXPECT_LT(MeanSquaredError(rows, centroids, 8), 8 * 0.1 * 0.1 * 1.05);
}

TEST(KMeans, IsAsGoodAsAPlainReference) {
  for (const double spread : {3.0, 30.0}) {
    const auto rows = Clustered(1500, 6, 25, spread, 2);
    const auto reference = ReferenceKMeans(rows, 6, 40, 10);
    const auto centroids = TrainOn(rows, 6, {.centroids = 40});
    EXPECT_LT(MeanSquaredError(rows, centroids, 6), 1.1 * MeanSquaredError(rows, reference, 6));
  }
}

TEST(KMeans, IsAboutAsGoodInTwoLevels) {
  const auto rows = Clustered(12000, 8, 300, 8, 3);
  const auto reference = ReferenceKMeans(rows, 8, 400, 4);
  const auto centroids = TrainOn(rows, 8, {.centroids = 400});
  EXPECT_EQ(centroids.size(), 400u * 8);
  EXPECT_LT(MeanSquaredError(rows, centroids, 8), 1.1 * MeanSquaredError(rows, reference, 8));
}

TEST(KMeans, MeansOfLargeClustersAreExact) {
  std::vector<float> rows;
  for (int i = 0; i < 200000; ++i) rows.push_back(i % 2 == 0 ? 1000.0f : 1000.25f);
  const auto centroids = TrainOn(rows, 1, {.centroids = 1});
  ASSERT_EQ(centroids.size(), 1u);
  EXPECT_EQ(centroids[0], 1000.125f);
}

TEST(KMeans, SphericalCentroidsHaveUnitLength) {
  for (const std::size_t k : {30, 300}) {
    auto rows = Clustered(4000, 12, 30, 5, 4);
    for (float& value : rows) value -= 50;
    Normalize(rows, 12);
    const auto centroids = TrainOn(rows, 12, {.centroids = k, .spherical = true});
    ASSERT_EQ(centroids.size(), k * 12);
    for (std::size_t j = 0; j < k; ++j) {
      double square = 0;
      for (std::size_t d = 0; d < 12; ++d) square += std::pow(centroids[j * 12 + d], 2);
      EXPECT_NEAR(square, 1, 1e-5);
    }
  }
}

TEST(KMeans, GivesTheSameForTheSameSeedOnly) {
  const auto rows = Clustered(5000, 5, 50, 10, 5);
  for (const std::size_t k : {40, 300}) {
    const auto first = TrainOn(rows, 5, {.centroids = k, .seed = 1});
    EXPECT_EQ(first, TrainOn(rows, 5, {.centroids = k, .seed = 1}));
    EXPECT_NE(first, TrainOn(rows, 5, {.centroids = k, .seed = 2}));
  }
}

TEST(KMeans, GivesTheSameForAnyNumberOfThreads) {
  const auto rows = Clustered(20000, 24, 50, 10, 5);
  for (const std::size_t k : {40, 300}) {
    for (const bool spherical : {false, true}) {
      const auto alone = TrainOn(rows, 24, {.centroids = k, .spherical = spherical});
      for (const std::size_t threads : {2, 5}) {
        EXPECT_EQ(alone,
                  TrainOn(rows, 24, {.centroids = k, .spherical = spherical, .threads = threads}))
            << k << ' ' << threads;
      }
    }
  }
}

TEST(KMeans, ReadsRowsBlockByBlock) {
  const auto values = Clustered(3000, 5, 50, 10, 6);
  for (const std::size_t max_block : {1, 7, 64}) {
    for (const std::size_t k : {40, 300}) {
      FileRows rows(values, 5, max_block);
      const auto centroids = Train(rows, {.centroids = k, .memory_bytes = kPlenty});
      EXPECT_EQ(centroids, TrainOn(values, 5, {.centroids = k})) << max_block << ' ' << k;
    }
  }
}

TEST(KMeans, ReadsRowsAFewDozenTimesAtMost) {
  const auto values = Clustered(6400, 5, 50, 10, 7);
  FileRows rows(values, 5, 64);
  const auto centroids = Train(rows, {.centroids = 400, .memory_bytes = kPlenty});
  EXPECT_LT(rows.reads(), 40u * 100);
}

struct Shape {
  std::size_t rows;
  std::size_t dims;
  std::size_t centroids;
};

TEST(KMeans, StaysWithinItsMemory) {
  for (const Shape shape : {Shape{500, 3, 1},
                            {1000, 2000, 3},
                            {3000, 4, 200},
                            {2000, 300, 100},
                            {20000, 3, 300},
                            {2000, 200, 400},
                            {5000, 8, 2000}}) {
    const auto rows = Clustered(shape.rows, shape.dims, 60, 10, 8);
    const std::size_t least = TrainMemoryBytes(shape.centroids, shape.dims);
    for (const std::size_t bytes : {least, least * 3 / 2, least + (200 << 10), least * 10}) {
      for (const std::size_t threads : {1, 2}) {
        SCOPED_TRACE("dims=" + std::to_string(shape.dims) +
                     " k=" + std::to_string(shape.centroids) + " bytes=" + std::to_string(bytes));
        LimitedMemory memory(bytes);
        {
          const auto centroids = TrainOn(rows, shape.dims,
                                         {.centroids = shape.centroids,
                                          .memory_bytes = bytes,
                                          .memory = &memory,
                                          .threads = threads});
          EXPECT_EQ(centroids.size(), shape.centroids * shape.dims);
        }
        EXPECT_EQ(memory.used(), 0u);
        EXPECT_LE(memory.peak(), bytes);
      }
    }
  }
}

TEST(KMeans, RefusesSizesThatWrapAround) {
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  for (const std::size_t dims : {1, 16, 16000, 64000}) {
    EXPECT_THROW(TrainMemoryBytes(kMax / dims, dims), std::bad_alloc) << dims;
    EXPECT_THROW(TrainMemoryBytes(kMax / sizeof(float) / dims + 1, dims), std::bad_alloc) << dims;
    EXPECT_GT(TrainMemoryBytes(32768, dims), 32768 * dims * sizeof(float)) << dims;
  }
}

// Lists and dimensions from end to end, with fewer rows than lists too.
TEST(KMeans, TakesAnyShapeOfFewRows) {
  constexpr std::size_t kMostFloats = 1 << 20;
  for (const std::size_t k : {1, 2, 3, 15, 16, 17, 63, 100, 1000, 4097, 32768}) {
    for (const std::size_t dims : {1, 2, 3, 15, 16, 17, 64, 65, 1999, 2000, 16000}) {
      for (const std::size_t count : {1, 2, 7, 130}) {
        if (k * dims > kMostFloats) continue;
        SCOPED_TRACE("dims=" + std::to_string(dims) + " k=" + std::to_string(k) +
                     " rows=" + std::to_string(count));
        const auto rows = Clustered(count, dims, 5, 10, 11);
        for (const std::size_t bytes : {TrainMemoryBytes(k, dims), kPlenty}) {
          const auto centroids = TrainOn(rows, dims, {.centroids = k, .memory_bytes = bytes});
          EXPECT_LE(centroids.size(), k * dims);
          EXPECT_EQ(centroids.size() % dims, 0u);
          ExpectFinite(centroids);
        }
      }
    }
  }
}

TEST(KMeans, SamplesRowsThatLeastMemoryCannotTell) {
  const auto rows = Clustered(100000, 1, 10, 0.01, 9);
  const std::size_t least = TrainMemoryBytes(10, 1);
  ASSERT_LT(least, 100000 * sizeof(float));
  LimitedMemory memory(least);
  const auto centroids =
      TrainOn(rows, 1, {.centroids = 10, .memory_bytes = least, .memory = &memory});
  EXPECT_EQ(centroids.size(), 10u);
  EXPECT_LT(MeanSquaredError(rows, centroids, 1), 0.01);
}

// Nearly all rows in one of the groups of the first level.
TEST(KMeans, DividesALargeGroupOnceMore) {
  auto rows = Clustered(12000, 2, 500, 1, 10);
  for (std::size_t i = 0; i < 40; ++i) rows[i] = 1e7f * static_cast<float>(i + 1);
  for (const std::size_t bytes : {TrainMemoryBytes(1200, 2), kPlenty}) {
    LimitedMemory memory(bytes);
    const auto centroids =
        TrainOn(rows, 2, {.centroids = 1200, .memory_bytes = bytes, .memory = &memory});
    EXPECT_EQ(centroids.size(), 1200u * 2);
    EXPECT_LE(memory.peak(), bytes);
  }
}

TEST(KMeans, RefusesTooLittleMemory) {
  const auto rows = Clustered(100, 1000, 10, 1, 11);
  const std::size_t least = TrainMemoryBytes(1000, 1000);
  try {
    TrainOn(rows, 1000, {.centroids = 1000, .memory_bytes = (std::size_t{2} << 20) + 5});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kLimit);
    EXPECT_EQ(std::string(error.what()), "memory required is " + std::to_string((least >> 20) + 1) +
                                             " MB, maintenance_work_mem is 2 MB");
  }
  EXPECT_THROW(TrainOn(rows, 1000, {.centroids = 1000, .memory_bytes = least - 1}), Error);
  EXPECT_NO_THROW(TrainOn(rows, 1000, {.centroids = 1000, .memory_bytes = least}));
}

TEST(KMeans, NeedsLittleMoreThanTwiceTheCentroids) {
  const std::size_t centroids = std::size_t{32768} * 2000 * sizeof(float);
  EXPECT_LT(TrainMemoryBytes(32768, 2000), centroids * 2 + (std::size_t{16} << 20));
  EXPECT_LT(TrainMemoryBytes(100, 128), std::size_t{1} << 20);
}

TEST(KMeans, ReturnsDistinctRowsWhereThereAreFewer) {
  for (const std::size_t k : {20, 1000}) {
    std::vector<float> rows;
    for (int i = 0; i < 3000; ++i) {
      rows.push_back(static_cast<float>(i % 15));
      rows.push_back(1.5f);
    }
    const auto centroids = TrainOn(rows, 2, {.centroids = k});
    EXPECT_EQ(centroids.size(), 15u * 2);
    EXPECT_EQ(DistinctRows(centroids, 2), 15u);
  }
}

TEST(KMeans, ReturnsDistinctDirectionsWhereSpherical) {
  std::vector<float> rows;
  for (int i = 0; i < 2000; ++i) {
    for (int d = 0; d < 9; ++d) rows.push_back(static_cast<float>(1 + (i % 7) * (d + 1) % 5));
  }
  const std::size_t distinct = DistinctRows(rows, 9);
  Normalize(rows, 9);
  const auto centroids = TrainOn(rows, 9, {.centroids = 50, .spherical = true});
  EXPECT_EQ(centroids.size(), distinct * 9);
}

// Most rows are one and the same: its group cannot use its share of centroids.
TEST(KMeans, GivesTheShareOfEqualRowsToOthers) {
  auto rows = Clustered(5000, 4, 600, 3, 12);
  std::fill(rows.begin(), rows.begin() + 4 * 4000, 50.0f);
  const auto centroids = TrainOn(rows, 4, {.centroids = 700});
  EXPECT_EQ(centroids.size(), 700u * 4);
  EXPECT_EQ(DistinctRows(centroids, 4), 700u);
}

TEST(KMeans, MakesEveryRowACentroidWhereAskedForMore) {
  const auto rows = Clustered(50, 3, 50, 10, 13);
  for (const std::size_t k : {50, 1000, 32768}) {
    const auto centroids = TrainOn(rows, 3, {.centroids = k});
    EXPECT_EQ(centroids.size(), 50u * 3);
    EXPECT_EQ(MeanSquaredError(rows, centroids, 3), 0);
  }
}

TEST(KMeans, AcceptsASingleRowAndEqualRows) {
  for (const std::size_t count : {1, 2, 1000}) {
    for (const std::size_t k : {1, 10, 300}) {
      std::vector<float> rows;
      for (std::size_t i = 0; i < count; ++i) rows.insert(rows.end(), {0.6f, 0.8f});
      for (const bool spherical : {false, true}) {
        const auto centroids = TrainOn(rows, 2, {.centroids = k, .spherical = spherical});
        ASSERT_EQ(centroids.size(), 2u);
        EXPECT_NEAR(centroids[0], 0.6f, 1e-6);
        EXPECT_NEAR(centroids[1], 0.8f, 1e-6);
      }
    }
  }
}

TEST(KMeans, PassesOverZeroRowsWhereSpherical) {
  for (const std::size_t k : {10, 400}) {
    auto rows = Clustered(3000, 3, 500, 20, 14);
    Normalize(rows, 3);
    std::fill(rows.begin(), rows.begin() + 3 * 2000, 0.0f);
    const auto centroids = TrainOn(rows, 3, {.centroids = k, .spherical = true});
    ASSERT_EQ(centroids.size(), k * 3);
    for (std::size_t j = 0; j < centroids.size(); j += 3) {
      EXPECT_NEAR(std::hypot(centroids[j], centroids[j + 1], centroids[j + 2]), 1, 1e-5);
    }
  }
}

TEST(KMeans, ReturnsAUnitVectorForZeroRowsOnly) {
  const std::vector<float> rows(600 * 3);
  for (const std::size_t k : {4, 400}) {
    const auto centroids = TrainOn(rows, 3, {.centroids = k, .spherical = true});
    EXPECT_EQ(std::vector<float>(centroids.begin(), centroids.end()),
              (std::vector<float>{1, 0, 0}));
  }
}

TEST(KMeans, SurvivesHugeValues) {
  Random random(15);
  std::vector<float> rows(3000 * 4);
  for (float& value : rows) value = static_cast<float>((random.Uniform() * 2 - 1) * 3.4e38);
  for (const std::size_t k : {1, 10, 400}) {
    const auto centroids = TrainOn(rows, 4, {.centroids = k});
    EXPECT_EQ(centroids.size(), k * 4);
    ExpectFinite(centroids);
  }
}

TEST(KMeans, SurvivesOneHugeRowAmongSmallOnes) {
  auto rows = Clustered(2000, 4, 30, 1, 16);
  std::fill_n(rows.begin(), 4, 3e38f);
  const auto centroids = TrainOn(rows, 4, {.centroids = 30});
  EXPECT_EQ(centroids.size(), 30u * 4);
  ExpectFinite(centroids);
}

TEST(KMeans, AcceptsAnyNumberOfDimensions) {
  for (const std::size_t dims : {1, 2, 15, 16, 17, 2000}) {
    const auto rows = Clustered(200, dims, 10, 1, 17);
    const auto centroids = TrainOn(rows, dims, {.centroids = 12});
    EXPECT_EQ(centroids.size(), 12 * dims);
    ExpectFinite(centroids);
  }
}

TEST(KMeans, MakesManyCentroidsOfFewRows) {
  const auto rows = Clustered(34000, 2, 34000, 1, 18);
  const auto centroids = TrainOn(rows, 2, {.centroids = 32768, .iterations = 1});
  EXPECT_EQ(centroids.size(), 32768u * 2);
}

TEST(KMeans, ReturnsTheSeedsForNoIterations) {
  const auto rows = Clustered(300, 3, 10, 1, 19);
  const auto centroids = TrainOn(rows, 3, {.centroids = 20, .iterations = 0});
  std::set<std::vector<float>> of_rows;
  for (std::size_t i = 0; i < 300; ++i) of_rows.insert({&rows[i * 3], &rows[i * 3] + 3});
  for (std::size_t j = 0; j < 20; ++j) {
    EXPECT_TRUE(of_rows.contains({&centroids[j * 3], &centroids[j * 3] + 3}));
  }
}

// A source that asks to stop through check_interrupts, at the n-th call.
int calls_left = 0;
struct Interrupted {};

TEST(KMeans, LetsInterruptsThroughWithoutALeak) {
  const auto rows = Clustered(2000, 20, 50, 10, 20);
  for (const std::size_t k : {40, 300}) {
    for (int calls = 0; calls < 200; calls += 13) {
      LimitedMemory memory(kPlenty);
      calls_left = calls;
      const std::size_t threads = calls % 2 == 0 ? 1 : 2;
      KMeansParams params{
          .centroids = k, .memory_bytes = kPlenty, .memory = &memory, .threads = threads};
      params.check_interrupts = [] {
        if (calls_left-- == 0) throw Interrupted();
      };
      try {
        TrainOn(rows, 20, params);
      } catch (const Interrupted&) {
      }
      EXPECT_EQ(memory.used(), 0u);
    }
    calls_left = 3;
    KMeansParams params{.centroids = k, .check_interrupts = [] {
                          if (calls_left-- == 0) throw Interrupted();
                        }};
    EXPECT_THROW(TrainOn(rows, 20, params), Interrupted);
  }
}

}  // namespace
}  // namespace vec::cluster
