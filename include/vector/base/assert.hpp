// Checks of what the program itself promises; never of input.
//
// Active in unit tests and where PostgreSQL was built with assertions; a failed
// check ends the process, as PostgreSQL's own Assert does.
#pragma once

#ifdef VECTOR_ASSERTIONS

namespace vec::internal {

// Says which check failed where, and aborts.
[[noreturn]] void AssertionFailed(const char* condition, const char* file, int line);

}  // namespace vec::internal

#define VECTOR_ASSERT(condition) \
  ((condition) ? (void)0 : ::vec::internal::AssertionFailed(#condition, __FILE__, __LINE__))

#else
#define VECTOR_ASSERT(condition) ((void)0)
#endif
