#include "vector/hnsw/bulk.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "candidates.hpp"
#include "connect.hpp"
#include "dense_rows.hpp"
#include "direct_rows.hpp"
#include "duplicates.hpp"
#include "edges.hpp"
#include "partition.hpp"
#include "refine.hpp"
#include "sparse_rows.hpp"
#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/base/workers.hpp"
#include "vector/hnsw/scorer.hpp"

namespace vec::hnsw {

namespace {

constexpr std::size_t kCandidates = 64;
constexpr std::size_t kFarCandidates = 16;
constexpr std::size_t kProductCandidates = 24;
constexpr std::size_t kFewDims = 256;  // up to here products are cheap beside the rest

// How rows are compared: dense_rows.hpp, direct_rows.hpp, sparse_rows.hpp.
enum class Kind { kDense, kDirect, kSparse };

Kind KindOf(const BulkParams& params) {
  if (params.type == ElementType::kSparse) return Kind::kSparse;
  const bool is_direct = IsBits(params.type) || params.metric == Metric::kL1;
  return is_direct ? Kind::kDirect : Kind::kDense;
}

// How thorough the steps are.
struct Effort {
  PartitionParams partition = {};
  RefineParams refine = {};
};

// A block of rows shares its columns. Large ones are cheap where the whole block is compared by
// one product or one walk through lists, small ones have columns that are nearer to them.
Effort EffortFor(const BulkParams& params) {
  constexpr double kUsual = 64;
  const double more = static_cast<double>(params.ef_construction) / kUsual;
  const Kind kind = KindOf(params);
  Effort effort;
  effort.partition.seed = params.seed;
  if (kind != Kind::kDense) effort.partition.fan_outs[0] = 5;
  const double width = kind == Kind::kDense && params.dims > kFewDims ? 12 : 16;
  effort.refine.width = std::min<std::size_t>(
      static_cast<std::size_t>(std::lround(width * std::sqrt(more))), kCandidates);
  constexpr std::size_t kFewRows = 8;
  constexpr std::size_t kManyRows = 128;
  effort.refine.block_rows =
      kind == Kind::kDirect
          ? kFewRows
          : std::clamp(static_cast<std::size_t>(kManyRows / more), kFewRows, kManyRows);
  return effort;
}

// What a group of gathered rows takes for each.
std::size_t GatheredBytes(const BulkParams& params) {
  if (params.type == ElementType::kSparse) return sizeof(types::SparseElements);
  if (IsBits(params.type)) return RowBytes(params.type, params.dims);
  return params.dims * sizeof(float);
}

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

template <GraphRows Rows>
Edges MakeEdges(const Rows& rows, const Partition& partition, const BulkParams& params,
                const Effort& effort, Workers& workers) {
  const bool by_product = params.metric == Metric::kInnerProduct;
  CandidateLists near(rows.count(), kCandidates);
  JoinLeaves(rows, partition, near, workers, share::kLeaves);
  JoinCandidatesOfCandidates(rows, effort.refine, near, workers, share::kRefine);
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

// Of so many rows: `all`, whose numbers are still to come.
template <GraphRows Rows>
BulkGraph Build(const Rows& all, std::size_t count, const BytesOf& bytes_of,
                const BulkParams& params, const BulkProgress& progress) {
  VECTOR_ASSERT(params.dims > 0 && params.threads > 0);
  VECTOR_ASSERT(params.lanes > 0 && params.lanes <= kMaxLanes);
  Workers workers(params.threads, progress);
  const Duplicates duplicates = FindDuplicates(count, bytes_of, workers);
  const Effort effort = EffortFor(params);

  BulkGraph graph;
  graph.lanes = params.lanes;
  Rows nodes = all;
  nodes.numbers = duplicates.rows;
  Partition partition = Split(nodes, effort.partition, workers, share::kPartition);
  SetCopies(duplicates, partition.order, graph);
  graph.rows = Renumber(duplicates.rows, partition);

  nodes.numbers = graph.rows;
  Edges edges = MakeEdges(nodes, partition, params, effort, workers);
  partition = {};
  ChooseAgainWithReverse(nodes, params.metric == Metric::kInnerProduct, edges, workers,
                         share::kReverse);
  typename Rows::Probe probe(nodes);
  const auto distance = [&](std::uint32_t a, std::uint32_t b) {
    probe.Set(a);
    return probe.DistanceTo(b);
  };
  Connect(distance, edges, workers);
  graph.roots = Span(edges, workers);
  graph.neighbors = std::move(edges.neighbors);
  graph.distances = std::move(edges.distances);
  graph.degrees = std::move(edges.degrees);
  graph.children = std::move(edges.children);
  graph.redundant = std::move(edges.redundant);
  return graph;
}

}  // namespace

BulkGraph BuildGraph(std::span<const float> rows, const BulkParams& params,
                     const BulkProgress& progress) {
  VECTOR_ASSERT(params.dims > 0 && rows.size() % params.dims == 0);
  const std::size_t count = rows.size() / params.dims;
  const auto bytes_of = [&](std::uint32_t row) {
    return std::as_bytes(rows.subspan(row * params.dims, params.dims));
  };
  if (KindOf(params) == Kind::kDirect) {
    const DirectDistance distance(params.metric, params.dims * sizeof(float));
    const DirectRows all{distance, std::as_bytes(rows), {}, {}};
    return Build(all, count, bytes_of, params, progress);
  }
  return Build(DenseRows{rows, params.dims, {}}, count, bytes_of, params, progress);
}

BulkGraph BuildGraph(std::span<const std::byte* const> rows, const BulkParams& params,
                     const BulkProgress& progress) {
  if (KindOf(params) == Kind::kSparse) {
    const SparseRows all{params.metric, rows, {}};
    const auto bytes_of = [&](std::uint32_t row) {
      return std::span(rows[row], SparseRowBytes(SparseElementsAt(rows[row]).size()));
    };
    return Build(all, rows.size(), bytes_of, params, progress);
  }
  const std::size_t size = RowBytes(params.type, params.dims);
  const auto bytes_of = [&](std::uint32_t row) { return std::span(rows[row], size); };
  const DirectRows all{DirectDistance(params.metric, size), {}, rows, {}};
  return Build(all, rows.size(), bytes_of, params, progress);
}

std::size_t BulkBytes(std::size_t rows, const BulkParams& params) {
  // What lasts: rows, copies, homes, members of leaves (seldom as many as the fan-outs say).
  const Effort effort = EffortFor(params);
  const std::size_t members = effort.partition.fan_outs[0] * effort.partition.fan_outs[1];
  const std::size_t lasting = (8 + members) * sizeof(std::uint32_t);
  const std::size_t lanes =
      params.lanes * (sizeof(std::uint32_t) + sizeof(float)) + sizeof(std::uint64_t) + 2;
  // The near ones with what refines them, later with others.
  std::size_t others = kFarCandidates;
  if (params.metric == Metric::kInnerProduct) others += 2 * kProductCandidates;
  const std::size_t width = effort.refine.width * sizeof(std::uint32_t) / sizeof(Candidate);
  const std::size_t lists = kCandidates + std::max(others, width);
  const std::size_t candidates =
      CandidateLists::Bytes(1, lists) - CandidateLists::Bytes(0, lists) + 2 * (sizeof(float) + 1);
  // Candidates, and the lanes that are chosen from them; then lanes, and the edges back.
  const std::size_t a_row =
      lasting + lanes + std::max(candidates, params.lanes * sizeof(Candidate) + 16);
  // A block and its columns; a tile and its leaders; all columns' products with a block.
  const std::size_t gathered = std::min<std::size_t>(rows, 6400);
  const std::size_t a_thread =
      gathered * (GatheredBytes(params) + 2 * sizeof(float) + 128 * sizeof(float)) + (rows / 8) +
      (KindOf(params) == Kind::kSparse ? 2 * SparseRows::Group::Bytes(params.longest_row) : 0);
  return CheckedAdd(CheckedMul(rows, a_row), CheckedMul(params.threads, a_thread));
}

}  // namespace vec::hnsw
