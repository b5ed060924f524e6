// Values and arrays to hand to SQL functions, and what is required of results.
//
// Every value lies in a block of its own that ends where the value does.
#pragma once

#include "input.hpp"
#include "sql.hpp"
#include "stub.hpp"

namespace vec::fuzz {

inline constexpr Datum kNoTypmodDatum = static_cast<Datum>(-1);

// How a value is stored.
enum class Storage { kPlain, kShort, kCompressed };

// A varlena of these contents. Short storage falls back to plain where it is too long.
Datum Store(std::span<const std::byte> contents, Storage storage);

Datum MakeText(const std::string& text);

// A new block with a copy.
template <typename T>
Datum MakePointer(const T& value) {
  return PointerGetDatum(new (stub::Allocate(sizeof value)) T(value));
}

// A message of the binary protocol.
StringInfo MakeMessage(std::span<const std::uint8_t> bytes);

struct ArrayShape {
  Oid type = 0;
  std::vector<int> dims;  // one number for each dimension
  int lower_bound = 1;
  bool has_bitmap = false;
  int null = -1;  // the position of the NULL, if there is one
};

Datum MakeArray(const ArrayShape& shape, std::span<const std::byte> elements,
                Storage storage = Storage::kPlain);

template <typename T>
std::span<const std::byte> BytesOf(const std::vector<T>& elements) {
  return std::as_bytes(std::span(elements));
}

inline const varlena* VarlenaOf(Datum datum) {
  return reinterpret_cast<const varlena*>(DatumGetPointer(datum));
}

template <typename Layout>
const Layout& ValueOf(Datum datum) {
  return *reinterpret_cast<const Layout*>(DatumGetPointer(datum));
}

// Whether two plain varlenas are equal byte by byte.
bool IsSame(Datum a, Datum b);

// What a value of a type must be, if it is not damaged.
void RequireValid(const Vector& value);
void RequireValid(const HalfVector& value);
void RequireValid(const SparseVector& value);

// A dense value with these elements and plain storage.
template <typename Layout>
Datum MakeDense(std::span<const typename Layout::Element> elements) {
  auto* const value = static_cast<Layout*>(stub::Allocate(Layout::SizeOf(elements.size())));
  SET_VARSIZE(value, Layout::SizeOf(elements.size()));
  value->dim = static_cast<std::int16_t>(elements.size());
  value->unused = 0;
  std::ranges::copy(elements, value->elements().begin());
  return PointerGetDatum(value);
}

Datum MakeSparse(std::size_t dims, std::span<const std::int32_t> indices,
                 std::span<const float> values);

// What holds for every valid value: text and binary form give it back, and the cast of
// a type to itself looks at nothing but the dimensions.
template <typename Layout>
void RequireRoundTrips(Datum value) {
  const auto& functions = kTypeFunctions<Layout>;
  RequireValid(ValueOf<Layout>(value));

  const Outcome text = Call(functions.out, {value});
  FUZZ_REQUIRE(text.ok());
  const Outcome parsed = Call(functions.in, {text.value, 0, kNoTypmodDatum});
  FUZZ_REQUIRE(parsed.ok() && IsSame(parsed.value, value));

  const Outcome sent = Call(functions.send, {value});
  FUZZ_REQUIRE(sent.ok());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(VARDATA(VarlenaOf(sent.value)));
  StringInfo message = MakeMessage({bytes, VARSIZE(VarlenaOf(sent.value)) - VARHDRSZ});
  const Outcome received = Call(functions.recv, {PointerGetDatum(message), 0, kNoTypmodDatum});
  FUZZ_REQUIRE(received.ok() && IsSame(received.value, value));
  FUZZ_REQUIRE(message->cursor == message->len);
}

}  // namespace vec::fuzz
