// The type `vector`: text and binary form, type modifier.
#include "vector/pg/value.hpp"
#include "vector/types/element.hpp"
#include "vector/types/parse.hpp"
#include "vector/types/wire.hpp"

namespace vec {

namespace {

using types::Vector;

constexpr std::string_view kType = Vector::kTypeName;

// On the wire: int16 dimensions, int16 zero, then the elements.
constexpr std::size_t kWireHeaderBytes = 4;

Datum ReadText(std::string_view literal, std::int32_t typmod) {
  float buffer[types::kMaxDimensions];
  const std::span<const float> elements = types::ParseList(literal, kType, buffer);
  types::CheckExpectedDimensions(typmod, elements.size());
  Vector& result = pg::NewDense<Vector>(elements.size());
  std::ranges::copy(elements, result.elements().begin());
  return PointerGetDatum(&result);
}

char* WriteText(std::span<const float> elements) {
  constexpr std::size_t kMaxNumber = FLOAT_SHORTEST_DECIMAL_LEN;  // counts a terminator: our comma
  const std::size_t bytes = elements.size() * kMaxNumber + sizeof "[]";
  auto* const text = static_cast<char*>(palloc_extended(bytes, MCXT_ALLOC_NO_OOM));
  if (text == nullptr) throw std::bad_alloc();

  char* p = text;
  *p++ = '[';
  for (const float value : elements) {
    p += float_to_shortest_decimal_bufn(value, p);
    *p++ = ',';
  }
  if (!elements.empty()) --p;
  *p++ = ']';
  *p = '\0';
  return text;
}

std::int16_t ReadInt16(StringInfo message) {
  return static_cast<std::int16_t>(pg::Call([message] { return pq_getmsgint(message, 2); }));
}

Datum ReadBinary(StringInfo message, std::int32_t typmod) {
  const auto dims = static_cast<std::uint16_t>(ReadInt16(message));
  const int unused = ReadInt16(message);
  types::CheckDimensions(dims, kType);
  types::CheckExpectedDimensions(typmod, dims);
  if (unused != 0) {
    throw Error(ErrorKind::kInvalidValue, "expected unused to be 0, not " + std::to_string(unused));
  }
  const char* bytes =
      pg::Call([=] { return pq_getmsgbytes(message, static_cast<int>(dims * sizeof(float))); });
  Vector& result = pg::NewDense<Vector>(dims);
  types::ReadBigEndian(reinterpret_cast<const std::byte*>(bytes), result.elements());
  types::CheckElements(result.elements(), kType);
  return PointerGetDatum(&result);
}

Datum WriteBinary(std::span<const float> elements) {
  const std::size_t bytes = VARHDRSZ + kWireHeaderBytes + elements.size_bytes();
  varlena* const result = pg::NewVarlena(bytes);
  auto* p = reinterpret_cast<std::byte*>(VARDATA(result));
  p[0] = static_cast<std::byte>(elements.size() >> 8);
  p[1] = static_cast<std::byte>(elements.size());
  p[2] = p[3] = std::byte{0};
  types::WriteBigEndian(elements, p + kWireHeaderBytes);
  return PointerGetDatum(result);
}

std::int32_t ReadTypmod(ArrayType* modifiers) {
  int count = 0;
  const std::int32_t* values =
      pg::Call([&count, modifiers] { return ArrayGetIntegerTypmods(modifiers, &count); });
  return types::TypmodFromModifiers({values, static_cast<std::size_t>(count)}, kType,
                                    types::kMaxDimensions);
}

}  // namespace

VECTOR_FUNCTION(vector_in) {
  return pg::Guard([=] { return ReadText(PG_GETARG_CSTRING(0), PG_GETARG_INT32(2)); });
}

VECTOR_FUNCTION(vector_out) {
  return pg::Guard([=] { return CStringGetDatum(WriteText(pg::Argument<Vector>(fcinfo, 0))); });
}

VECTOR_FUNCTION(vector_typmod_in) {
  return pg::Guard([=] {
    return Int32GetDatum(ReadTypmod(reinterpret_cast<ArrayType*>(pg::Plain(PG_GETARG_DATUM(0)))));
  });
}

VECTOR_FUNCTION(vector_recv) {
  return pg::Guard([=] {
    return ReadBinary(reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0)), PG_GETARG_INT32(2));
  });
}

VECTOR_FUNCTION(vector_send) {
  return pg::Guard([=] { return WriteBinary(pg::Argument<Vector>(fcinfo, 0)); });
}

}  // namespace vec
