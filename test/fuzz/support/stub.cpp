#include "stub.hpp"

#include <cstdarg>
#include <cstdlib>
#include <vector>

#include "vector/pg/postgres.hpp"

#undef vsnprintf

namespace {

MemoryContextData the_context;
std::vector<void*> blocks;
std::uint8_t fill_byte;
int allocations_left = -1;
bool has_failed;
bool is_aggregate_call;

constexpr int kTextBytes = 512;  // enough to tell messages apart

struct CurrentError {
  bool is_active;
  int level;
  int sqlstate;
  char message[kTextBytes];
  char detail[kTextBytes];
  char hint[kTextBytes];
} current_error;

#define STUB_FORMAT(buffer, format)                        \
  do {                                                     \
    va_list arguments;                                     \
    va_start(arguments, format);                           \
    std::vsnprintf(buffer, kTextBytes, format, arguments); \
    va_end(arguments);                                     \
  } while (false)

// Whether this is the allocation that has to fail.
bool MustFail() {
  if (allocations_left < 0 || allocations_left-- > 0) return false;
  has_failed = true;
  return true;
}

void* AllocateOrFail(Size size, int flags) {
  const bool is_huge = (flags & MCXT_ALLOC_HUGE) != 0;
  if (!(is_huge ? AllocHugeSizeIsValid(size) : AllocSizeIsValid(size))) {
    elog(ERROR, "invalid memory alloc request size");
  }
  if (MustFail()) {
    if ((flags & MCXT_ALLOC_NO_OOM) != 0) return nullptr;
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
  }
  void* block = vec::fuzz::stub::Allocate(size);
  if ((flags & MCXT_ALLOC_ZERO) != 0) std::memset(block, 0, size);
  return block;
}

char* Copy(const char* text) {
  const std::size_t size = std::strlen(text) + 1;
  return static_cast<char*>(std::memcpy(vec::fuzz::stub::Allocate(size), text, size));
}

// The contents of a stored value, without its header.
struct Contents {
  const char* data;
  std::size_t size;
};

Contents ContentsOf(const varlena* value) {
  if (VARATT_IS_SHORT(value)) return {VARDATA_SHORT(value), VARSIZE_SHORT(value) - VARHDRSZ_SHORT};
  if (VARATT_IS_COMPRESSED(value)) {
    return {reinterpret_cast<const char*>(value) + VARHDRSZ_COMPRESSED,
            VARDATA_COMPRESSED_GET_EXTSIZE(value)};
  }
  return {VARDATA(value), VARSIZE(value) - VARHDRSZ};
}

varlena* PlainCopy(Contents contents) {
  auto* const copy = static_cast<varlena*>(palloc(contents.size + VARHDRSZ));
  SET_VARSIZE(copy, contents.size + VARHDRSZ);
  std::memcpy(VARDATA(copy), contents.data, contents.size);
  return copy;
}

}  // namespace

// Of servers with assertions; its arguments differ between versions.
[[noreturn]] void FailAssertion() __asm__("ExceptionalCondition");
void FailAssertion() { std::abort(); }

namespace vec::fuzz::stub {

void* Allocate(std::size_t bytes) {
  void* block = std::malloc(bytes);
  if (block == nullptr) std::abort();
  std::memset(block, fill_byte, bytes);
  blocks.push_back(block);
  return block;
}

void Reset() {
  for (void* block : blocks) std::free(block);
  blocks.clear();
}

void SetFill(std::uint8_t byte) { fill_byte = byte; }
void SetAggregate(bool is_aggregate) { is_aggregate_call = is_aggregate; }

void FailAllocationAfter(int count) {
  allocations_left = count;
  has_failed = false;
}

bool HasFailed() { return has_failed; }

int TakeSqlState() {
  if (!current_error.is_active) std::abort();
  current_error.is_active = false;
  return current_error.sqlstate;
}

}  // namespace vec::fuzz::stub

extern "C" {

// Memory.

MemoryContext CurrentMemoryContext = &the_context;
volatile sig_atomic_t InterruptPending = false;
void ProcessInterrupts(void) { std::abort(); }

void* palloc(Size size) { return AllocateOrFail(size, 0); }
void* palloc_extended(Size size, int flags) { return AllocateOrFail(size, flags); }
void* MemoryContextAllocExtended(MemoryContext, Size size, int flags) {
  return AllocateOrFail(size, flags);
}

void pfree(void* pointer) {
  const auto found = std::find(blocks.rbegin(), blocks.rend(), pointer);
  if (found == blocks.rend()) std::abort();
  std::free(pointer);
  *found = blocks.back();
  blocks.pop_back();
}

// Errors.

sigjmp_buf* PG_exception_stack = nullptr;
ErrorContextCallback* error_context_stack = nullptr;

bool errstart(int level, const char*) {
  // An ERROR while another is in flight would pile up in the server.
  if (current_error.is_active || level != ERROR) std::abort();
  current_error = {};
  current_error.is_active = true;
  current_error.level = level;
  current_error.sqlstate = ERRCODE_INTERNAL_ERROR;
  return true;
}
bool errstart_cold(int level, const char* domain) { return errstart(level, domain); }

int errcode(int sqlstate) {
  current_error.sqlstate = sqlstate;
  return 0;
}
int errmsg(const char* format, ...) {
  STUB_FORMAT(current_error.message, format);
  return 0;
}
int errmsg_internal(const char* format, ...) {
  STUB_FORMAT(current_error.message, format);
  return 0;
}
int errdetail_internal(const char* format, ...) {
  STUB_FORMAT(current_error.detail, format);
  return 0;
}
int errhint(const char* format, ...) {
  STUB_FORMAT(current_error.hint, format);
  return 0;
}

void errfinish(const char*, int, const char*) { siglongjmp(*PG_exception_stack, 1); }

ErrorData* CopyErrorData(void) {
  if (!current_error.is_active) std::abort();
  auto* const data = static_cast<ErrorData*>(vec::fuzz::stub::Allocate(sizeof(ErrorData)));
  *data = {};
  data->elevel = current_error.level;
  data->sqlerrcode = current_error.sqlstate;
  data->message = Copy(current_error.message);
  data->detail = Copy(current_error.detail);
  data->hint = Copy(current_error.hint);
  return data;
}

void FlushErrorState(void) { current_error.is_active = false; }

void ReThrowError(ErrorData* data) {
  errstart(data->elevel, nullptr);
  errcode(data->sqlerrcode);
  errmsg_internal("%s", data->message);
  siglongjmp(*PG_exception_stack, 1);
}

// Stored values.

varlena* pg_detoast_datum(varlena* value) {
  return VARATT_IS_EXTENDED(value) ? PlainCopy(ContentsOf(value)) : value;
}

varlena* pg_detoast_datum_slice(varlena* value, int32 first, int32 count) {
  Contents contents = ContentsOf(value);
  const std::size_t skipped = std::min(static_cast<std::size_t>(first), contents.size);
  contents.data += skipped;
  contents.size = std::min(static_cast<std::size_t>(count), contents.size - skipped);
  return PlainCopy(contents);
}

Size toast_raw_datum_size(Datum value) {
  return ContentsOf(reinterpret_cast<const varlena*>(DatumGetPointer(value))).size + VARHDRSZ;
}

// Messages.

const char* pq_getmsgbytes(StringInfo message, int size) {
  if (size < 0 || size > message->len - message->cursor) {
    ereport(ERROR,
            (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("insufficient data left in message")));
  }
  const char* const bytes = message->data + message->cursor;
  message->cursor += size;
  return bytes;
}

unsigned int pq_getmsgint(StringInfo message, int size) {
  const char* const bytes = pq_getmsgbytes(message, size);
  unsigned int value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

// Arrays.

int ArrayGetNItems(int dimensions, const int* sizes) {
  return dimensions == 0 ? 0 : std::accumulate(sizes, sizes + dimensions, 1, std::multiplies<>());
}

bool array_contains_nulls(ArrayType* array) {
  if (!ARR_HASNULL(array)) return false;
  const int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
  for (int i = 0; i < count; ++i) {
    if ((ARR_NULLBITMAP(array)[i / 8] & 1 << i % 8) == 0) return true;
  }
  return false;
}

void deconstruct_array(ArrayType* array, Oid type, int length, bool, char align, Datum** elements,
                       bool**, int* count) {
  if (array->elemtype != type) std::abort();
  *count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
  *elements = static_cast<Datum*>(palloc(sizeof(Datum) * static_cast<std::size_t>(*count)));
  const char* p = ARR_DATA_PTR(array);
  for (int i = 0; i < *count; ++i) {
    (*elements)[i] = PointerGetDatum(p);
    p = att_addlength_pointer(p, length, p);
    p = reinterpret_cast<const char*>(att_align_nominal(p, align));
  }
}

int32* ArrayGetIntegerTypmods(ArrayType* array, int* count) {
  if (ARR_ELEMTYPE(array) != CSTRINGOID || ARR_NDIM(array) != 1) {
    ereport(ERROR, (errcode(ERRCODE_ARRAY_ELEMENT_ERROR), errmsg("no array of type modifiers")));
  }
  Datum* elements;
  deconstruct_array(array, CSTRINGOID, -2, false, TYPALIGN_CHAR, &elements, nullptr, count);
  auto* const result =
      static_cast<int32*>(palloc(sizeof(int32) * static_cast<std::size_t>(*count)));
  for (int i = 0; i < *count; ++i) {
    const std::string_view text(DatumGetCString(elements[i]));
    const auto end = std::from_chars(text.begin(), text.end(), result[i]);
    if (end.ec != std::errc() || end.ptr != text.end()) {
      ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("not an integer")));
    }
  }
  pfree(elements);
  return result;
}

// Functions.

Datum numeric_float4(FunctionCallInfo fcinfo) {
  const Contents contents =
      ContentsOf(reinterpret_cast<const varlena*>(DatumGetPointer(PG_GETARG_DATUM(0))));
  double value;
  std::memcpy(&value, contents.data, sizeof value);
  if (std::isinf(static_cast<float>(value)) && !std::isinf(value)) {
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("out of range")));
  }
  return Float4GetDatum(static_cast<float>(value));
}

Datum DirectFunctionCall1Coll(PGFunction function, Oid collation, Datum argument) {
  LOCAL_FCINFO(fcinfo, 1);
  InitFunctionCallInfoData(*fcinfo, nullptr, 1, collation, nullptr, nullptr);
  fcinfo->args[0] = {argument, false};
  return function(fcinfo);
}

int AggCheckCallContext(FunctionCallInfo, MemoryContext*) {
  return is_aggregate_call ? AGG_CONTEXT_AGGREGATE : 0;
}

}  // extern "C"
