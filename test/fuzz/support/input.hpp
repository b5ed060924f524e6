// What a fuzzer's bytes are read as. Past the end everything is 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>

namespace vec::fuzz {

class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    T value{};
    const std::size_t size = std::min(sizeof value, bytes_.size());
    if (size != 0) std::memcpy(&value, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
    return value;
  }

  unsigned TakeBelow(unsigned end) { return Take<std::uint8_t>() % end; }
  bool is_empty() const { return bytes_.empty(); }
  bool TakeBool() { return (Take<std::uint8_t>() & 1) != 0; }

  std::span<const std::uint8_t> TakeRest() { return std::exchange(bytes_, {}); }

  // The rest up to the first zero byte.
  std::string TakeText() {
    const auto rest = TakeRest();
    return {rest.begin(), std::ranges::find(rest, 0)};
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

// Runs the target once. Defined by each target.
void Run(Input& input);

// What is checked once, before any input: lengths that fuzzing would take too long with.
void CheckLimits();

}  // namespace vec::fuzz
