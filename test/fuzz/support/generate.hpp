// Values that a table could hold, damaged ones among them, from a fuzzer's bytes.
#pragma once

#include "values.hpp"

namespace vec::fuzz {

template <typename Layout>
struct Sample {
  Datum datum = 0;        // as it is stored
  bool is_valid = false;  // it has a value that could have been written
  // The value, where it is valid; a dense one has no indices.
  std::size_t dims = 0;
  std::vector<std::int32_t> indices;
  std::vector<float> values;
};

// A small number, one at a limit, or any bits.
double TakeNumber(Input& input);

// `count` elements: small numbers of one byte each, numbers as above, or any bits.
std::vector<float> TakeFloats(Input& input, std::size_t count);

// How many elements: around the widths of registers, or few.
std::size_t TakeCount(Input& input);

Storage TakeStorage(Input& input);

// A value, with that number of dimensions where one is given. Where it is damaged, any of
// its header, its length and its elements is wrong.
template <typename Layout>
Sample<Layout> TakeSample(Input& input, std::optional<std::size_t> dims = {});

}  // namespace vec::fuzz
