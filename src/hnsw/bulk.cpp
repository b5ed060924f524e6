#include "vector/hnsw/bulk.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "candidates.hpp"
#include "connect.hpp"
#include "duplicates.hpp"
#include "edges.hpp"
#include "partition.hpp"
#include "refine.hpp"
#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/base/workers.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kCandidates = 64;
constexpr std::size_t kFarCandidates = 16;
constexpr std::size_t kProductCandidates = 24;
constexpr std::size_t kFewDims = 256;  // up to here products are cheap beside the rest

// Candidates of candidates that a refinement looks at: this squared, for each row.
std::size_t RefineWidth(std::size_t dims) { return dims <= kFewDims ? 16 : 12; }

// Parts of the whole in time, roughly.
namespace share {
constexpr double kPartition = 0.06;
constexpr double kLeaves = 0.28;
constexpr double kRefine = 0.38;
constexpr double kSample = 0.04;
constexpr double kChoose = 0.12;
constexpr double kReverse = 0.12;
}  // namespace share

// Rows numbered by the order of the partition, whose members become such numbers.
std::vector<std::uint32_t> Renumber(const std::vector<std::uint32_t>& rows, Partition& partition) {
  std::vector<std::uint32_t> numbers(rows.size());
  std::vector<std::uint32_t> place(rows.size());
  for (std::uint32_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = rows[partition.order[i]];
    place[partition.order[i]] = i;
  }
  for (std::uint32_t& member : partition.members) member = place[member];
  return numbers;
}

Edges MakeEdges(const Rows& rows, const Partition& partition, const BulkParams& params,
                Workers& workers) {
  const bool by_product = params.metric == Metric::kInnerProduct;
  CandidateLists near(rows.count(), kCandidates);
  JoinLeaves(rows, partition, near, workers, share::kLeaves);
  JoinCandidatesOfCandidates(rows, RefineWidth(params.dims), near, workers, share::kRefine);
  CandidateLists far(rows.count(), kFarCandidates);
  JoinSample(rows, far, workers, share::kSample);

  std::optional<CandidateLists> products;
  std::vector<const CandidateLists*> lists = {&near, &far};
  if (by_product) {
    products.emplace(rows.count(), kProductCandidates);
    JoinProducts(rows, near, *products, workers, 0);
    lists.push_back(&*products);
  }
  Edges edges(rows.count(), params.lanes);
  ChooseLanes(rows, lists, by_product, edges, workers, share::kChoose);
  return edges;
}

// The copies of each node: those of its row, which the partition has moved.
void SetCopies(const Duplicates& duplicates, const std::vector<std::uint32_t>& order,
               BulkGraph& graph) {
  graph.first_copy.reserve(order.size() + 1);
  graph.copies.reserve(duplicates.copies.size());
  graph.first_copy.push_back(0);
  for (const std::uint32_t value : order) {
    graph.copies.insert(graph.copies.end(), duplicates.copies.begin() + duplicates.first[value],
                        duplicates.copies.begin() + duplicates.first[value + 1]);
    graph.first_copy.push_back(static_cast<std::uint32_t>(graph.copies.size()));
  }
}

}  // namespace

BulkGraph BuildGraph(std::span<const float> rows, const BulkParams& params,
                     const BulkProgress& progress) {
  VECTOR_ASSERT(params.dims > 0 && rows.size() % params.dims == 0 && params.threads > 0);
  VECTOR_ASSERT(params.lanes > 0 && params.lanes <= kMaxLanes);
  Workers workers(params.threads, progress);
  const Duplicates duplicates = FindDuplicates(rows, params.dims, workers);

  BulkGraph graph;
  graph.lanes = params.lanes;
  Partition partition = Split({rows, params.dims, duplicates.rows}, {.seed = params.seed}, workers,
                              share::kPartition);
  SetCopies(duplicates, partition.order, graph);
  graph.rows = Renumber(duplicates.rows, partition);

  const Rows nodes{rows, params.dims, graph.rows};
  Edges edges = MakeEdges(nodes, partition, params, workers);
  partition = {};
  ChooseAgainWithReverse(nodes, params.metric == Metric::kInnerProduct, edges, workers,
                         share::kReverse);
  Connect(nodes, edges, workers);
  graph.roots = Span(edges, workers);
  graph.neighbors = std::move(edges.neighbors);
  graph.distances = std::move(edges.distances);
  graph.degrees = std::move(edges.degrees);
  graph.children = std::move(edges.children);
  graph.redundant = std::move(edges.redundant);
  return graph;
}

std::size_t BulkBytes(std::size_t rows, const BulkParams& params) {
  // What lasts: rows, copies, homes, members of leaves (up to 6 a row, seldom more than 4).
  const std::size_t lasting = 8 * sizeof(std::uint32_t) + 6 * sizeof(std::uint32_t);
  const std::size_t lanes =
      params.lanes * (sizeof(std::uint32_t) + sizeof(float)) + sizeof(std::uint64_t) + 2;
  std::size_t lists = kCandidates + kFarCandidates;
  if (params.metric == Metric::kInnerProduct) lists += 2 * kProductCandidates;
  const std::size_t candidates =
      CandidateLists::Bytes(1, lists) - CandidateLists::Bytes(0, lists) + 2 * (sizeof(float) + 1);
  // Candidates, and the lanes that are chosen from them; then lanes, and the edges back.
  const std::size_t a_row =
      lasting + lanes + std::max(candidates, params.lanes * sizeof(Candidate) + 16);
  // A block and its columns; a tile and its leaders; all columns' products with a block.
  const std::size_t gathered = std::min<std::size_t>(rows, 6400);
  const std::size_t a_thread =
      gathered * ((params.dims + 2) * sizeof(float) + 128 * sizeof(float)) + (rows / 8);
  return CheckedAdd(CheckedMul(rows, a_row), CheckedMul(params.threads, a_thread));
}

}  // namespace vec::hnsw
