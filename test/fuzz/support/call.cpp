#include "call.hpp"

#include <cstdlib>

#include "stub.hpp"

#undef fprintf

namespace vec::fuzz {

namespace {

std::uint64_t digest;

void Digest(const void* bytes, std::size_t size) {
  constexpr std::uint64_t kPrime = 0x100000001B3;
  const auto* p = static_cast<const unsigned char*>(bytes);
  for (; size >= sizeof digest; size -= sizeof digest, p += sizeof digest) {
    std::uint64_t word;
    std::memcpy(&word, p, sizeof word);
    digest = (digest ^ word) * kPrime;
    digest ^= digest >> 32;
  }
  for (; size > 0; --size, ++p) digest = (digest ^ *p) * kPrime;
}

void DigestOutcome(const Outcome& outcome, Result result) {
  Digest(&outcome.sqlstate, sizeof outcome.sqlstate);
  if (!outcome.ok() || outcome.is_null) return;
  const char* const pointer = DatumGetPointer(outcome.value);
  switch (result) {
    case Result::kScalar:
      return Digest(&outcome.value, sizeof outcome.value);
    case Result::kVarlena:
      return Digest(pointer, VARSIZE_ANY(pointer));
    case Result::kText:
      return Digest(pointer, std::strlen(pointer));
  }
}

// In a function of its own, since what changes before a longjmp is lost after it.
Outcome CatchError(PGFunction entry, FunctionCallInfo fcinfo) {
  sigjmp_buf here;
  PG_exception_stack = &here;
  Outcome outcome;
  if (sigsetjmp(here, 0) == 0) {
    outcome.value = entry(fcinfo);
    outcome.is_null = fcinfo->isnull;
  } else {
    outcome.sqlstate = stub::TakeSqlState();
  }
  FUZZ_REQUIRE(PG_exception_stack == &here);
  FUZZ_REQUIRE(error_context_stack == nullptr);
  FUZZ_REQUIRE(std::uncaught_exceptions() == 0);
  return outcome;
}

bool IsAboutData(int sqlstate) {
  return sqlstate == ERRCODE_DATA_EXCEPTION || sqlstate == ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE ||
         sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

}  // namespace

void Fail(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: not true: %s\n", file, line, condition);
  std::abort();
}

Outcome Call(const Function& function, std::initializer_list<Datum> arguments) {
  constexpr short kMaxArguments = 3;
  LOCAL_FCINFO(fcinfo, kMaxArguments);
  const auto count = static_cast<short>(arguments.size());
  InitFunctionCallInfoData(*fcinfo, nullptr, count, InvalidOid, nullptr, nullptr);
  short n = 0;
  for (const Datum argument : arguments) fcinfo->args[n++] = {argument, false};

  const Outcome outcome = CatchError(function.entry, fcinfo);
  if (outcome.sqlstate == ERRCODE_OUT_OF_MEMORY && stub::HasFailed()) throw OutOfMemory();
  DigestOutcome(outcome, function.result);
  return outcome;
}

Outcome CallSafely(const Function& function, std::initializer_list<Datum> arguments) {
  const Outcome outcome = Call(function, arguments);
  FUZZ_REQUIRE(outcome.ok() || IsAboutData(outcome.sqlstate));
  return outcome;
}

std::uint64_t TakeDigest() { return std::exchange(digest, 0); }

}  // namespace vec::fuzz
