// A vector of plain values that grows without writing them first: std::pmr::vector sets and
// moves each by itself, which costs more than reading the pages that they come from. Its
// storage is aligned to a cache line.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <new>
#include <span>
#include <type_traits>

namespace vec {

template <typename T>
class RawVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit RawVector(std::pmr::memory_resource* memory) : memory_(memory) {}
  RawVector(const RawVector&) = delete;
  RawVector& operator=(const RawVector&) = delete;
  ~RawVector() { Release(); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }

  void clear() { size_ = 0; }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    if (capacity > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    auto* grown = static_cast<T*>(memory_->allocate(capacity * sizeof(T), kAlignment));
    if (size_ > 0) std::memcpy(grown, data_, size_ * sizeof(T));
    Release();
    data_ = grown;
    capacity_ = capacity;
  }

  // So many more at the end, of any value. Valid until it grows again.
  std::span<T> Extend(std::size_t count) {
    if (count > capacity_ - size_) reserve(std::max(size_ + count, 2 * capacity_));
    size_ += count;
    return {data_ + size_ - count, count};
  }

 private:
  static constexpr std::size_t kAlignment = 64;

  void Release() {
    if (data_ != nullptr) memory_->deallocate(data_, capacity_ * sizeof(T), kAlignment);
  }

  std::pmr::memory_resource* memory_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace vec
