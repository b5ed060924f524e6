#include "vector/pg/ivfflat/rows.hpp"

#include "vector/pg/value.hpp"
#include "vector/types/arithmetic.hpp"

namespace vec::pg::ivfflat {

RowReader::RowReader(ivf::Metric metric, std::uint32_t dims, std::pmr::memory_resource* memory)
    : metric_(metric),
      dims_(dims),
      normalized_(metric == ivf::Metric::kCosine ? dims : 0, memory) {}

std::optional<std::span<const float>> RowReader::Read(Datum value) {
  varlena* plain = Plain(value);
  copy_ = plain == reinterpret_cast<varlena*>(DatumGetPointer(value)) ? nullptr : plain;
  const std::span<const float> row = CheckedLayout<types::Vector>(plain).elements();
  if (row.size() != dims_) {
    throw Error(ErrorKind::kInvalidValue, "expected " + std::to_string(dims_) +
                                              " dimensions, not " + std::to_string(row.size()));
  }
  if (metric_ != ivf::Metric::kCosine) return row;

  if (!HasDirection(row)) return std::nullopt;
  types::Normalize(row, normalized_);
  return normalized_;
}

void RowReader::Release() {
  if (copy_ != nullptr) pfree(copy_);
  copy_ = nullptr;
}

}  // namespace vec::pg::ivfflat
