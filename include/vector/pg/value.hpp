// SQL arguments and results, seen as spans.
//
// An argument is used where it lies unless PostgreSQL stored it compressed, out of
// line or with a short header; only then is it copied. A `Layout` is a type such as
// types::Vector: a header that begins with the varlena length, knows dims(),
// elements(), the SizeOf() so many elements, and kTypeName.
#pragma once

#include "vector/pg/guard.hpp"
#include "vector/types/dimensions.hpp"
#include "vector/types/sparse_vector.hpp"
#include "vector/types/vector.hpp"

namespace vec::pg {

namespace internal {

// A plain copy of an extended varlena.
varlena* Detoast(varlena* value);

[[noreturn]] void ThrowDamaged(std::string_view type, std::size_t size, std::size_t bytes);

}  // namespace internal

// Uninitialised bytes with the length word set, palloc'd. Throws std::bad_alloc.
varlena* NewVarlena(std::size_t bytes);

// The plain form of a varlena; palloc'd in the current context where that is a copy.
inline varlena* Plain(Datum datum) {
  auto* value = reinterpret_cast<varlena*>(DatumGetPointer(datum));
  return unlikely(VARATT_IS_EXTENDED(value)) ? internal::Detoast(value) : value;
}

// The elements of a value: a span, or what a sparse value has instead.
template <typename Layout>
using Elements = decltype(std::declval<const Layout&>().elements());

// Throws where the length and the elements of a value contradict each other:
// whatever is wrong with it, its elements can be read safely afterwards.
template <typename Layout>
const Layout& CheckedLayout(const varlena* value) {
  const auto& result = *reinterpret_cast<const Layout*>(value);
  const std::size_t bytes = VARSIZE(value);
  const std::size_t size = likely(bytes >= sizeof(Layout)) ? result.elements().size() : 0;
  if (unlikely(bytes != Layout::SizeOf(size))) {
    internal::ThrowDamaged(Layout::kTypeName, size, bytes);
  }
  return result;
}

template <typename Layout>
Elements<Layout> Argument(FunctionCallInfo fcinfo, int n) {
  return CheckedLayout<Layout>(Plain(PG_GETARG_DATUM(n))).elements();
}

// The first two arguments, of equal dimensions.
template <typename Layout>
struct ArgumentPair {
  Elements<Layout> a;
  Elements<Layout> b;

  explicit ArgumentPair(FunctionCallInfo fcinfo)
      : a(Argument<Layout>(fcinfo, 0)), b(Argument<Layout>(fcinfo, 1)) {
    types::CheckSameDimensions(DimensionsOf(a), DimensionsOf(b), Layout::kTypeName);
  }

 private:
  static std::size_t DimensionsOf(const types::SparseElements& elements) { return elements.dims; }
  template <typename Element>
  static std::size_t DimensionsOf(std::span<Element> elements) {
    return elements.size();
  }
};

// An argument whose copy, if one was needed, is freed at once: for the functions
// of a btree, which a sort calls many times in one memory context.
template <typename Layout>
class ScopedArgument {
 public:
  ScopedArgument(FunctionCallInfo fcinfo, int n)
      : original_(DatumGetPointer(PG_GETARG_DATUM(n))), value_(Plain(PG_GETARG_DATUM(n))) {}
  ~ScopedArgument() {
    if (reinterpret_cast<char*>(value_) != original_) pfree(value_);
  }
  ScopedArgument(const ScopedArgument&) = delete;
  ScopedArgument& operator=(const ScopedArgument&) = delete;

  Elements<Layout> elements() const { return CheckedLayout<Layout>(value_).elements(); }

 private:
  const char* original_;
  varlena* value_;
};

// A value of PostgreSQL's own type `bit`.
struct BitString {
  std::uint32_t length;  // in bits
  std::span<const std::uint8_t> bytes;
};

// Throws where the length and the bytes contradict each other.
BitString CheckedBits(const varlena* value);

// Throws where two bit strings that are compared differ in length.
void CheckSameLength(std::size_t a, std::size_t b);

// A new value with uninitialised elements. REQUIRES: dims <= types::kMaxDimensions.
template <typename Layout>
Layout& NewDense(std::size_t dims) {
  auto* value = reinterpret_cast<Layout*>(NewVarlena(Layout::SizeOf(dims)));
  value->dim = static_cast<std::int16_t>(dims);
  value->unused = 0;
  return *value;
}

// A new sparse value with uninitialised indices and values.
// REQUIRES: dims <= types::kMaxSparseDimensions, size <= types::kMaxSparseElements.
types::SparseVector& NewSparse(std::size_t dims, std::size_t size);

}  // namespace vec::pg
