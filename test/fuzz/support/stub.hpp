// The functions of PostgreSQL that src/sql uses, with the server's own headers.
//
// Memory contexts are one list of malloc'd blocks, each exactly as long as asked for,
// so that the AddressSanitizer sees every overrun. ERRORs take the same way as in the
// server: a siglongjmp() to PG_exception_stack. Storage is simulated as far as our code
// can tell: short headers as they are, compression that does not compress, numbers of
// the type numeric that hold a double.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vec::fuzz::stub {

// A block that lives until Reset(); unlike palloc() it never fails.
void* Allocate(std::size_t bytes);

// Frees everything that was allocated since the last time.
void Reset();

// What uninitialised memory is filled with.
void SetFill(std::uint8_t byte);

// Lets one palloc() of the tested code fail, the one after `count` others; -1: none.
void FailAllocationAfter(int count);

// Whether it has.
bool HasFailed();

// What AggCheckCallContext() answers: whether a state belongs to the function.
void SetAggregate(bool is_aggregate);

// The SQLSTATE of the last ERROR, which is thereby done with.
int TakeSqlState();

}  // namespace vec::fuzz::stub
