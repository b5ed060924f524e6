#include "vector/types/dimensions.hpp"

#include <string>

#include "vector/base/error.hpp"

namespace vec::types {

void ThrowTooFewDimensions(std::string_view type) {
  throw Error(ErrorKind::kInvalidValue, std::string(type) + " must have at least 1 dimension");
}

void ThrowTooManyDimensions(std::string_view type, std::size_t max) {
  throw Error(ErrorKind::kLimit,
              std::string(type) + " cannot have more than " + std::to_string(max) + " dimensions");
}

void ThrowUnexpectedDimensions(std::int64_t expected, std::size_t dims) {
  throw Error(ErrorKind::kInvalidValue,
              "expected " + std::to_string(expected) + " dimensions, not " + std::to_string(dims));
}

void ThrowDifferentDimensions(std::size_t a, std::size_t b, std::string_view type) {
  throw Error(ErrorKind::kInvalidValue, "different " + std::string(type) + " dimensions " +
                                            std::to_string(a) + " and " + std::to_string(b));
}

void CheckDimensions(std::size_t dims, std::string_view type, std::size_t max) {
  if (dims < 1) ThrowTooFewDimensions(type);
  if (dims > max) ThrowTooManyDimensions(type, max);
}

std::int32_t TypmodFromModifiers(std::span<const std::int32_t> modifiers, std::string_view type,
                                 std::int32_t max) {
  if (modifiers.size() != 1) throw Error(ErrorKind::kParameter, "invalid type modifier");
  const std::int32_t dims = modifiers.front();
  const std::string subject = "dimensions for type " + std::string(type);
  if (dims < 1) throw Error(ErrorKind::kParameter, subject + " must be at least 1");
  if (dims > max) {
    throw Error(ErrorKind::kParameter, subject + " cannot exceed " + std::to_string(max));
  }
  return dims;
}

}  // namespace vec::types
