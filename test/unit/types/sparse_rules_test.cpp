#include "vector/types/sparse_rules.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

using Indices = std::vector<std::int32_t>;
using Floats = std::vector<float>;

TEST(SparseRules, LimitDimensions) {
  CheckSparseDimensions(1);
  CheckSparseDimensions(1'000'000'000);
  for (const std::int64_t dims : {0, -1}) {
    ExpectError([=] { CheckSparseDimensions(dims); }, ErrorKind::kInvalidValue,
                "sparsevec must have at least 1 dimension");
  }
  ExpectError([] { CheckSparseDimensions(1'000'000'001); }, ErrorKind::kLimit,
              "sparsevec cannot have more than 1000000000 dimensions");
}

TEST(SparseRules, LimitElements) {
  CheckSparseSize(0, 1);
  CheckSparseSize(16000, 16000);
  ExpectError([] { CheckSparseSize(-1, 1); }, ErrorKind::kInvalidValue,
              "sparsevec cannot have negative number of elements");
  ExpectError([] { CheckSparseSize(16001, 1); }, ErrorKind::kLimit,
              "sparsevec cannot have more than 16000 non-zero elements");
  ExpectError([] { CheckSparseSize(2, 1); }, ErrorKind::kLimit,
              "sparsevec cannot have more elements than dimensions");
}

TEST(SparseRules, WantIndicesBelowTheDimensions) {
  CheckIndices({}, 1);
  CheckIndices(Indices{0, 1, 4}, 5);
  for (const Indices& indices : {Indices{-1}, Indices{5}, Indices{0, 5}, Indices{2, -1}}) {
    ExpectError([&] { CheckIndices(indices, 5); }, ErrorKind::kInvalidValue,
                "sparsevec index out of bounds");
  }
}

TEST(SparseRules, WantAscendingIndices) {
  ExpectError(
      [] {
        CheckIndices(Indices{1, 1}, 5);
      },
      ErrorKind::kInvalidValue, "sparsevec indices must not contain duplicates");
  ExpectError(
      [] {
        CheckIndices(Indices{1, 0}, 5);
      },
      ErrorKind::kInvalidValue, "sparsevec indices must be in ascending order");
}

TEST(SparseRules, WantReceivedValuesFiniteAndNotZero) {
  CheckReceivedValues(Floats{1, -1e-45f});
  ExpectError(
      [] {
        CheckReceivedValues(Floats{1, NAN, 0});
      },
      ErrorKind::kInvalidValue, "NaN not allowed in sparsevec");
  ExpectError([] { CheckReceivedValues(Floats{-INFINITY}); }, ErrorKind::kInvalidValue,
              "infinite value not allowed in sparsevec");
  for (const float zero : {0.0f, -0.0f}) {
    ExpectError(
        [=] {
          CheckReceivedValues(Floats{zero, NAN});
        },
        ErrorKind::kInvalidValue, "binary representation of sparsevec cannot contain zero values");
  }
}

}  // namespace
}  // namespace vec::types
