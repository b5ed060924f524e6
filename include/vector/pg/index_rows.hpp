// Turning values of SQL into what an index stores and searches by.
#pragma once

#include "vector/base/half.hpp"
#include "vector/pg/memory.hpp"
#include "vector/storage/kinds.hpp"
#include "vector/types/sparse_vector.hpp"

namespace vec::pg {

class RowReader {
 public:
  // Memory for converted rows comes from `memory`, once.
  RowReader(ElementType type, Metric metric, std::uint32_t dims, std::pmr::memory_resource* memory);

  // The row of a value that is not NULL, valid until the next Read and Release;
  // nothing where the metric is cosine and the value has no direction. Throws
  // Error(kInvalidValue) where the dimensions differ from the index's.
  std::optional<RowView> Read(Datum value);

  // The same for the value that a query compares with.
  std::optional<RowView> ReadQuery(Datum value);

  // Frees the detoasted copy that the last Read made, if any.
  void Release();

 private:
  std::optional<RowView> ReadFloats(const varlena* value, bool is_query);
  std::optional<RowView> ReadHalves(const varlena* value, bool is_query);
  RowView ReadBits(const varlena* value, bool is_query);
  std::optional<RowView> ReadSparse(const varlena* value, bool is_query);
  std::optional<RowView> Read(Datum value, bool is_query);
  void CheckDims(std::size_t dims, bool is_query) const;

  ElementType type_;
  Metric metric_;
  std::uint32_t dims_;
  std::pmr::vector<float> values_;      // widened or normalised
  std::pmr::vector<std::byte> stored_;  // where it is not what the value holds
  void* copy_ = nullptr;
};

}  // namespace vec::pg
