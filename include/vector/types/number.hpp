// One number from text: the value and the extent of strtof, at a few nanoseconds.
//
// Up to 18 digits are gathered in an integer and scaled by a power of ten in
// double precision. The error of the double is below 3 units in its last place,
// so rounding it to float is right unless it lies that close to the middle of two
// floats (Clinger, "How to read floating point numbers accurately", 1990, made
// easy by the 29 spare bits). Everything else goes to strtof itself: such middles,
// denormals, overflow, more digits, hexadecimal, "inf", "nan".
#pragma once

namespace vec::types {

struct Number {
  float value;      // infinite on overflow
  const char* end;  // just after the number; where it began if there is none
};

// Reads the number that starts at `text`; never looks for white space first.
// REQUIRES: text <= end, *end == '\0', the C numeric locale (as in PostgreSQL).
Number ScanNumber(const char* text, const char* end) noexcept;

}  // namespace vec::types
