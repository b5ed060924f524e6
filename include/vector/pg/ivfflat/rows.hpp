// Turning a column value into the floats that the index stores.
#pragma once

#include "vector/ivf/layout.hpp"
#include "vector/pg/memory.hpp"

namespace vec::pg::ivfflat {

// Whether a vector can be normalised.
inline bool HasDirection(std::span<const float> row) {
  return std::ranges::any_of(row, [](float x) { return x != 0; });
}

class RowReader {
 public:
  // Memory for normalised rows comes from `memory`, once.
  RowReader(ivf::Metric metric, std::uint32_t dims, std::pmr::memory_resource* memory);

  // The row of a value that is not NULL, valid until the next Read and Release;
  // nothing where the metric is cosine and the value has no direction. Throws
  // Error(kInvalidValue) where the dimensions differ from the index's.
  std::optional<std::span<const float>> Read(Datum value);

  // Frees the detoasted copy that the last Read made, if any.
  void Release();

 private:
  ivf::Metric metric_;
  std::uint32_t dims_;
  std::pmr::vector<float> normalized_;
  void* copy_ = nullptr;
};

}  // namespace vec::pg::ivfflat
