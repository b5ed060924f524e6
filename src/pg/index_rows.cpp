#include "vector/pg/index_rows.hpp"

#include "vector/pg/value.hpp"
#include "vector/simd/half.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/halfvec.hpp"

namespace vec::pg {

namespace {

bool HasDirection(std::span<const float> row) {
  return std::ranges::any_of(row, [](float x) { return x != 0; });
}

std::string_view TypeName(ElementType type) {
  switch (type) {
    case ElementType::kFloat16:
      return types::HalfVector::kTypeName;
    case ElementType::kSparse:
      return types::SparseVector::kTypeName;
    case ElementType::kBit:
    case ElementType::kFloat32:
      break;
  }
  return types::Vector::kTypeName;
}

}  // namespace

RowReader::RowReader(ElementType type, Metric metric, std::uint32_t dims,
                     std::pmr::memory_resource* memory)
    : type_(type), metric_(metric), dims_(dims), values_(memory), stored_(memory) {
  if (type == ElementType::kSparse) return;  // rows differ in length
  const bool is_half = type == ElementType::kFloat16;
  const bool is_cosine = metric == Metric::kCosine;
  if (is_half || is_cosine) values_.resize(dims);
  if (IsBits(type) || (is_half && is_cosine)) stored_.resize(RowBytes(type, dims));
}

std::optional<RowView> RowReader::Read(Datum value) { return Read(value, false); }
std::optional<RowView> RowReader::ReadQuery(Datum value) { return Read(value, true); }

std::optional<RowView> RowReader::Read(Datum value, bool is_query) {
  varlena* plain = Plain(value);
  copy_ = plain == reinterpret_cast<varlena*>(DatumGetPointer(value)) ? nullptr : plain;
  switch (type_) {
    case ElementType::kFloat16:
      return ReadHalves(plain, is_query);
    case ElementType::kBit:
      return ReadBits(plain, is_query);
    case ElementType::kSparse:
      return ReadSparse(plain, is_query);
    case ElementType::kFloat32:
      break;
  }
  return ReadFloats(plain, is_query);
}

std::optional<RowView> RowReader::ReadFloats(const varlena* value, bool is_query) {
  std::span<const float> row = CheckedLayout<types::Vector>(value).elements();
  CheckDims(row.size(), is_query);
  if (metric_ == Metric::kCosine) {
    if (!HasDirection(row)) return std::nullopt;
    types::Normalize(row, values_);
    row = values_;
  }
  return RowView{row, std::as_bytes(row)};
}

// A unit vector is rounded once more for the index: codes and searches then see the
// same numbers.
std::optional<RowView> RowReader::ReadHalves(const varlena* value, bool is_query) {
  const std::span<const Half> row = CheckedLayout<types::HalfVector>(value).elements();
  CheckDims(row.size(), is_query);
  const auto widen = simd::HalfKernelsOf(simd::Active().level).widen;
  widen(row.data(), 1, row.size(), values_.data());
  if (metric_ != Metric::kCosine) return RowView{values_, std::as_bytes(row)};

  if (!HasDirection(values_)) return std::nullopt;
  types::Normalize(values_, values_);
  if (is_query) return RowView{values_, {}};
  const std::span<Half> unit(reinterpret_cast<Half*>(stored_.data()), dims_);
  for (std::size_t i = 0; i < unit.size(); ++i) unit[i] = ToHalf(values_[i]);
  widen(unit.data(), 1, unit.size(), values_.data());
  return RowView{values_, stored_};
}

RowView RowReader::ReadBits(const varlena* value, bool is_query) {
  const BitString bits = CheckedBits(value);
  CheckDims(bits.length, is_query);
  std::memcpy(stored_.data(), bits.bytes.data(), bits.bytes.size());
  return {{}, stored_};
}

// The number of elements that are not zero, their indices, their values.
std::optional<RowView> RowReader::ReadSparse(const varlena* value, bool is_query) {
  const types::SparseElements row = CheckedLayout<types::SparseVector>(value).elements();
  CheckDims(row.dims, is_query);
  std::span<const float> values = row.values;
  if (metric_ == Metric::kCosine) {
    if (!HasDirection(values)) return std::nullopt;
    values_.resize(row.size());
    types::Normalize(values, values_);
    values = values_;
  }
  const auto count = static_cast<std::uint32_t>(row.size());
  stored_.resize(sizeof(count) + row.indices.size_bytes() + values.size_bytes());
  std::memcpy(stored_.data(), &count, sizeof(count));
  if (count == 0) return RowView{{}, stored_};
  std::byte* elements = stored_.data() + sizeof(count);
  std::memcpy(elements, row.indices.data(), row.indices.size_bytes());
  std::memcpy(elements + row.indices.size_bytes(), values.data(), values.size_bytes());
  return RowView{{}, stored_};
}

void RowReader::CheckDims(std::size_t dims, bool is_query) const {
  if (dims == dims_) return;
  if (!is_query) types::ThrowUnexpectedDimensions(dims_, dims);
  if (IsBits(type_)) return CheckSameLength(dims_, dims);
  types::ThrowDifferentDimensions(dims_, dims, TypeName(type_));
}

void RowReader::Release() {
  if (copy_ != nullptr) pfree(copy_);
  copy_ = nullptr;
}

}  // namespace vec::pg
