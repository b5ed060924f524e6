// The one exception type of the core.
//
// A kind says what went wrong in terms of the caller's contract; the PostgreSQL
// adapter turns it into an SQLSTATE in a single switch (pg/guard.cpp). Messages
// follow PostgreSQL's style: lower-case start, no full stop; detail and hint are
// whole sentences.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace vec {

enum class ErrorKind {
  kInvalidValue,  // 22000 data_exception
  kSyntax,        // 22P02 invalid_text_representation
  kOutOfRange,    // 22003 numeric_value_out_of_range
  kNullValue,     // 22004 null_value_not_allowed
  kParameter,     // 22023 invalid_parameter_value
  kLimit,         // 54000 program_limit_exceeded
  kNotSupported,  // 0A000 feature_not_supported
  kCorrupted,     // XX002 index_corrupted
  kInternal,      // XX000 internal_error
};

class Error final : public std::exception {
 public:
  Error(ErrorKind kind, std::string message, std::string detail = {}, std::string hint = {})
      : kind_(kind),
        message_(std::move(message)),
        detail_(std::move(detail)),
        hint_(std::move(hint)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  ErrorKind kind() const noexcept { return kind_; }
  const std::string& detail() const noexcept { return detail_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorKind kind_;
  std::string message_;
  std::string detail_;
  std::string hint_;
};

}  // namespace vec
