#include "values.hpp"

namespace vec::fuzz {

namespace {

template <typename Layout>
void RequireValidDense(const Layout& value) {
  FUZZ_REQUIRE(value.dims() >= 1 && value.dims() <= types::kMaxDimensions);
  FUZZ_REQUIRE(VARSIZE(&value) == Layout::SizeOf(value.dims()));
  FUZZ_REQUIRE(value.unused == 0);
  for (const auto element : value.elements()) FUZZ_REQUIRE(std::isfinite(ToFloat(element)));
}

}  // namespace

Datum Store(std::span<const std::byte> contents, Storage storage) {
  if (storage == Storage::kShort && contents.size() + VARHDRSZ_SHORT <= VARATT_SHORT_MAX) {
    auto* const value = static_cast<char*>(stub::Allocate(contents.size() + VARHDRSZ_SHORT));
    SET_VARSIZE_SHORT(value, contents.size() + VARHDRSZ_SHORT);
    std::ranges::copy(std::as_bytes(contents),
                      reinterpret_cast<std::byte*>(value + VARHDRSZ_SHORT));
    return PointerGetDatum(value);
  }
  const bool is_compressed = storage == Storage::kCompressed;
  const std::size_t header = is_compressed ? VARHDRSZ_COMPRESSED : VARHDRSZ;
  auto* const value = static_cast<char*>(stub::Allocate(contents.size() + header));
  if (is_compressed) {
    SET_VARSIZE_COMPRESSED(value, contents.size() + header);
    reinterpret_cast<varattrib_4b*>(value)->va_compressed.va_tcinfo =
        static_cast<std::uint32_t>(contents.size());
  } else {
    SET_VARSIZE(value, contents.size() + header);
  }
  std::ranges::copy(contents, reinterpret_cast<std::byte*>(value + header));
  return PointerGetDatum(value);
}

Datum MakeText(const std::string& text) {
  void* const copy = stub::Allocate(text.size() + 1);
  return PointerGetDatum(std::memcpy(copy, text.c_str(), text.size() + 1));
}

StringInfo MakeMessage(std::span<const std::uint8_t> bytes) {
  auto* const message = static_cast<StringInfo>(stub::Allocate(sizeof(StringInfoData)));
  auto* const data = static_cast<char*>(stub::Allocate(bytes.size()));
  std::ranges::copy(bytes, data);
  *message = {data, static_cast<int>(bytes.size()), static_cast<int>(bytes.size()), 0};
  return message;
}

Datum MakeArray(const ArrayShape& shape, std::span<const std::byte> elements, Storage storage) {
  const int dimensions = static_cast<int>(shape.dims.size());
  const int count = ArrayGetNItems(dimensions, shape.dims.data());
  const std::size_t header = shape.has_bitmap ? ARR_OVERHEAD_WITHNULLS(dimensions, count)
                                              : ARR_OVERHEAD_NONULLS(dimensions);
  std::vector<std::byte> bytes(header + elements.size());
  auto* const array = reinterpret_cast<ArrayType*>(bytes.data());
  array->ndim = dimensions;
  array->dataoffset = shape.has_bitmap ? static_cast<std::int32_t>(header) : 0;
  array->elemtype = shape.type;
  std::ranges::copy(shape.dims, ARR_DIMS(array));
  std::fill_n(ARR_LBOUND(array), dimensions, shape.lower_bound);
  for (int i = 0; shape.has_bitmap && i < count; ++i) {
    if (i != shape.null) ARR_NULLBITMAP(array)[i / 8] |= static_cast<bits8>(1 << i % 8);
  }
  std::ranges::copy(elements, bytes.begin() + static_cast<std::ptrdiff_t>(header));
  return Store(std::span<const std::byte>(bytes).subspan(VARHDRSZ), storage);
}

bool IsSame(Datum a, Datum b) {
  const varlena* const x = VarlenaOf(a);
  const varlena* const y = VarlenaOf(b);
  return VARSIZE(x) == VARSIZE(y) && std::memcmp(x, y, VARSIZE(x)) == 0;
}

void RequireValid(const Vector& value) { RequireValidDense(value); }
void RequireValid(const HalfVector& value) { RequireValidDense(value); }

void RequireValid(const SparseVector& value) {
  const types::SparseElements elements = value.elements();
  FUZZ_REQUIRE(value.dims() >= 1 && value.dims() <= types::kMaxSparseDimensions);
  FUZZ_REQUIRE(value.size() <= std::min(value.dims(), types::kMaxSparseElements));
  FUZZ_REQUIRE(VARSIZE(&value) == SparseVector::SizeOf(value.size()));
  FUZZ_REQUIRE(value.unused == 0);
  std::int64_t previous = -1;
  for (const std::int64_t index : elements.indices) {
    FUZZ_REQUIRE(index > previous && index < static_cast<std::int64_t>(value.dims()));
    previous = index;
  }
  for (const float x : elements.values) FUZZ_REQUIRE(std::isfinite(x) && x != 0);
}

Datum MakeSparse(std::size_t dims, std::span<const std::int32_t> indices,
                 std::span<const float> values) {
  const std::size_t bytes = SparseVector::SizeOf(indices.size());
  auto* const value = static_cast<SparseVector*>(stub::Allocate(bytes));
  SET_VARSIZE(value, bytes);
  value->dim = static_cast<std::int32_t>(dims);
  value->nnz = static_cast<std::int32_t>(indices.size());
  value->unused = 0;
  std::ranges::copy(indices, value->indices().begin());
  std::ranges::copy(values, value->values().begin());
  return PointerGetDatum(value);
}

}  // namespace vec::fuzz
