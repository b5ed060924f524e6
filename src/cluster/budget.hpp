// Memory of a training within a fixed number of bytes.
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>

namespace vec::cluster {

class Budget final : public std::pmr::memory_resource {
 public:
  Budget(std::pmr::memory_resource* upstream, std::size_t bytes)
      : upstream_(upstream), left_(bytes) {}

  std::size_t Left() const { return left_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (bytes > left_) throw std::bad_alloc();
    void* block = upstream_->allocate(bytes, alignment);
    left_ -= bytes;
    return block;
  }

  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override {
    upstream_->deallocate(block, bytes, alignment);
    left_ += bytes;
  }

  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::pmr::memory_resource* upstream_;
  std::size_t left_;
};

}  // namespace vec::cluster
