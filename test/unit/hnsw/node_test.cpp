#include "vector/hnsw/node.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "vector/base/random.hpp"

namespace vec::hnsw {
namespace {

Meta MetaOf(std::uint32_t dims, std::uint16_t m = 16) {
  Options options;
  options.dims = dims;
  options.m = m;
  return MakeMeta(options);
}

struct Kept {
  NodeId node;
  float add;
  float rescale;
  std::vector<std::uint8_t> code;
  bool is_redundant;
};

class HnswNodes : public testing::Test {
 protected:
  HnswNodes() { FormatHnswPage(page_.data(), PageKind::kNodes); }

  Kept RandomLane() {
    Kept lane{static_cast<NodeId>(random_()), 0, 0, std::vector<std::uint8_t>(meta_.code_dims / 8),
              random_.Below(2) == 1};
    lane.add = static_cast<float>((random_.Uniform() - 0.5) * std::exp2(random_.Below(40)));
    lane.rescale = static_cast<float>(-random_.Uniform() * std::exp2(random_.Below(20)));
    for (std::uint8_t& byte : lane.code) byte = static_cast<std::uint8_t>(random_());
    return lane;
  }

  void ExpectLanes(const NodeView& node, const std::vector<Kept>& lanes) {
    ASSERT_EQ(node.neighbors().size(), lanes.size());
    float most_add = 0;
    float most_rescale = 0;
    for (const Kept& lane : lanes_ever_) {
      most_add = std::max(most_add, std::fabs(lane.add));
      most_rescale = std::max(most_rescale, std::fabs(lane.rescale));
    }
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      EXPECT_EQ(node.neighbors()[i], lanes[i].node);
      EXPECT_EQ(node.IsRedundant(i), lanes[i].is_redundant);
      EXPECT_NEAR(node.LaneAdd(i), lanes[i].add, std::fabs(lanes[i].add) / 1024 + most_add * 1e-8);
      EXPECT_NEAR(node.LaneRescale(i), lanes[i].rescale,
                  std::fabs(lanes[i].rescale) / 1024 + most_rescale * 1e-8);
      std::vector<std::uint8_t> code(lanes[i].code.size());
      quantize::UnpackLane(node.codes(i / 32), i % 32, code);
      EXPECT_EQ(code, lanes[i].code);
    }
  }

  Meta meta_ = MetaOf(128, 24);
  NodeShape shape_{meta_};
  alignas(8) std::array<std::byte, kPageBytes> page_{};
  Random random_{1};
  std::vector<Kept> lanes_ever_;
};

TEST_F(HnswNodes, KeepLanesThroughAnyChanges) {
  MutableNodePage page(shape_, page_.data(), 7);
  ASSERT_EQ(page.view().FreeSlot(), 0u);
  NodeEditor node = page.Take(0);
  node.Create({0, 1, 2}, {}, 5.0f, {});
  std::vector<Kept> lanes;
  for (int step = 0; step < 2000; ++step) {
    const std::size_t choice = random_.Below(3);
    if (choice == 0 && !lanes.empty()) {
      const std::size_t at = random_.Below(lanes.size());
      node.RemoveLane(at);
      lanes[at] = lanes.back();
      lanes.pop_back();
      continue;
    }
    const std::size_t at =
        choice == 1 && !lanes.empty() ? random_.Below(lanes.size()) : lanes.size();
    if (at == shape_.lanes) continue;
    const Kept lane = RandomLane();
    lanes_ever_.push_back(lane);
    node.SetLane(at, {lane.node, lane.add, lane.rescale, lane.code}, lane.is_redundant);
    if (at == lanes.size()) lanes.emplace_back();
    lanes[at] = lane;
    if (step % 50 == 0) ExpectLanes(node.view(), lanes);
  }
  ExpectLanes(node.view(), lanes);
}

TEST_F(HnswNodes, KeepChildrenInFrontThroughAnyChanges) {
  MutableNodePage page(shape_, page_.data(), 7);
  NodeEditor node = page.Take(0);
  node.Create({0, 1, 2}, {}, 5.0f, {});
  std::map<NodeId, Kept> lanes;
  std::size_t most = 0;
  std::set<NodeId> children;
  for (int step = 0; step < 2000; ++step) {
    const std::size_t degree = node.head().degree;
    const std::size_t at = random_.Below(degree + 1);
    const bool is_there = at < degree;
    const NodeId before = is_there ? node.view().neighbors()[at] : kNoNode;
    switch (random_.Below(4)) {
      case 0:
        if (!is_there || (children.contains(before) && random_.Below(2) == 0)) break;
        node.RemoveLane(at);
        lanes.erase(before);
        children.erase(before);
        break;
      case 1:
        if (!is_there || children.size() > 20) break;
        node.AddChild(at);
        children.insert(before);
        break;
      default: {
        if (at == shape_.lanes || children.contains(before)) break;
        const Kept lane = RandomLane();
        if (lanes.contains(lane.node)) break;
        lanes_ever_.push_back(lane);
        node.SetLane(at, {lane.node, lane.add, lane.rescale, lane.code}, lane.is_redundant);
        lanes.erase(before);
        lanes.emplace(lane.node, lane);
      }
    }
    most = std::max(most, children.size());
    const std::span<const NodeId> front = node.view().children();
    ASSERT_EQ(std::set(front.begin(), front.end()), children);
    if (step % 20 != 0) continue;
    std::vector<Kept> expected;
    for (const NodeId id : node.view().neighbors()) expected.push_back(lanes.at(id));
    ASSERT_EQ(expected.size(), lanes.size());
    ExpectLanes(node.view(), expected);
  }
  EXPECT_GT(most, 3u);
}

TEST_F(HnswNodes, FillPagesSlotBySlotAndReuseFreeOnes) {
  MutableNodePage page(shape_, page_.data(), 7);
  for (std::size_t slot = 0; slot < shape_.per_page; ++slot) {
    ASSERT_EQ(page.view().FreeSlot(), slot);
    page.Take(slot).Create({0, 0, static_cast<std::uint16_t>(slot + 1)}, {}, 0, {});
  }
  EXPECT_EQ(page.view().FreeSlot(), shape_.per_page);
  EXPECT_EQ(page.view().count(), shape_.per_page);
  page.node(1).Free();
  EXPECT_EQ(page.view().FreeSlot(), 1u);
  EXPECT_EQ(page.view().node(1).head().version, 1u);
  page.Take(1).Create({0, 0, 9}, {}, 0, {});
  EXPECT_EQ(page.view().node(1).head().version, 1u);
  EXPECT_EQ(page.view().node(1).head().tid.offset, 9);
  EXPECT_FALSE(page.view().node(1).head().value().exists());
}

TEST_F(HnswNodes, RefuseWhatIsDamaged) {
  MutableNodePage page(shape_, page_.data(), 7);
  page.Take(0).Create({0, 0, 1}, {}, 0, {});
  EXPECT_THROW((void)page.view().node(1), Error);
  page_[24] = std::byte{3};
  EXPECT_THROW((void)page.view().node(0), Error);
  page_[24] = std::byte{1};
  page_[25] = std::byte{65};
  EXPECT_THROW((void)page.view().node(0), Error);
  page_[25] = std::byte{0};
  page_[50] = std::byte{1};  // a child without a lane
  EXPECT_THROW((void)page.view().node(0), Error);
  page_[50] = std::byte{0};
  HeaderOf(page_.data()).lower += 8;
  EXPECT_THROW((void)page.view(), Error);
}

}  // namespace
}  // namespace vec::hnsw
