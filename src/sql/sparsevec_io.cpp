// The type `sparsevec`: text and binary form, type modifier.
#include "type_io.hpp"
#include "vector/pg/memory.hpp"
#include "vector/types/sparse_rules.hpp"
#include "vector/types/sparse_text.hpp"
#include "vector/types/wire.hpp"

namespace vec {

namespace {

using types::SparseElements;
using types::SparseVector;

// On the wire: int32 dimensions, number of elements and zero, then the indices, counted
// from 0, then the values.
constexpr std::size_t kWireHeaderInts = 3;

Datum ParseText(std::string_view literal, std::int32_t typmod) {
  pg::ContextResource memory(CurrentMemoryContext);
  const types::SparseLiteral parsed = types::ParseSparse(literal, &memory);
  types::CheckExpectedDimensions(typmod, parsed.dims);
  SparseVector& result = pg::NewSparse(parsed.dims, parsed.elements.size());
  std::ranges::transform(parsed.elements, result.indices().begin(), &types::SparseElement::index);
  std::ranges::transform(parsed.elements, result.values().begin(), &types::SparseElement::value);
  types::CheckIndices(result.indices(), parsed.dims);
  return PointerGetDatum(&result);
}

char* FormatText(const SparseElements& elements) {
  const std::size_t bytes =
      types::MaxPrintedBytes(elements.size(), FLOAT_SHORTEST_DECIMAL_LEN) + sizeof '\0';
  auto* const text = static_cast<char*>(palloc_extended(bytes, MCXT_ALLOC_NO_OOM));
  if (text == nullptr) throw std::bad_alloc();
  *types::PrintSparse(elements, float_to_shortest_decimal_bufn, text) = '\0';
  return text;
}

Datum ParseBinary(StringInfo message, std::int32_t typmod) {
  const auto dims = ReadInteger<std::int32_t>(message);
  const auto size = ReadInteger<std::int32_t>(message);
  const auto unused = ReadInteger<std::int32_t>(message);
  types::CheckSparseDimensions(dims);
  types::CheckSparseSize(size, dims);
  types::CheckExpectedDimensions(typmod, static_cast<std::size_t>(dims));
  CheckUnused(unused);
  SparseVector& result =
      pg::NewSparse(static_cast<std::size_t>(dims), static_cast<std::size_t>(size));
  types::ReadBigEndian(ReadBytes(message, result.indices().size_bytes()), result.indices());
  types::CheckIndices(result.indices(), result.dims());
  types::ReadBigEndian(ReadBytes(message, result.values().size_bytes()), result.values());
  types::CheckReceivedValues(result.values());
  return PointerGetDatum(&result);
}

Datum FormatBinary(const SparseElements& elements) {
  const std::int32_t header[kWireHeaderInts] = {static_cast<std::int32_t>(elements.dims),
                                                static_cast<std::int32_t>(elements.size()), 0};
  varlena* const result = pg::NewVarlena(VARHDRSZ + sizeof header + elements.indices.size_bytes() +
                                         elements.values.size_bytes());
  auto* p = reinterpret_cast<std::byte*>(VARDATA(result));
  types::WriteBigEndian(std::span<const std::int32_t>(header), p);
  p += sizeof header;
  types::WriteBigEndian(elements.indices, p);
  types::WriteBigEndian(elements.values, p + elements.indices.size_bytes());
  return PointerGetDatum(result);
}

}  // namespace

VECTOR_FUNCTION(sparsevec_in) {
  return pg::Guard([=] { return ParseText(PG_GETARG_CSTRING(0), PG_GETARG_INT32(2)); });
}

VECTOR_FUNCTION(sparsevec_out) {
  return pg::Guard(
      [=] { return CStringGetDatum(FormatText(pg::Argument<SparseVector>(fcinfo, 0))); });
}

VECTOR_FUNCTION(sparsevec_typmod_in) {
  return TypmodInput<SparseVector, types::kMaxSparseDimensions>(fcinfo);
}

VECTOR_FUNCTION(sparsevec_recv) {
  return pg::Guard([=] {
    return ParseBinary(reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0)), PG_GETARG_INT32(2));
  });
}

VECTOR_FUNCTION(sparsevec_send) {
  return pg::Guard([=] { return FormatBinary(pg::Argument<SparseVector>(fcinfo, 0)); });
}

}  // namespace vec
