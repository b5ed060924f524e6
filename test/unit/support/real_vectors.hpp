// Real vectors for tests, where VECTOR_TEST_DATA names a folder that has them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace vec::test {

// The first rows of a .bvecs file (int32 dimensions, then bytes), each row as floats; none
// where there is no such file.
inline std::vector<std::vector<float>> ReadByteVectors(const std::string& name, std::size_t count) {
  std::vector<std::vector<float>> rows;
  const char* folder = std::getenv("VECTOR_TEST_DATA");
  if (folder == nullptr) return rows;
  std::ifstream file(std::string(folder) + "/" + name, std::ios::binary);
  std::int32_t dims = 0;
  while (rows.size() < count && file.read(reinterpret_cast<char*>(&dims), sizeof dims)) {
    std::vector<unsigned char> bytes(static_cast<std::size_t>(dims));
    if (!file.read(reinterpret_cast<char*>(bytes.data()), dims)) break;
    rows.emplace_back(bytes.begin(), bytes.end());
  }
  return rows;
}

}  // namespace vec::test
