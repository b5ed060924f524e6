// Memory that outlives statements.
#pragma once

#include "vector/pg/postgres.hpp"

namespace vec::pg {

// A block that a backend keeps from one statement to the next, so that statements of one row
// need not fetch and return hundreds of pages each. It has one user at a time, until
// `context` is reset or deleted; others get an empty span.
std::span<std::byte> TakeKeptBlock(MemoryContext context);

}  // namespace vec::pg
