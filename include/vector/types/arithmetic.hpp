// Arithmetic on dense values, element by element.
//
// Operands and results have the same number of elements; `out` may be an operand.
// Elements are computed in float32 and then rounded, which for binary16 gives the
// same as rounding the exact result.
// Overflow and underflow throw kOutOfRange with PostgreSQL's own messages.
#pragma once

#include <span>

#include "vector/base/half.hpp"

namespace vec::types {

void Add(std::span<const float> a, std::span<const float> b, std::span<float> out);
void Add(std::span<const Half> a, std::span<const Half> b, std::span<Half> out);
void Subtract(std::span<const float> a, std::span<const float> b, std::span<float> out);
void Subtract(std::span<const Half> a, std::span<const Half> b, std::span<Half> out);

// Throws also where a product of numbers other than zero becomes zero.
void Multiply(std::span<const float> a, std::span<const float> b, std::span<float> out);
void Multiply(std::span<const Half> a, std::span<const Half> b, std::span<Half> out);

// The Euclidean length, summed in double precision.
double Norm(std::span<const float> a) noexcept;
double Norm(std::span<const Half> a) noexcept;

// a / Norm(a); zero where the norm is zero. Cannot overflow: no element exceeds
// the norm.
void Normalize(std::span<const float> a, std::span<float> out) noexcept;
void Normalize(std::span<const Half> a, std::span<Half> out) noexcept;

[[noreturn]] void ThrowOverflow();
[[noreturn]] void ThrowUnderflow();

}  // namespace vec::types
