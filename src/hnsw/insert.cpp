#include "vector/hnsw/insert.hpp"

namespace vec::hnsw {

std::size_t InserterBytes(const Meta& meta, const InsertParams& params) {
  const bool is_coded = meta.form == Form::kCoded;
  const std::size_t walks = meta.metric == Metric::kInnerProduct ? 2 : 1;
  const std::size_t width = std::max(kLeastInsertWidth, params.ef_construction);
  // A coded walk keeps the rows of nodes that it visits, a plain one those of their neighbours.
  const std::size_t seen = walks * width * (is_coded ? 2 : meta.lanes / 2u);
  const std::size_t row = HasFixedRows(meta.type) ? KeptBytes(meta) : meta.self_bytes;
  const std::size_t lanes = is_coded ? 0 : meta.lanes * sizeof(NodeId);
  constexpr std::size_t kGrowth = 2;  // of what is doubled when it is full
  const std::size_t walk = kGrowth * seen * (row + lanes + sizeof(Sighting));
  const std::size_t compared = (kMostInsertCandidates + meta.lanes) * meta.dims * sizeof(float);
  constexpr std::size_t kTables = std::size_t{1} << 19;  // of ids, rotations, what a store keeps
  return walk + (IsDense(meta.type) ? compared : 0) + kTables;
}

}  // namespace vec::hnsw
