// Functions that fail in every way there is, for test/sql/border.sql. Not a part
// of the extension: the test loads this module by its path.
#include "vector/pg/guard.hpp"
#include "vector/pg/memory.hpp"

#include <unistd.h>

extern "C" {
PG_MODULE_MAGIC;
}

namespace vec::pg {
namespace {

// Counts live objects: shows which destructors have run.
struct Tracer {
  static inline int live = 0;
  Tracer() noexcept { ++live; }
  ~Tracer() { --live; }
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
};

// A share lock on the first page of a table, held as all RAII holders of server
// resources must hold them: an error that passes leaves the release to the abort.
class PageLock {
 public:
  explicit PageLock(Oid table) {
    Call([&] {
      relation_ = table_open(table, AccessShareLock);
      buffer_ = ReadBuffer(relation_, 0);
      LockBuffer(buffer_, BUFFER_LOCK_SHARE);
    });
  }
  ~PageLock() {
    if (Unwinding(exceptions_)) return;
    UnlockReleaseBuffer(buffer_);
    table_close(relation_, AccessShareLock);
  }
  PageLock(const PageLock&) = delete;
  PageLock& operator=(const PageLock&) = delete;

 private:
  const int exceptions_ = std::uncaught_exceptions();
  Relation relation_ = nullptr;
  Buffer buffer_ = InvalidBuffer;
};

void RaiseInner() {
  ereport(ERROR, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("raised by the server"),
                  errdetail("Detail of the server."), errhint("Hint of the server.")));
}

[[noreturn]] void Throw(ErrorKind kind) {
  throw Error(kind, "message of 100% %s", "Detail of 100% %s.", "Hint of 100% %s.");
}

// An exception that leaves Call, then an ERROR: the handlers must be in order.
void ThrowThroughCall() {
  try {
    Call([] { throw std::logic_error("not seen"); });
  } catch (const std::logic_error&) {
    Call(RaiseInner);
  }
}

// After a failed Call the memory context is the one that was current before it.
void RaiseInOtherContext() {
  const MemoryContext before = CurrentMemoryContext;
  try {
    Call([] {
      MemoryContextSwitchTo(TopMemoryContext);
      RaiseInner();
    });
  } catch (const PgError&) {
    if (CurrentMemoryContext != before) throw std::logic_error("in another memory context");
    throw;
  }
}

[[noreturn]] void Spin() {
  for (;;) CheckInterrupts();
}

void AllocateTooMuch(std::size_t bytes, std::size_t alignment) {
  ContextResource memory(CurrentMemoryContext);
  memory.deallocate(memory.allocate(bytes, alignment), bytes, alignment);
}

struct Failure {
  std::string_view name;
  void (*fail)();
};

constexpr Failure kFailures[] = {
    {"invalid value", [] { Throw(ErrorKind::kInvalidValue); }},
    {"syntax", [] { Throw(ErrorKind::kSyntax); }},
    {"out of range", [] { Throw(ErrorKind::kOutOfRange); }},
    {"null value", [] { Throw(ErrorKind::kNullValue); }},
    {"parameter", [] { Throw(ErrorKind::kParameter); }},
    {"limit", [] { Throw(ErrorKind::kLimit); }},
    {"not supported", [] { Throw(ErrorKind::kNotSupported); }},
    {"corrupted", [] { Throw(ErrorKind::kCorrupted); }},
    {"internal", [] { Throw(ErrorKind::kInternal); }},
    {"message only", [] { throw Error(ErrorKind::kInternal, "nothing but a message"); }},
    {"long message", [] { throw Error(ErrorKind::kInternal, std::string(1 << 20, 'x')); }},
    {"bad_alloc", [] { throw std::bad_alloc(); }},
    {"std", [] { throw std::runtime_error("a standard exception"); }},
    {"int", [] { throw 42; }},
    {"server", [] { Call(RaiseInner); }},
    {"through call", ThrowThroughCall},
    {"other context", RaiseInOtherContext},
    {"spin", Spin},
    {"absurd size", [] { AllocateTooMuch(SIZE_MAX / 4, 8); }},
    {"size that wraps", [] { AllocateTooMuch(SIZE_MAX - 8, 64); }},
    {"none", [] {}},
};

void Fail(std::string_view name) {
  const Tracer tracer;
  for (const Failure& failure : kFailures) {
    if (failure.name == name) return failure.fail();
  }
  throw Error(ErrorKind::kParameter, "no such failure: " + std::string(name));
}

}  // namespace
}  // namespace vec::pg

using vec::pg::Call;
using vec::pg::Guard;
using vec::pg::Tracer;

// border_fail(name text)
VECTOR_FUNCTION(border_fail) {
  return Guard([&]() -> Datum {
    const char* name = Call([&] { return text_to_cstring(PG_GETARG_TEXT_PP(0)); });
    vec::pg::Fail(name);
    PG_RETURN_VOID();
  });
}

// border_nest(depth integer, name text): C++ that calls the server that calls C++.
VECTOR_FUNCTION(border_nest) {
  return Guard([&]() -> Datum {
    const Tracer tracer;
    const int depth = PG_GETARG_INT32(0);
    const Datum name = PG_GETARG_DATUM(1);
    return Call([&] {
      if (depth == 0) return DirectFunctionCall1(border_fail, name);
      return DirectFunctionCall2(border_nest, Int32GetDatum(depth - 1), name);
    });
  });
}

// border_under_lock(table regclass, name text)
VECTOR_FUNCTION(border_under_lock) {
  return Guard([&]() -> Datum {
    const char* name = Call([&] { return text_to_cstring(PG_GETARG_TEXT_PP(1)); });
    const vec::pg::PageLock lock(PG_GETARG_OID(0));
    vec::pg::Fail(name);
    PG_RETURN_VOID();
  });
}

// border_aligned(alignment integer) -> boolean
VECTOR_FUNCTION(border_aligned) {
  return Guard([&]() -> Datum {
    const std::size_t alignment = static_cast<std::size_t>(PG_GETARG_INT32(0));
    vec::pg::ContextResource memory(CurrentMemoryContext);
    bool aligned = true;
    for (const std::size_t bytes : {0, 1, 100, 8192, 1 << 20}) {
      void* p = memory.allocate(bytes, alignment);
      std::memset(p, 1, bytes);
      aligned = aligned && reinterpret_cast<std::uintptr_t>(p) % alignment == 0;
      memory.deallocate(p, bytes, alignment);
    }
    PG_RETURN_BOOL(aligned);
  });
}

// border_allocated(megabytes integer) -> integer: the capacity of a C++ container
VECTOR_FUNCTION(border_allocated) {
  return Guard([&]() -> Datum {
    vec::pg::ContextResource memory(CurrentMemoryContext);
    std::pmr::vector<char> bytes(&memory);
    bytes.reserve(static_cast<std::size_t>(PG_GETARG_INT32(0)) << 20);
    PG_RETURN_INT32(static_cast<int>(bytes.capacity() >> 20));
  });
}

// border_live() -> integer: how many objects have not been destroyed
VECTOR_FUNCTION(border_live) { PG_RETURN_INT32(Tracer::live); }

// border_holdoff() -> bigint: 0 as long as this session can be cancelled
VECTOR_FUNCTION(border_holdoff) { PG_RETURN_INT64(InterruptHoldoffCount); }

// border_resident() -> bigint: resident memory in bytes, 0 where it is unknown or, as with
// AddressSanitizer, has what was freed
VECTOR_FUNCTION(border_resident) {
#ifdef __SANITIZE_ADDRESS__
  PG_RETURN_INT64(0);
#else
  long long size = 0;
  long long resident = 0;
  FILE* file = std::fopen("/proc/self/statm", "r");
  if (file != nullptr) {
    if (std::fscanf(file, "%lld %lld", &size, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  PG_RETURN_INT64(resident * sysconf(_SC_PAGESIZE));
#endif
}
