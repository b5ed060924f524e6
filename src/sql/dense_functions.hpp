// Functions and operators of the dense types: distances, arithmetic, parts.
#pragma once

#include "distance.hpp"
#include "vector/types/arithmetic.hpp"
#include "vector/types/binarize.hpp"
#include "vector/types/subvector.hpp"

namespace vec {

template <typename Layout, void (*operation)(pg::Elements<Layout>, pg::Elements<Layout>,
                                             std::span<typename Layout::Element>)>
Datum Arithmetic(FunctionCallInfo fcinfo) {
  return pg::Guard([fcinfo] {
    const pg::ArgumentPair<Layout> pair(fcinfo);
    Layout& result = pg::NewDense<Layout>(pair.a.size());
    operation(pair.a, pair.b, result.elements());
    return PointerGetDatum(&result);
  });
}

template <typename Layout>
Datum Dimensions(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    return Int32GetDatum(static_cast<std::int32_t>(pg::Argument<Layout>(fcinfo, 0).size()));
  });
}

template <typename Layout>
Datum Norm(FunctionCallInfo fcinfo) {
  return pg::Guard([=] { return Float8GetDatum(types::Norm(pg::Argument<Layout>(fcinfo, 0))); });
}

template <typename Layout>
Datum Normalize(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto elements = pg::Argument<Layout>(fcinfo, 0);
    Layout& result = pg::NewDense<Layout>(elements.size());
    types::Normalize(elements, result.elements());
    return PointerGetDatum(&result);
  });
}

template <typename Layout>
Datum Binarize(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto elements = pg::Argument<Layout>(fcinfo, 0);
    const int bits = static_cast<int>(elements.size());
    auto* result = reinterpret_cast<VarBit*>(pg::NewVarlena(VARBITTOTALLEN(bits)));
    VARBITLEN(result) = bits;
    types::Binarize(elements, {VARBITS(result), static_cast<std::size_t>(VARBITBYTES(result))});
    return PointerGetDatum(result);
  });
}

template <typename Layout>
Datum Subvector(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto elements = pg::Argument<Layout>(fcinfo, 0);
    const auto range =
        types::Subrange(elements.size(), PG_GETARG_INT32(1), PG_GETARG_INT32(2), Layout::kTypeName);
    Layout& result = pg::NewDense<Layout>(range.count);
    std::ranges::copy(elements.subspan(range.first, range.count), result.elements().begin());
    return PointerGetDatum(&result);
  });
}

template <typename Layout>
Datum Concatenate(FunctionCallInfo fcinfo) {
  return pg::Guard([=] {
    const auto a = pg::Argument<Layout>(fcinfo, 0);
    const auto b = pg::Argument<Layout>(fcinfo, 1);
    types::CheckDimensions(a.size() + b.size(), Layout::kTypeName);
    Layout& result = pg::NewDense<Layout>(a.size() + b.size());
    std::ranges::copy(b, std::ranges::copy(a, result.elements().begin()).out);
    return PointerGetDatum(&result);
  });
}

}  // namespace vec
