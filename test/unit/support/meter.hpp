// Counts what is taken of memory at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory_resource>

namespace vec::test {

class Meter final : public std::pmr::memory_resource {
 public:
  std::size_t most() const { return most_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    most_ = std::max(most_, taken_ += bytes);
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    taken_ -= bytes;
    std::pmr::new_delete_resource()->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::size_t taken_ = 0;
  std::size_t most_ = 0;
};

}  // namespace vec::test
