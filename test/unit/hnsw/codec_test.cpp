#include "vector/hnsw/codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "support/rows.hpp"
#include "vector/hnsw/scorer.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::hnsw {
namespace {

using test::Row;

// A node at rows[0] whose lanes are the rows behind it.
class LaneFixture {
 public:
  LaneFixture(Metric metric, std::uint32_t dims, std::uint16_t m)
      : meta_(MetaOf(metric, dims, m)),
        shape_(meta_),
        rotation_(dims, meta_.seed, memory_),
        rows_(test::ClusteredRows(meta_.lanes + 1u, dims, 1, 3)) {
    FormatHnswPage(page_.data(), PageKind::kNodes);
    MutableNodePage page(shape_, page_.data(), 7);
    NodeEditor node = page.Take(0);
    node.Create({0, 0, 1}, {}, NormSquared(meta_, {rows_[0], {}}), {});
    LaneEncoder encoder(meta_, memory_);
    for (std::size_t i = 0; i < meta_.lanes; ++i) {
      node.SetLane(i, encoder.Encode(NodeIdOf(9, i), Rotate(rows_[0]), Rotate(rows_[i + 1])),
                   false);
    }
  }

  NodeView node() const { return NodePage(shape_, page_.data(), 7).node(0); }
  const Row& row(std::size_t i) const { return rows_[i]; }
  std::size_t lanes() const { return meta_.lanes; }
  const Meta& meta() const { return meta_; }

  LaneEstimator Prepared(const Row& query) const {
    LaneEstimator estimator(meta_, memory_);
    estimator.Prepare(Rotate(query));
    return estimator;
  }

 private:
  static Meta MetaOf(Metric metric, std::uint32_t dims, std::uint16_t m) {
    Options options;
    options.metric = metric;
    options.dims = dims;
    options.m = m;
    return MakeMeta(options);
  }
  std::vector<float> Rotate(const Row& row) const {
    std::vector<float> rotated(rotation_.rotated_dims());
    rotation_.Rotate(row, rotated);
    return rotated;
  }

  std::pmr::memory_resource* memory_ = std::pmr::get_default_resource();
  Meta meta_;
  NodeShape shape_;
  quantize::Rotation rotation_;
  std::vector<Row> rows_;
  alignas(8) std::array<std::byte, kPageBytes> page_{};
};

double L2(const Row& a, const Row& b) {
  return simd::Active().l2_squared(a.data(), b.data(), a.size());
}
double Dot(const Row& a, const Row& b) {
  return simd::Active().inner_product(a.data(), b.data(), a.size());
}

struct Shape {
  std::uint32_t dims;
  std::uint16_t m;
};

class EveryShape : public testing::TestWithParam<Shape> {
 protected:
  void TearDown() override { simd::Select(std::nullopt); }
};

// The root mean square of the error is below what the paper gives, and there is no bias.
TEST_P(EveryShape, EstimatesDistancesOfNeighbors) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    const LaneFixture lanes(metric, GetParam().dims, GetParam().m);
    const std::vector<Row> queries = test::ClusteredRows(50, GetParam().dims, 1, 4);
    for (const simd::Level level :
         {simd::Level::kBaseline, simd::Level::kAvx2, simd::Level::kAvx512}) {
      if (!simd::Select(level)) continue;
      double sum = 0;
      double squares = 0;
      for (const Row& query : queries) {
        const bool is_product = metric == Metric::kInnerProduct;
        const double own = is_product ? -Dot(query, lanes.row(0)) : L2(query, lanes.row(0));
        float estimates[kMostLanes];
        lanes.Prepared(query).Estimate(lanes.node(), static_cast<float>(own), estimates);
        for (std::size_t i = 0; i < lanes.lanes(); ++i) {
          const Row& row = lanes.row(i + 1);
          const double exact = is_product ? -Dot(query, row) : L2(query, row);
          const double unit =
              (is_product ? 1 : 2) * std::sqrt(L2(query, lanes.row(0)) * L2(row, lanes.row(0)));
          sum += (estimates[i] - exact) / unit;
          squares += (estimates[i] - exact) * (estimates[i] - exact) / (unit * unit);
        }
      }
      const double count = 50.0 * static_cast<double>(lanes.lanes());
      const double expected = 0.755 / std::sqrt(lanes.meta().code_dims);
      EXPECT_LT(std::sqrt(squares / count), 1.3 * expected) << simd::Active().name;
      EXPECT_LT(std::fabs(sum / count), 0.5 * expected) << simd::Active().name;
    }
  }
}

TEST_P(EveryShape, RecoversDistancesToNeighbors) {
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    const LaneFixture lanes(metric, GetParam().dims, GetParam().m);
    LaneEstimator::LaneDistances found;
    lanes.Prepared(lanes.row(0)).Recover(lanes.node(), found);
    for (std::size_t i = 0; i < lanes.lanes(); ++i) {
      const double exact = L2(lanes.row(0), lanes.row(i + 1));
      if (metric == Metric::kL2) {
        EXPECT_NEAR(found.squared[i], exact, 0.08 * exact);
        continue;
      }
      EXPECT_NEAR(found.squared[i], exact, 0.4 * exact);
      EXPECT_NEAR(found.product[i], Dot(lanes.row(0), lanes.row(i + 1)),
                  0.03 * std::fabs(Dot(lanes.row(0), lanes.row(0))));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, EveryShape,
                         testing::Values(Shape{64, 16}, Shape{128, 16}, Shape{128, 24},
                                         Shape{320, 16}, Shape{768, 16}, Shape{1536, 16},
                                         Shape{1536, 24}, Shape{3000, 16}),
                         [](const auto& shape) {
                           return "dims" + std::to_string(shape.param.dims) + "m" +
                                  std::to_string(shape.param.m);
                         });

// Lanes whose factors fit no float look as near as their node.
TEST(LaneEncoder, KnowsNothingOfHugeResiduals) {
  Options options;
  options.dims = 64;
  const Meta meta = MakeMeta(options);
  LaneEncoder encoder(meta, std::pmr::get_default_resource());
  const Row self(64, 0.0f);
  const Row far(64, 1e30f);
  const Lane lane = encoder.Encode(3, self, far);
  EXPECT_EQ(lane.node, 3u);
  EXPECT_EQ(lane.add, 0.0f);
  EXPECT_EQ(lane.rescale, 0.0f);
}

}  // namespace
}  // namespace vec::hnsw
