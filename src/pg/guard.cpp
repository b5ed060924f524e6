#include "vector/pg/guard.hpp"

namespace vec::pg::internal {

namespace {

int SqlState(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kInvalidValue:
      return ERRCODE_DATA_EXCEPTION;
    case ErrorKind::kSyntax:
      return ERRCODE_INVALID_TEXT_REPRESENTATION;
    case ErrorKind::kOutOfRange:
      return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
    case ErrorKind::kNullValue:
      return ERRCODE_NULL_VALUE_NOT_ALLOWED;
    case ErrorKind::kParameter:
      return ERRCODE_INVALID_PARAMETER_VALUE;
    case ErrorKind::kLimit:
      return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    case ErrorKind::kNotSupported:
      return ERRCODE_FEATURE_NOT_SUPPORTED;
    case ErrorKind::kCorrupted:
      return ERRCODE_INDEX_CORRUPTED;
    case ErrorKind::kInternal:
      return ERRCODE_INTERNAL_ERROR;
  }
  return ERRCODE_INTERNAL_ERROR;
}

// A palloc'd copy; a fixed text where even that fails.
const char* Keep(const char* text) noexcept {
  const std::size_t size = std::strlen(text) + 1;
  if (!AllocSizeIsValid(size)) return "error message is too long";
  void* copy = MemoryContextAllocExtended(CurrentMemoryContext, size, MCXT_ALLOC_NO_OOM);
  if (copy == nullptr) return "out of memory";
  return static_cast<const char*>(std::memcpy(copy, text, size));
}

}  // namespace

void DescribeCurrentException(PendingError& error) noexcept {
  try {
    throw;
  } catch (const PgError& e) {
    error.data = e.data();
  } catch (const Error& e) {
    error.sqlstate = SqlState(e.kind());
    error.message = Keep(e.what());
    if (!e.detail().empty()) error.detail = Keep(e.detail().c_str());
    if (!e.hint().empty()) error.hint = Keep(e.hint().c_str());
  } catch (const std::bad_alloc&) {
    error.sqlstate = ERRCODE_OUT_OF_MEMORY;
    error.message = "out of memory";
  } catch (const std::exception& e) {
    error.message = Keep(e.what());
  } catch (...) {
    error.message = "unknown C++ exception";
  }
}

void Raise(const PendingError& error) {
  if (error.data != nullptr) ReThrowError(error.data);
  ereport(ERROR, (errcode(error.sqlstate), errmsg_internal("%s", error.message),
                  error.detail != nullptr ? errdetail_internal("%s", error.detail) : 0,
                  error.hint != nullptr ? errhint("%s", error.hint) : 0));
  pg_unreachable();
}

void ThrowPgError(MemoryContext context) {
  MemoryContextSwitchTo(context);
  ErrorData* data = CopyErrorData();
  FlushErrorState();
  throw PgError(data);
}

}  // namespace vec::pg::internal
