// Turning values of SQL into what the index stores and searches by.
#pragma once

#include "vector/base/half.hpp"
#include "vector/ivf/layout.hpp"
#include "vector/pg/memory.hpp"

namespace vec::pg::ivfflat {

// A row as k-means sees it: bits are raw words.
inline std::span<const float> TrainingRow(const ivf::RowView& row) {
  if (!row.values.empty()) return row.values;
  return {reinterpret_cast<const float*>(row.stored.data()), row.stored.size() / sizeof(float)};
}

class RowReader {
 public:
  // Memory for converted rows comes from `memory`, once.
  RowReader(ivf::ElementType type, ivf::Metric metric, std::uint32_t dims,
            std::pmr::memory_resource* memory);

  // The row of a value that is not NULL, valid until the next Read and Release;
  // nothing where the metric is cosine and the value has no direction. Throws
  // Error(kInvalidValue) where the dimensions differ from the index's.
  std::optional<ivf::RowView> Read(Datum value);

  // The same for the value that a query compares with.
  std::optional<ivf::RowView> ReadQuery(Datum value);

  // Frees the detoasted copy that the last Read made, if any.
  void Release();

 private:
  std::optional<ivf::RowView> ReadFloats(const varlena* value, bool is_query);
  std::optional<ivf::RowView> ReadHalves(const varlena* value, bool is_query);
  ivf::RowView ReadBits(const varlena* value, bool is_query);
  std::optional<ivf::RowView> Read(Datum value, bool is_query);
  void CheckDims(std::size_t dims, bool is_query) const;

  ivf::ElementType type_;
  ivf::Metric metric_;
  std::uint32_t dims_;
  std::pmr::vector<float> values_;      // widened or normalised
  std::pmr::vector<std::byte> stored_;  // where it is not what the value holds
  void* copy_ = nullptr;
};

}  // namespace vec::pg::ivfflat
