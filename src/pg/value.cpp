#include "vector/pg/value.hpp"

namespace vec::pg {

namespace internal {

varlena* Detoast(varlena* value) {
  return Call([value] { return pg_detoast_datum(value); });
}

void ThrowDamaged(std::string_view type, std::size_t dims, std::size_t bytes) {
  throw Error(ErrorKind::kInvalidValue, "invalid " + std::string(type) + " value",
              "The value claims " + std::to_string(dims) + " dimensions but has " +
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

}  // namespace vec::pg
