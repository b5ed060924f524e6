#include "vector/pg/ivfflat/rows.hpp"

#include "vector/pg/guard.hpp"
#include "vector/types/vector.hpp"

namespace vec::pg::ivfflat {

RowReader::RowReader(ivf::Metric metric, std::uint32_t dims, std::pmr::memory_resource* memory)
    : metric_(metric),
      dims_(dims),
      normalized_(metric == ivf::Metric::kCosine ? dims : 0, memory) {}

std::optional<std::span<const float>> RowReader::Read(Datum value) {
  auto* stored = reinterpret_cast<varlena*>(DatumGetPointer(value));
  varlena* plain = stored;
  if (VARATT_IS_EXTENDED(stored)) plain = Call([&] { return detoast_attr(stored); });
  copy_ = plain == stored ? nullptr : plain;

  const auto* vector = reinterpret_cast<const types::Vector*>(plain);
  if (vector->dims() != dims_ || VARSIZE(plain) != types::Vector::SizeOf(dims_)) {
    throw Error(ErrorKind::kInvalidValue, "expected " + std::to_string(dims_) +
                                              " dimensions, not " +
                                              std::to_string(vector->dims()));
  }
  const std::span<const float> row = vector->elements();
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
