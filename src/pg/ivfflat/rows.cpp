#include "vector/pg/ivfflat/rows.hpp"

#include "vector/pg/value.hpp"

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

  double norm = 0;
  for (const float x : row) norm += static_cast<double>(x) * x;
  if (norm == 0) return std::nullopt;
  return Normalize(row, std::sqrt(norm));
}

std::span<const float> RowReader::Normalize(std::span<const float> row, double norm) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    normalized_[i] = static_cast<float>(row[i] / norm);
  }
  return normalized_;
}

void RowReader::Release() {
  if (copy_ != nullptr) pfree(copy_);
  copy_ = nullptr;
}

}  // namespace vec::pg::ivfflat
