// What the text forms of all types share: white space and the errors.
#pragma once

#include <string>
#include <string_view>

namespace vec::types {

// As PostgreSQL's own scanner sees it, whatever the locale.
inline bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

inline const char* SkipSpace(const char* p) {
  while (IsSpace(*p)) ++p;
  return p;
}

// Echoes the whole literal.
[[noreturn]] void ThrowSyntax(std::string_view literal, std::string_view type,
                              std::string detail = {});

[[noreturn]] void ThrowOutOfRange(std::string_view number, std::string_view type);

// For a number that was read as NaN or infinity: tells what is too large from what
// was written so.
[[noreturn]] void ThrowBadNumber(std::string_view text, float value, std::string_view type);

}  // namespace vec::types
