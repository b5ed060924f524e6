// Checks of what the program itself promises; never of input.
//
// Active in unit tests and where PostgreSQL was built with assertions; a failed
// check ends the process, as PostgreSQL's own Assert does.
#pragma once

#ifdef VECTOR_ASSERTIONS

#include <cstdio>
#include <cstdlib>

namespace vec::internal {
[[noreturn]] inline void AssertionFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}
}  // namespace vec::internal

#define VECTOR_ASSERT(condition) \
  ((condition) ? (void)0 : ::vec::internal::AssertionFailed(#condition, __FILE__, __LINE__))

#else
#define VECTOR_ASSERT(condition) ((void)0)
#endif
