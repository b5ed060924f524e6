// What binary forms and type modifiers of all types share.
#pragma once

#include "vector/pg/value.hpp"

namespace vec {

// The next number of a message: std::int16_t or std::int32_t.
template <typename Integer>
Integer ReadInteger(StringInfo message) {
  return static_cast<Integer>(
      pg::Call([message] { return pq_getmsgint(message, sizeof(Integer)); }));
}

inline const std::byte* ReadBytes(StringInfo message, std::size_t bytes) {
  return reinterpret_cast<const std::byte*>(
      pg::Call([=] { return pq_getmsgbytes(message, static_cast<int>(bytes)); }));
}

inline void CheckUnused(int unused) {
  if (unused == 0) return;
  throw Error(ErrorKind::kInvalidValue, "expected unused to be 0, not " + std::to_string(unused));
}

template <typename Layout, std::size_t max = types::kMaxDimensions>
Datum TypmodInput(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    auto* const array = reinterpret_cast<ArrayType*>(pg::Plain(PG_GETARG_DATUM(0)));
    int count = 0;
    const std::int32_t* values =
        pg::Call([&count, array] { return ArrayGetIntegerTypmods(array, &count); });
    const std::span<const std::int32_t> modifiers(values, static_cast<std::size_t>(count));
    return Int32GetDatum(types::TypmodFromModifiers(modifiers, Layout::kTypeName, max));
  });
}

}  // namespace vec
