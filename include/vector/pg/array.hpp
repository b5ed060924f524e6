// One-dimensional SQL arrays as plain memory.
#pragma once

#include "vector/pg/guard.hpp"

namespace vec::pg {

// An array argument, flat and not toasted; maybe a palloc'd copy.
ArrayType* ArrayArgument(FunctionCallInfo fcinfo, int n);

// The number of elements of an array that is to become a vector. Throws where it
// has more than one dimension or a NULL.
std::size_t CheckedArraySize(ArrayType* array);

// Converts integer, real, double precision or numeric elements to float32; what
// is too large for that becomes infinite, except that numeric raises an ERROR.
// REQUIRES: out.size() == CheckedArraySize(array).
void ReadFloats(ArrayType* array, std::span<float> out);

// A new array of one dimension without NULLs; the elements are not initialised.
ArrayType* NewArray(Oid element_type, std::size_t element_size, std::size_t count);

// The elements of an array without NULLs. REQUIRES: they are stored as T.
template <typename T>
std::span<T> ArrayElements(ArrayType* array, std::size_t count) {
  return {reinterpret_cast<T*>(ARR_DATA_PTR(array)), count};
}

}  // namespace vec::pg
