// The text form of a sparse value: {1:2.5,7:-3e-7}/10.
//
// An index counts from 1 and stands before its value; the number of dimensions comes
// last. Indices are read in any order and printed in ascending order; zeros are
// dropped. White space may stand before and after every token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <vector>

#include "vector/types/sparse_vector.hpp"

namespace vec::types {

// Counts from 0.
struct SparseElement {
  std::int32_t index;
  float value;
};

struct SparseLiteral {
  std::size_t dims;                          // 1 to kMaxSparseDimensions
  std::pmr::vector<SparseElement> elements;  // finite and not 0, at most kMaxSparseElements
};

// Reads the elements in the order of their indices, which are still to be checked: that
// comes after the check of the dimensions against a column. Throws vec::Error.
// REQUIRES: *literal.end() == '\0'.
SparseLiteral ParseSparse(std::string_view literal, std::pmr::memory_resource* memory);

// Writes the shortest text of a float at `out`, without a terminator; returns its length.
using FloatPrinter = int (*)(float value, char* out);

// What PrintSparse() writes at most, given the same of a FloatPrinter.
std::size_t MaxPrintedBytes(std::size_t size, std::size_t float_bytes);

// Writes the text of a value without a terminator; returns its end.
char* PrintSparse(const SparseElements& elements, FloatPrinter print, char* out);

}  // namespace vec::types
