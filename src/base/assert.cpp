#include "vector/base/assert.hpp"

#ifdef VECTOR_ASSERTIONS

#include <cstdio>
#include <cstdlib>

namespace vec::internal {

void AssertionFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace vec::internal

#endif
