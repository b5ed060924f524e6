// Expectations on thrown errors, shared by the tests of the types.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "vector/base/error.hpp"

namespace vec::types {

template <typename F>
std::optional<Error> ErrorOf(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

template <typename F>
void ExpectError(F&& f, ErrorKind kind, const std::string& message,
                 const std::string& detail = {}) {
  const std::optional<Error> error = ErrorOf(std::forward<F>(f));
  ASSERT_TRUE(error.has_value()) << "nothing thrown, expected: " << message;
  EXPECT_EQ(error->kind(), kind);
  EXPECT_EQ(error->what(), message);
  EXPECT_EQ(error->detail(), detail);
}

}  // namespace vec::types
