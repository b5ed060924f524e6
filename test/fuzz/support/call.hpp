// Calls of SQL functions, and what is required of every one of them.
#pragma once

#include <initializer_list>

#include "vector/pg/postgres.hpp"

// Reports a finding: ends the process.
#define FUZZ_REQUIRE(condition) \
  ((condition) ? (void)0 : ::vec::fuzz::Fail(#condition, __FILE__, __LINE__))

namespace vec::fuzz {

[[noreturn]] void Fail(const char* condition, const char* file, int line);

enum class Result { kScalar, kVarlena, kText };

struct Function {
  PGFunction entry = nullptr;
  Result result = Result::kScalar;
};

struct Outcome {
  int sqlstate = 0;  // of the ERROR, if there was one
  bool is_null = false;
  Datum value = 0;

  bool ok() const { return sqlstate == 0; }
};

// Thrown where memory was made to run out: the rest of the run says nothing.
struct OutOfMemory {};

// Calls a function as PostgreSQL does. A finding where it leaves PostgreSQL's error
// handlers changed or returns something shorter than it claims.
Outcome Call(const Function& function, std::initializer_list<Datum> arguments);

// The same for a function that is given a damaged value: a finding where it raises
// anything but an ERROR about data.
Outcome CallSafely(const Function& function, std::initializer_list<Datum> arguments);

// Everything that functions have returned since the last time, as one number.
std::uint64_t TakeDigest();

}  // namespace vec::fuzz
