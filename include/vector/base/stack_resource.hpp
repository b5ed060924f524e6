// Memory from one block, as a stack: what is given back last but one stays taken until the
// block is used anew. For containers that grow to their size once and are kept; what the
// block cannot hold comes from another resource.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

namespace vec {

class StackResource final : public std::pmr::memory_resource {
 public:
  // The block may be empty. It and `upstream` outlive the object.
  StackResource(std::span<std::byte> block, std::pmr::memory_resource* upstream) noexcept
      : begin_(reinterpret_cast<std::uintptr_t>(block.data())),
        end_(begin_ + block.size()),
        top_(begin_),
        upstream_(upstream) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    // At least that of malloc(): bytes are read as what they hold.
    const std::size_t unit = std::max(alignment, alignof(std::max_align_t));
    const std::uintptr_t at = (top_ + unit - 1) / unit * unit;
    if (at > end_ || bytes > end_ - at) return upstream_->allocate(bytes, alignment);
    top_ = at + bytes;
    return reinterpret_cast<void*>(at);
  }

  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    const auto at = reinterpret_cast<std::uintptr_t>(p);
    if (at < begin_ || at >= end_) return upstream_->deallocate(p, bytes, alignment);
    if (at + bytes == top_) top_ = at;
  }

  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  std::uintptr_t begin_;
  std::uintptr_t end_;
  std::uintptr_t top_;
  std::pmr::memory_resource* upstream_;
};

}  // namespace vec
