#include "vector/types/wire.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace vec::types {
namespace {

TEST(Wire, PutsTheSignFirst) {
  std::byte bytes[4];
  WriteBigEndian<float>(std::vector<float>{-2}, bytes);
  EXPECT_EQ(bytes[0], std::byte{0xC0});
  EXPECT_EQ(bytes[3], std::byte{0});
}

TEST(Wire, ReadsWhatItWroteAtAnyAddress) {
  const std::vector<float> written{1.5f, -0.0f, 3e38f};
  std::vector<std::byte> bytes(13);
  std::vector<float> read(3);
  WriteBigEndian<float>(written, bytes.data() + 1);
  ReadBigEndian<float>(bytes.data() + 1, read);
  EXPECT_EQ(read, written);
}

}  // namespace
}  // namespace vec::types
