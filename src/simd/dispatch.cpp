// Chooses the table of kernels when the library is loaded.

#include "vector/simd/kernels.hpp"

#include "tables.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace vec::simd {

namespace {

// Valid before any initialiser has run.
constinit const Kernels* active = &internal::kBaselineKernels;

#if defined(__x86_64__)

// Not a name that __builtin_cpu_supports knows in every compiler. The operating
// system saves the registers if it does so for AVX.
bool SupportsF16c() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}

// Every set that the objects of the level are compiled with, see the Makefile.
bool SupportsAvx2() noexcept {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && SupportsF16c();
}

bool SupportsAvx512() noexcept {
  return SupportsAvx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

#endif

const Kernels* Best() noexcept {
  for (const Level level : {Level::kAvx512, Level::kAvx2}) {
    if (const Kernels* found = Find(level)) return found;
  }
  return &internal::kBaselineKernels;
}

[[maybe_unused]] const bool is_chosen = Select(std::nullopt);

}  // namespace

const Kernels& Active() noexcept { return *active; }

const Kernels* Find(Level level) noexcept {
  switch (level) {
    case Level::kBaseline:
      return &internal::kBaselineKernels;
#if defined(__x86_64__)
    case Level::kAvx2:
      return SupportsAvx2() ? &internal::kAvx2Kernels : nullptr;
    case Level::kAvx512:
      return SupportsAvx512() ? &internal::kAvx512Kernels : nullptr;
#endif
    default:
      return nullptr;
  }
}

bool Select(std::optional<Level> level) noexcept {
  const Kernels* chosen = level ? Find(*level) : Best();
  if (chosen == nullptr) return false;
  active = chosen;
  return true;
}

}  // namespace vec::simd
