// The distances of SQL between two dense values, by the kernels in use.
//
// Sums are float32 and may overflow to infinity; what is made of them is double.
// REQUIRES of each: a.size() == b.size().
#pragma once

#include <span>

#include "vector/base/half.hpp"

namespace vec::types {

double L2Distance(std::span<const float> a, std::span<const float> b) noexcept;
double L2Distance(std::span<const Half> a, std::span<const Half> b) noexcept;
double SquaredL2Distance(std::span<const float> a, std::span<const float> b) noexcept;
double SquaredL2Distance(std::span<const Half> a, std::span<const Half> b) noexcept;
double InnerProduct(std::span<const float> a, std::span<const float> b) noexcept;
double InnerProduct(std::span<const Half> a, std::span<const Half> b) noexcept;
double NegativeInnerProduct(std::span<const float> a, std::span<const float> b) noexcept;
double NegativeInnerProduct(std::span<const Half> a, std::span<const Half> b) noexcept;
double L1Distance(std::span<const float> a, std::span<const float> b) noexcept;
double L1Distance(std::span<const Half> a, std::span<const Half> b) noexcept;

// 1 - cosine of the angle, in [0, 2]; NaN where a norm is zero or infinite.
double CosineDistance(std::span<const float> a, std::span<const float> b) noexcept;
double CosineDistance(std::span<const Half> a, std::span<const Half> b) noexcept;

// The angle as a fraction of a half turn. REQUIRES: a and b have length 1.
double SphericalDistance(std::span<const float> a, std::span<const float> b) noexcept;
double SphericalDistance(std::span<const Half> a, std::span<const Half> b) noexcept;

}  // namespace vec::types
