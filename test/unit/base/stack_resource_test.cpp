#include "vector/base/stack_resource.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace vec {
namespace {

class CountingResource final : public std::pmr::memory_resource {
 public:
  int blocks = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++blocks;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    --blocks;
    std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

TEST(StackResource, TakesFromTheBlockThenFromElsewhere) {
  alignas(64) std::array<std::byte, 256> block;
  CountingResource upstream;
  StackResource stack(block, &upstream);
  void* a = stack.allocate(3, 1);
  void* b = stack.allocate(64, 64);
  EXPECT_EQ(a, block.data());
  EXPECT_EQ(b, block.data() + 64);
  void* c = stack.allocate(129, 1);
  EXPECT_EQ(upstream.blocks, 1);
  void* d = stack.allocate(128, 1);
  EXPECT_EQ(d, block.data() + 128);
  stack.deallocate(c, 129, 1);
  EXPECT_EQ(upstream.blocks, 0);
  stack.deallocate(d, 128, 1);
  EXPECT_EQ(stack.allocate(8, 8), d);  // given back last: free again
  stack.deallocate(b, 64, 64);
  EXPECT_EQ(stack.allocate(8, 8),
            static_cast<std::byte*>(d) + alignof(std::max_align_t));  // not last: stays taken
}

TEST(StackResource, HoldsContainersThatGrow) {
  std::vector<std::byte> block(1 << 12);
  CountingResource upstream;
  StackResource stack(block, &upstream);
  std::pmr::vector<int> numbers(&stack);
  for (int i = 0; i < 10000; ++i) numbers.push_back(i);
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(numbers[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(upstream.blocks, 1);
}

TEST(StackResource, AnEmptyBlockIsFine) {
  CountingResource upstream;
  StackResource stack({}, &upstream);
  void* a = stack.allocate(8, 8);
  EXPECT_EQ(upstream.blocks, 1);
  stack.deallocate(a, 8, 8);
  EXPECT_EQ(upstream.blocks, 0);
}

}  // namespace
}  // namespace vec
