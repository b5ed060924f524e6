#include "vector/hnsw/node.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "vector/base/assert.hpp"

namespace vec::hnsw {

namespace {

// The greatest factor becomes a half of at most this, so that rounding cannot make it
// infinite.
constexpr float kGreatestHalf = 32768;

// The least power of two with which the value fits.
float ScaleFor(float value) {
  int exponent = 0;
  (void)std::frexp(value / kGreatestHalf, &exponent);
  return std::ldexp(1.0f, exponent < -126 ? -126 : exponent);
}

// Stores one factor of a lane, and the others again where the scale grows.
void SetFactor(Half* factors, std::size_t count, float& scale, std::size_t lane, float value) {
  if (const float magnitude = std::fabs(value); magnitude > kGreatestHalf * scale) {
    const float larger = ScaleFor(magnitude);
    for (std::size_t i = 0; i < count; ++i) {
      factors[i] = ToHalf(ToFloat(factors[i]) * (scale / larger));
    }
    scale = larger;
  }
  factors[lane] = scale == 0 ? Half{0} : ToHalf(value / scale);
}

}  // namespace

void NodeEditor::Create(HeapTid tid, ItemRef value, float norm_squared,
                        std::span<const std::byte> self) {
  VECTOR_ASSERT(view().is_free() && self.size() <= shape_->self_bytes);
  const std::uint32_t version = head().version;
  std::memset(slot_, 0, shape_->node_bytes);
  head() = {.state = NodeState::kLive,
            .degree = 0,
            .flags = 0,
            .version = version,
            .tid = tid,
            .value_slot = value.slot,
            .value_block = value.block,
            .tids_block = kNoBlock,
            .tids_slot = 0,
            .children = 0,
            .norm_squared = norm_squared,
            .add_scale = 0,
            .rescale_scale = 0,
            .redundant = 0};
  std::ranges::copy(self, slot_ + shape_->self_at);
}

void NodeEditor::Assign(std::span<const std::byte> slot) {
  VECTOR_ASSERT(view().is_free() && slot.size() == shape_->node_bytes);
  const std::uint32_t version = head().version;
  std::memcpy(slot_, slot.data(), slot.size());
  head().version = version;
}

void NodeEditor::SetLane(std::size_t lane, const Lane& neighbor, bool is_redundant) {
  VECTOR_ASSERT(lane <= head().degree && lane < shape_->lanes);
  if (lane == head().degree) ++head().degree;
  ids()[lane] = neighbor.node;
  SetRedundant(lane, is_redundant);
  if (!shape_->is_coded) return;
  SetFactor(add(), shape_->lanes, head().add_scale, lane, neighbor.add);
  SetFactor(rescale(), shape_->lanes, head().rescale_scale, lane, neighbor.rescale);
  quantize::PackLane(codes(lane / quantize::kLanes), lane % quantize::kLanes, neighbor.code);
}

void NodeEditor::RemoveLane(std::size_t lane) {
  VECTOR_ASSERT(lane < head().degree);
  if (lane < head().children) {
    SwapLanes(lane, --head().children);
    lane = head().children;
  }
  const std::size_t last = head().degree - 1u;
  ids()[lane] = ids()[last];
  ids()[last] = 0;
  SetRedundant(lane, view().IsRedundant(last));
  SetRedundant(last, false);
  if (shape_->is_coded) {
    add()[lane] = add()[last];
    rescale()[lane] = rescale()[last];
    add()[last] = rescale()[last] = Half{0};
    quantize::MoveLane(codes(last / quantize::kLanes), last % quantize::kLanes,
                       codes(lane / quantize::kLanes), lane % quantize::kLanes);
  }
  head().degree = static_cast<std::uint8_t>(last);
}

void NodeEditor::AddChild(std::size_t lane) {
  VECTOR_ASSERT(lane < head().degree);
  if (lane >= head().children) SwapLanes(lane, head().children++);
}

void NodeEditor::SwapLanes(std::size_t a, std::size_t b) {
  if (a == b) return;
  std::swap(ids()[a], ids()[b]);
  const bool is_redundant = view().IsRedundant(a);
  SetRedundant(a, view().IsRedundant(b));
  SetRedundant(b, is_redundant);
  if (!shape_->is_coded) return;
  std::swap(add()[a], add()[b]);
  std::swap(rescale()[a], rescale()[b]);
  constexpr std::size_t kMostCodeBytes = kPageBytes / quantize::BlockBytes(8);
  std::array<std::uint8_t, kMostCodeBytes> bytes;
  const std::span<std::uint8_t> code =
      std::span(bytes).first(shape_->block_bytes / quantize::BlockBytes(8));
  quantize::UnpackLane(view().codes(a / quantize::kLanes), a % quantize::kLanes, code);
  quantize::MoveLane(codes(b / quantize::kLanes), b % quantize::kLanes, codes(a / quantize::kLanes),
                     a % quantize::kLanes);
  quantize::PackLane(codes(b / quantize::kLanes), b % quantize::kLanes, code);
}

void NodeEditor::SetTids(ItemRef tids) {
  head().tids_block = tids.block;
  head().tids_slot = tids.slot;
}

void NodeEditor::Free() {
  const std::uint32_t version = head().version;
  std::memset(slot_, 0, shape_->node_bytes);
  head().version = version + 1;
}

void NodeEditor::SetRedundant(std::size_t lane, bool is_redundant) {
  const std::uint64_t bit = std::uint64_t{1} << lane;
  head().redundant = is_redundant ? head().redundant | bit : head().redundant & ~bit;
}

std::size_t NodePage::FreeSlot() const {
  for (std::size_t slot = 0; slot < count_; ++slot) {
    if (node(slot).is_free()) return slot;
  }
  return count_;
}

NodeEditor MutableNodePage::Take(std::size_t slot) {
  VECTOR_ASSERT(slot < shape_->per_page && slot <= view().count());
  if (slot == view().count()) {
    std::memset(page_ + shape_->SlotAt(slot), 0, shape_->node_bytes);
    HeaderOf(page_).lower = static_cast<std::uint16_t>(shape_->SlotAt(slot + 1));
  }
  return node(slot);
}

}  // namespace vec::hnsw
