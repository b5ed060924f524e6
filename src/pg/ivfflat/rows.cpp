#include "vector/pg/ivfflat/rows.hpp"

#include "vector/pg/value.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/halfvec.hpp"

namespace vec::pg::ivfflat {

namespace {

bool HasDirection(std::span<const float> row) {
  return std::ranges::any_of(row, [](float x) { return x != 0; });
}

std::string_view TypeName(ivf::ElementType type) {
  return type == ivf::ElementType::kFloat16 ? types::HalfVector::kTypeName
                                            : types::Vector::kTypeName;
}

}  // namespace

RowReader::RowReader(ivf::ElementType type, ivf::Metric metric, std::uint32_t dims,
                     std::pmr::memory_resource* memory)
    : type_(type), metric_(metric), dims_(dims), values_(memory), stored_(memory) {
  const bool is_half = type == ivf::ElementType::kFloat16;
  const bool is_cosine = metric == ivf::Metric::kCosine;
  if (is_half || is_cosine) values_.resize(dims);
  if (ivf::IsBits(type) || (is_half && is_cosine)) stored_.resize(ivf::RowBytes(type, dims));
}

std::optional<ivf::RowView> RowReader::Read(Datum value) { return Read(value, false); }
std::optional<ivf::RowView> RowReader::ReadQuery(Datum value) { return Read(value, true); }

std::optional<ivf::RowView> RowReader::Read(Datum value, bool is_query) {
  varlena* plain = Plain(value);
  copy_ = plain == reinterpret_cast<varlena*>(DatumGetPointer(value)) ? nullptr : plain;
  switch (type_) {
    case ivf::ElementType::kFloat16:
      return ReadHalves(plain, is_query);
    case ivf::ElementType::kBit:
      return ReadBits(plain, is_query);
    case ivf::ElementType::kFloat32:
    case ivf::ElementType::kSparse:
      break;
  }
  return ReadFloats(plain, is_query);
}

std::optional<ivf::RowView> RowReader::ReadFloats(const varlena* value, bool is_query) {
  std::span<const float> row = CheckedLayout<types::Vector>(value).elements();
  CheckDims(row.size(), is_query);
  if (metric_ == ivf::Metric::kCosine) {
    if (!HasDirection(row)) return std::nullopt;
    types::Normalize(row, values_);
    row = values_;
  }
  return ivf::RowView{row, std::as_bytes(row)};
}

// A unit vector is rounded once more for the index: codes and searches then see the
// same numbers.
std::optional<ivf::RowView> RowReader::ReadHalves(const varlena* value, bool is_query) {
  const std::span<const Half> row = CheckedLayout<types::HalfVector>(value).elements();
  CheckDims(row.size(), is_query);
  Widen(row, std::span<float>(values_));
  if (metric_ != ivf::Metric::kCosine) return ivf::RowView{values_, std::as_bytes(row)};

  if (!HasDirection(values_)) return std::nullopt;
  types::Normalize(values_, values_);
  if (is_query) return ivf::RowView{values_, {}};
  const std::span<Half> unit(reinterpret_cast<Half*>(stored_.data()), dims_);
  for (std::size_t i = 0; i < unit.size(); ++i) unit[i] = ToHalf(values_[i]);
  Widen(std::span<const Half>(unit), std::span<float>(values_));
  return ivf::RowView{values_, stored_};
}

ivf::RowView RowReader::ReadBits(const varlena* value, bool is_query) {
  const BitString bits = CheckedBits(value);
  CheckDims(bits.length, is_query);
  std::memcpy(stored_.data(), bits.bytes.data(), bits.bytes.size());
  return {{}, stored_};
}

void RowReader::CheckDims(std::size_t dims, bool is_query) const {
  if (dims == dims_) return;
  if (!is_query) types::ThrowUnexpectedDimensions(dims_, dims);
  if (ivf::IsBits(type_)) return CheckSameLength(dims_, dims);
  types::ThrowDifferentDimensions(dims_, dims, TypeName(type_));
}

void RowReader::Release() {
  if (copy_ != nullptr) pfree(copy_);
  copy_ = nullptr;
}

}  // namespace vec::pg::ivfflat
