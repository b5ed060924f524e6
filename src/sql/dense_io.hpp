// Text and binary form of the dense types.
#pragma once

#include "type_io.hpp"
#include "vector/types/element.hpp"
#include "vector/types/parse.hpp"
#include "vector/types/wire.hpp"

namespace vec {

// On the wire: int16 dimensions, int16 zero, then the elements.
inline constexpr std::size_t kWireHeaderBytes = 4;

template <typename Layout>
Datum ParseText(std::string_view literal, std::int32_t typmod) {
  typename Layout::Element buffer[types::kMaxDimensions];
  const auto elements = types::ParseList(literal, Layout::kTypeName, buffer);
  types::CheckExpectedDimensions(typmod, elements.size());
  Layout& result = pg::NewDense<Layout>(elements.size());
  std::ranges::copy(elements, result.elements().begin());
  return PointerGetDatum(&result);
}

template <typename Element>
char* FormatText(std::span<const Element> elements) {
  constexpr std::size_t kMaxNumber = FLOAT_SHORTEST_DECIMAL_LEN;  // counts a terminator: our comma
  const std::size_t bytes = elements.size() * kMaxNumber + sizeof "[]";
  auto* const text = static_cast<char*>(palloc_extended(bytes, MCXT_ALLOC_NO_OOM));
  if (text == nullptr) throw std::bad_alloc();

  char* p = text;
  *p++ = '[';
  for (const Element element : elements) {
    p += float_to_shortest_decimal_bufn(ToFloat(element), p);
    *p++ = ',';
  }
  if (!elements.empty()) --p;
  *p++ = ']';
  *p = '\0';
  return text;
}

template <typename Layout>
Datum ParseBinary(StringInfo message, std::int32_t typmod) {
  const auto dims = static_cast<std::uint16_t>(ReadInteger<std::int16_t>(message));
  const int unused = ReadInteger<std::int16_t>(message);
  types::CheckDimensions(dims, Layout::kTypeName);
  types::CheckExpectedDimensions(typmod, dims);
  CheckUnused(unused);
  const std::byte* bytes = ReadBytes(message, dims * sizeof(typename Layout::Element));
  Layout& result = pg::NewDense<Layout>(dims);
  types::ReadBigEndian(bytes, result.elements());
  types::CheckElements(result.elements(), Layout::kTypeName);
  return PointerGetDatum(&result);
}

template <typename Element>
Datum FormatBinary(std::span<const Element> elements) {
  const std::size_t bytes = VARHDRSZ + kWireHeaderBytes + elements.size_bytes();
  varlena* const result = pg::NewVarlena(bytes);
  auto* p = reinterpret_cast<std::byte*>(VARDATA(result));
  p[0] = static_cast<std::byte>(elements.size() >> 8);
  p[1] = static_cast<std::byte>(elements.size());
  p[2] = p[3] = std::byte{0};
  types::WriteBigEndian(elements, p + kWireHeaderBytes);
  return PointerGetDatum(result);
}

// The functions of CREATE TYPE.

template <typename Layout>
Datum Input(FunctionCallInfo fcinfo) {
  return pg::Guard([=] { return ParseText<Layout>(PG_GETARG_CSTRING(0), PG_GETARG_INT32(2)); });
}

template <typename Layout>
Datum Output(FunctionCallInfo fcinfo) {
  return pg::Guard([=] { return CStringGetDatum(FormatText(pg::Argument<Layout>(fcinfo, 0))); });
}

template <typename Layout>
Datum Receive(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    return ParseBinary<Layout>(reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0)),
                               PG_GETARG_INT32(2));
  });
}

template <typename Layout>
Datum Send(FunctionCallInfo fcinfo) {
  return pg::Guard([=] { return FormatBinary(pg::Argument<Layout>(fcinfo, 0)); });
}

}  // namespace vec
