#include "vector/hnsw/graph_pages.hpp"

#include <algorithm>
#include <memory_resource>

#include "vector/hnsw/codec.hpp"
#include "vector/hnsw/node.hpp"
#include "vector/hnsw/scorer.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kRowsPerTask = 256;
constexpr std::size_t kPagesPerTask = 8;

// One thread's; memory from malloc.
class PageMaker {
 public:
  explicit PageMaker(const GraphNodes& nodes)
      : nodes_(nodes),
        shape_(nodes.meta),
        encoder_(nodes.meta, std::pmr::new_delete_resource()),
        own_(nodes.coding.rotated_dims()),
        other_(nodes.coding.rotated_dims()),
        scratch_(nodes.meta.dims),
        kept_(KeptBytes(nodes.meta)) {}

  void Make(std::size_t number, std::byte* page) {
    const auto block = nodes_.first_block + static_cast<BlockId>(number);
    FormatHnswPage(page, PageKind::kNodes);
    MutableNodePage nodes(shape_, page, block);
    const std::size_t first = number * shape_.per_page;
    const std::size_t count = std::min(shape_.per_page, nodes_.count() - first);
    for (std::size_t slot = 0; slot < count; ++slot) {
      NodeEditor node = nodes.Take(slot);
      Fill(first + slot, node);
    }
  }

 private:
  void Fill(std::size_t i, NodeEditor& node) {
    const Meta& meta = nodes_.meta;
    const BulkGraph& graph = nodes_.graph;
    const std::span<const float> values = nodes_.ValuesOf(i);
    const float norm_squared = NormSquared(meta, {values, {}});
    std::span<const std::byte> self;
    ItemRef value;
    if (nodes_.values.empty()) {
      EncodeKept(meta, values, nodes_.rows.OriginOf(graph.rows[i]), kept_);
      self = kept_;
    } else {
      value = nodes_.values[i];
    }
    node.Create(nodes_.rows.tids[graph.rows[i]], value, norm_squared, self);
    if (!nodes_.tids.empty()) node.SetTids(nodes_.tids[i]);
    if (HasOtherRows(i)) node.head().flags |= kRowsDiffer;
    if (std::ranges::binary_search(graph.roots, i)) node.head().flags |= kIsRoot;
    const std::span<const float> own = Rotated(i, own_);
    for (std::size_t lane = 0; lane < graph.degrees[i]; ++lane) {
      const std::uint32_t neighbor = graph.neighbors[i * graph.lanes + lane];
      const bool is_redundant = (graph.redundant[i] >> lane & 1) != 0;
      node.SetLane(lane, encoder_.Encode(nodes_.IdOf(neighbor), own, Rotated(neighbor, other_)),
                   is_redundant);
    }
    node.head().children = graph.children[i];
  }

  // Whether copies were rounded to the node's row from others.
  bool HasOtherRows(std::size_t node) const {
    const BulkGraph& graph = nodes_.graph;
    const std::span<const std::uint32_t> copies =
        std::span(graph.copies)
            .subspan(graph.first_copy[node], graph.first_copy[node + 1] - graph.first_copy[node]);
    const std::uint32_t origin = nodes_.rows.OriginOf(graph.rows[node]);
    return std::ranges::any_of(
        copies, [&](std::uint32_t row) { return nodes_.rows.OriginOf(row) != origin; });
  }

  std::span<const float> Rotated(std::size_t node, std::vector<float>& out) {
    const std::size_t dims = out.size();
    if (!nodes_.rotated.empty()) return std::span(nodes_.rotated).subspan(node * dims, dims);
    nodes_.coding.Rotate(nodes_.ValuesOf(node), out, scratch_);
    return out;
  }

  const GraphNodes& nodes_;
  NodeShape shape_;
  LaneEncoder encoder_;
  std::vector<float> own_;
  std::vector<float> other_;
  std::vector<float> scratch_;
  std::vector<std::byte> kept_;
};

}  // namespace

void RotateNodes(GraphNodes& nodes, std::size_t threads, const BulkProgress& progress) {
  const std::size_t dims = nodes.coding.rotated_dims();
  nodes.rotated.resize(nodes.count() * dims);
  Workers workers(threads, progress);
  workers.Run(
      1, (nodes.count() + kRowsPerTask - 1) / kRowsPerTask,
      [&] { return std::vector<float>(nodes.meta.dims); },
      [&](std::size_t task, std::vector<float>& scratch) {
        const std::size_t end = std::min((task + 1) * kRowsPerTask, nodes.count());
        for (std::size_t i = task * kRowsPerTask; i < end; ++i) {
          nodes.coding.Rotate(nodes.ValuesOf(i), std::span(nodes.rotated).subspan(i * dims, dims),
                              scratch);
        }
      });
}

void MakeNodePages(const GraphNodes& nodes, std::size_t first, std::span<std::byte> out,
                   std::size_t threads, const BulkProgress& progress) {
  const std::size_t count = out.size() / kPageBytes;
  Workers workers(threads, progress);
  workers.Run(
      1, (count + kPagesPerTask - 1) / kPagesPerTask, [&] { return PageMaker(nodes); },
      [&](std::size_t task, PageMaker& maker) {
        const std::size_t end = std::min((task + 1) * kPagesPerTask, count);
        for (std::size_t i = task * kPagesPerTask; i < end; ++i) {
          maker.Make(first + i, out.data() + i * kPageBytes);
        }
      });
}

}  // namespace vec::hnsw
