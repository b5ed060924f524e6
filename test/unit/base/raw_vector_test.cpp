#include "vector/base/raw_vector.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <new>

namespace vec {
namespace {

TEST(RawVector, KeepsWhatItHoldsAsItGrows) {
  RawVector<int> numbers(std::pmr::get_default_resource());
  int next = 0;
  for (std::size_t count = 0; count < 100; ++count) {
    for (int& number : numbers.Extend(count)) number = next++;
  }
  ASSERT_EQ(numbers.size(), static_cast<std::size_t>(next));
  for (int i = 0; i < next; ++i) ASSERT_EQ(numbers.data()[i], i);
  const int* data = numbers.data();
  numbers.clear();
  EXPECT_EQ(numbers.size(), 0u);
  EXPECT_EQ(numbers.Extend(100).data(), data);
}

TEST(RawVector, ReservesOnce) {
  RawVector<std::byte> bytes(std::pmr::get_default_resource());
  bytes.reserve(1000);
  const std::byte* data = bytes.data();
  for (int i = 0; i < 1000; ++i) bytes.Extend(1).front() = std::byte{7};
  EXPECT_EQ(bytes.data(), data);
}

TEST(RawVector, ThrowsWhereThereIsNoMemory) {
  RawVector<double> values(std::pmr::null_memory_resource());
  EXPECT_THROW((void)values.Extend(1), std::bad_alloc);
  EXPECT_EQ(values.size(), 0u);
  RawVector<double> more(std::pmr::get_default_resource());
  EXPECT_THROW(more.reserve(std::numeric_limits<std::size_t>::max() / 4), std::bad_alloc);
}

}  // namespace
}  // namespace vec
