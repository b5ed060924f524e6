#include "vector/pg/value.hpp"

namespace vec::pg {

namespace internal {

varlena* Detoast(varlena* value) {
  return Call([value] { return pg_detoast_datum(value); });
}

void ThrowDamaged(std::string_view type, std::size_t size, std::size_t bytes) {
  const bool is_sparse = type == types::SparseVector::kTypeName;
  const char* const counted = is_sparse ? " non-zero elements" : " dimensions";
  throw Error(ErrorKind::kInvalidValue, "invalid " + std::string(type) + " value",
              "The value claims " + std::to_string(size) + counted + " but has " +
                  std::to_string(bytes) + " bytes.");
}

}  // namespace internal

varlena* NewVarlena(std::size_t bytes) {
  // Raises no ERROR: a size beyond the limit of palloc is refused here.
  void* memory = AllocSizeIsValid(bytes) ? palloc_extended(bytes, MCXT_ALLOC_NO_OOM) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  SET_VARSIZE(memory, bytes);
  return static_cast<varlena*>(memory);
}

BitString CheckedBits(const varlena* value) {
  auto* const bits = reinterpret_cast<const VarBit*>(value);
  const auto length = static_cast<std::uint32_t>(VARBITLEN(bits));
  const std::size_t bytes = VARSIZE(bits) - VARHDRSZ - VARBITHDRSZ;
  if (bytes != (std::size_t{length} + BITS_PER_BYTE - 1) / BITS_PER_BYTE) {
    throw Error(ErrorKind::kInvalidValue, "invalid bit value",
                "The value claims " + std::to_string(length) + " bits but has " +
                    std::to_string(bytes) + " bytes of them.");
  }
  return {length, {VARBITS(bits), bytes}};
}

void CheckSameLength(std::size_t a, std::size_t b) {
  if (a == b) return;
  throw Error(ErrorKind::kInvalidValue,
              "different bit lengths " + std::to_string(a) + " and " + std::to_string(b));
}

types::SparseVector& NewSparse(std::size_t dims, std::size_t size) {
  using types::SparseVector;
  auto* value = reinterpret_cast<SparseVector*>(NewVarlena(SparseVector::SizeOf(size)));
  value->dim = static_cast<std::int32_t>(dims);
  value->nnz = static_cast<std::int32_t>(size);
  value->unused = 0;
  return *value;
}

}  // namespace vec::pg
