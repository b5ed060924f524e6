// The second code of a row, in the row page beside the vector (layout.hpp).
#pragma once

#include <algorithm>
#include <cstring>

#include "vector/ivf/code_page.hpp"

namespace vec::ivf {

struct SecondCode {
  quantize::GridFactors factors;
  std::span<const std::uint8_t> code;
};

// REQUIRES for both: HasSecondStage(meta); `row` is StoredBytes() long.
inline SecondCode ReadSecondCode(const Meta& meta, const std::byte* row) {
  const std::byte* at = row + SecondOffset(meta);
  SecondCode second;
  std::memcpy(&second.factors, at, sizeof second.factors);
  second.code = {reinterpret_cast<const std::uint8_t*>(at + sizeof second.factors),
                 SecondBytes(meta.dims) - sizeof second.factors};
  return second;
}

inline void WriteSecondCode(const Meta& meta, const EncodedRow& encoded, std::byte* row) {
  std::byte* at = row + SecondOffset(meta);
  std::memcpy(at, &encoded.second_factors, sizeof encoded.second_factors);
  std::memcpy(at + sizeof encoded.second_factors, encoded.second_code.data(),
              encoded.second_code.size());
}

// Makes a row for a row page out of a vector as it is stored, RowBytes() long, and its
// codes. out.size() == StoredBytes().
inline void WriteLongRow(const Meta& meta, std::span<const std::byte> vector,
                         const EncodedRow& encoded, std::span<std::byte> out) {
  std::fill(std::copy(vector.begin(), vector.end(), out.begin()), out.end(), std::byte{0});
  WriteSecondCode(meta, encoded, out.data());
}

}  // namespace vec::ivf
