// What libFuzzer calls: runs a target on one input, with clean memory.
//
// The first byte of an input may let an allocation fail. One input of 32 runs twice,
// with another filling of fresh memory: what a function returns may not depend on it.
#include "call.hpp"
#include "input.hpp"
#include "stub.hpp"

namespace vec::fuzz {

namespace {

std::uint64_t RunWith(std::span<const std::uint8_t> bytes, std::uint8_t fill) {
  constexpr int kFirstFailing = 240;
  Input input(bytes);
  const int failing = input.Take<std::uint8_t>();
  stub::SetFill(fill);
  stub::SetAggregate(false);
  stub::FailAllocationAfter(failing < kFirstFailing ? -1 : failing - kFirstFailing);
  try {
    Run(input);
  } catch (const OutOfMemory&) {
  }
  stub::Reset();
  return TakeDigest();
}

}  // namespace

}  // namespace vec::fuzz

extern "C" {

// For speed: freed memory of the last inputs is enough, stacks of allocations are not needed
// until there is a finding.
const char* __asan_default_options() {
  return "quarantine_size_mb=4:malloc_context_size=1:detect_stack_use_after_return=0";
}

int LLVMFuzzerInitialize(int*, char***) {
  vec::fuzz::CheckLimits();
  vec::fuzz::stub::Reset();
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static unsigned runs = 0;
  const std::uint64_t digest = vec::fuzz::RunWith({data, size}, 0x55);
  if (++runs % 32 == 0) FUZZ_REQUIRE(vec::fuzz::RunWith({data, size}, 0xAA) == digest);
  return 0;
}
}
