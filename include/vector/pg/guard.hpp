// Crossing the border between PostgreSQL and C++.
//
// PostgreSQL reports errors with siglongjmp(), which runs no destructors.
// C++ reports errors with exceptions, which must not reach C frames.
//
//   Guard(f)  entry: runs C++ on behalf of PostgreSQL; exceptions become ERRORs.
//   Call(f)   exit: runs PostgreSQL on behalf of C++; ERRORs become PgError.
//
// Guard must be the outermost C++ frame. Call must sit deeper in the stack than
// every object whose destructor has to run. A PgError is never swallowed: only
// the abort of the transaction releases what PostgreSQL held.
#pragma once

#include "vector/base/error.hpp"
#include "vector/pg/compat.hpp"

namespace vec::pg {

// A PostgreSQL ERROR in flight as a C++ exception. The error data lives in the
// memory context that was current at the Call; Guard rethrows it unchanged.
class PgError final : public std::exception {
 public:
  explicit PgError(ErrorData* data) noexcept : data_(data) {}
  const char* what() const noexcept override { return data_->message; }
  ErrorData* data() const noexcept { return data_; }

 private:
  ErrorData* data_;
};

namespace internal {

// What Guard must report after the catch block has ended. Plain data only: the
// frame that raises the ERROR is skipped by siglongjmp(). Texts are palloc'd.
struct PendingError {
  ErrorData* data = nullptr;
  int sqlstate = ERRCODE_INTERNAL_ERROR;
  const char* message = "";
  const char* detail = nullptr;
  const char* hint = nullptr;
};

// PostgreSQL's error handler chain, put back on every way out of a scope.
class ErrorHandlerScope {
 public:
  ErrorHandlerScope() noexcept : stack_(PG_exception_stack), callbacks_(error_context_stack) {}
  ~ErrorHandlerScope() {
    PG_exception_stack = stack_;
    error_context_stack = callbacks_;
  }
  ErrorHandlerScope(const ErrorHandlerScope&) = delete;
  ErrorHandlerScope& operator=(const ErrorHandlerScope&) = delete;

 private:
  sigjmp_buf* stack_;
  ErrorContextCallback* callbacks_;
};

// Translates the exception being handled. Never throws.
void DescribeCurrentException(PendingError& error) noexcept;

// Raises the ERROR. Runs with no live C++ object and no exception in flight.
[[noreturn]] void Raise(const PendingError& error);

// Takes the current ERROR out of PostgreSQL's error stack and throws it.
[[noreturn]] void ThrowPgError(MemoryContext context);

}  // namespace internal

template <typename F>
auto Guard(F&& f) -> std::invoke_result_t<F&> {
  internal::PendingError error;
  {
    internal::ErrorHandlerScope saved;  // a throw may have left somebody's PG_TRY
    try {
      return f();
    } catch (...) {
      internal::DescribeCurrentException(error);
    }
  }
  internal::Raise(error);
}

template <typename F>
auto Call(F&& f) -> std::invoke_result_t<F&> {
  const MemoryContext context = CurrentMemoryContext;
  {
    internal::ErrorHandlerScope saved;
    sigjmp_buf here;
    if (sigsetjmp(here, 0) == 0) {
      PG_exception_stack = &here;
      return f();
    }
  }
  internal::ThrowPgError(context);
}

// CHECK_FOR_INTERRUPTS() for frames that own C++ objects: one load and a
// predicted branch until a cancel arrives, then an exception.
inline void CheckInterrupts() {
  if (unlikely(InterruptPending)) Call([] { CHECK_FOR_INTERRUPTS(); });
}

// True while the stack unwinds past an object built when `at_entry` exceptions
// were in flight. Buffers, locks and the like release nothing then: the error
// reaches Guard, and the abort releases them (an LWLock released while
// unwinding would leave interrupts held off for good).
inline bool Unwinding(int at_entry) noexcept { return std::uncaught_exceptions() > at_entry; }

}  // namespace vec::pg
