#include "vector/hnsw/check_rows.hpp"

namespace vec::hnsw {

namespace {

// Of rows that were rounded to binary16, with room.
constexpr double kUnitTolerance = 0.01;

const char* FaultOfSparseRow(const Meta& meta, std::pmr::vector<std::byte>& kept) {
  std::uint32_t count = 0;
  if (kept.size() < sizeof(count)) return "row of an invalid length";
  std::memcpy(&count, kept.data(), sizeof(count));
  if (count > types::kMaxSparseElements || SparseRowBytes(count) > kept.size()) {
    return "row of an invalid length";
  }
  kept.resize(SparseRowBytes(count));
  std::int64_t before = -1;
  const types::SparseElements row = SparseRow(meta, kept);
  for (const std::int32_t index : row.indices) {
    if (index <= before || index >= static_cast<std::int64_t>(meta.dims)) {
      return "row with indices out of order";
    }
    before = index;
  }
  const auto is_finite = [](float x) { return std::isfinite(x); };
  return std::ranges::all_of(row.values, is_finite) ? nullptr : "row is not finite";
}

}  // namespace

const char* FaultOfRow(const Meta& meta, std::pmr::vector<std::byte>& kept,
                       std::pmr::vector<float>& values) {
  if (IsBits(meta.type)) return nullptr;
  if (meta.type == ElementType::kSparse) {
    if (const char* fault = FaultOfSparseRow(meta, kept)) return fault;
  } else {
    if (IsHalf(meta.self) && !IsScale(HalfRowScale(kept.data()))) return "row without a scale";
    values.resize(meta.dims);
    DecodeKept(meta, kept, values);
    const auto is_finite = [](float x) { return std::isfinite(x); };
    if (!std::ranges::all_of(values, is_finite)) return "row is not finite";
  }
  if (meta.metric != Metric::kCosine) return nullptr;
  const double norm = NormSquaredOf(meta, kept, values);
  return std::fabs(norm - 1) < 2 * kUnitTolerance ? nullptr : "row is not of unit length";
}

float NormSquaredOf(const Meta& meta, std::span<const std::byte> kept,
                    std::span<const float> values) {
  return NormSquared(meta, {values, kept});
}

bool IsScale(float scale) {
  int exponent = 0;
  return scale == 0 || (std::isfinite(scale) && std::frexp(scale, &exponent) == 0.5f);
}

}  // namespace vec::hnsw
