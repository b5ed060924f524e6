// Sparse values of the tests: from dense ones, so that results can be compared.
#pragma once

#include <vector>

#include "vector/base/random.hpp"
#include "vector/types/sparse_convert.hpp"

namespace vec::types {

// Owns the elements of a sparse value.
struct Sparse {
  explicit Sparse(std::vector<float> elements)
      : dense(std::move(elements)), indices(CountNonZero(dense)), values(indices.size()) {
    Compress(dense, indices, values);
  }

  // A conversion, so that a Sparse can be passed on as what it holds.
  operator SparseElements() const { return {dense.size(), indices, values}; }

  std::vector<float> dense;
  std::vector<std::int32_t> indices;
  std::vector<float> values;
};

// Small integers, where sums are exact; about one of `gap` is not 0.
inline Sparse RandomSparse(Random& random, std::size_t dims, std::size_t gap) {
  std::vector<float> dense(dims);
  for (float& value : dense) {
    if (random.Below(gap) == 0) value = static_cast<float>(random.Below(9)) - 4;
  }
  return Sparse(std::move(dense));
}

}  // namespace vec::types
