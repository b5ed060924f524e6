#include "vector/types/number.hpp"

#include <bit>
#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace vec::types {

namespace {

// Correctly rounded, exact up to 1e22.
constexpr double kPowersOfTen[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14,
    1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29,
    1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38, 1e39, 1e40, 1e41, 1e42, 1e43, 1e44,
    1e45, 1e46, 1e47, 1e48, 1e49, 1e50, 1e51, 1e52, 1e53, 1e54, 1e55, 1e56};
constexpr std::int64_t kMaxPower = std::size(kPowersOfTen) - 1;

constexpr std::uint32_t kSmallPowersOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

// A mantissa below these can take one more digit, or eight, and fit in 63 bits.
constexpr std::uint64_t kRoomForOne = 100'000'000'000'000'000;
constexpr std::uint64_t kRoomForEight = 10'000'000'000;

constexpr std::uint64_t Repeat(std::uint8_t byte) { return byte * 0x0101010101010101u; }

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }
bool IsLetter(char c, char lower) { return (c | 0x20) == lower; }

// The first character in the lowest byte.
std::uint64_t LoadEight(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// The number whose digits are the bytes of `digits`, each 0 to 9, lowest byte first.
std::uint64_t EightDigits(std::uint64_t digits) {
  constexpr std::uint64_t kPairs = 0x000000FF000000FF;
  digits = digits * 10 + (digits >> 8);  // every even byte: a number of two digits
  const std::uint64_t first_and_third = (digits & kPairs) * (100 + (1000000ull << 32));
  const std::uint64_t second_and_fourth = ((digits >> 16) & kPairs) * (1 + (10000ull << 32));
  return (first_and_third + second_and_fourth) >> 32;
}

// Appends digits to the mantissa until another character, the end, or no room.
const char* ReadDigits(const char* p, const char* end, std::uint64_t& mantissa) {
  while (end - p >= 8 && mantissa < kRoomForEight) {
    const std::uint64_t word = LoadEight(p) ^ Repeat('0');
    const std::uint64_t others = ((word + Repeat(0x80 - 10)) | word) & Repeat(0x80);
    if (others == 0) {
      mantissa = mantissa * 100'000'000 + EightDigits(word);
      p += 8;
      continue;
    }
    // Without a branch on the count, which nothing could predict.
    const int count = std::countr_zero(others) / 8;
    mantissa = mantissa * kSmallPowersOfTen[count] + EightDigits(word << (8 * (7 - count)) << 8);
    return p + count;
  }
  for (; p != end && IsDigit(*p) && mantissa < kRoomForOne; ++p) {
    mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
  }
  return p;
}

// Reads "e-12" at p, if anything. False: strtof must decide.
bool ReadExponent(const char*& p, std::int64_t& exponent) {
  const bool is_negative = p[1] == '-';
  const char* q = p + 1 + (is_negative || p[1] == '+');
  if (!IsDigit(*q)) return false;
  std::int64_t value = 0;
  for (; IsDigit(*q); ++q) {
    if (value < 1'000'000) value = value * 10 + (*q - '0');
  }
  exponent += is_negative ? -value : value;
  p = q;
  return value < 1'000'000;
}

// Rounds mantissa * 10^exponent to float; false where this method cannot.
bool Scale(std::uint64_t mantissa, std::int64_t exponent, float& value) {
  if (exponent < -kMaxPower || exponent > kMaxPower) return false;
  double scaled = static_cast<double>(static_cast<std::int64_t>(mantissa));
  if (exponent < 0) {
    scaled /= kPowersOfTen[-exponent];
  } else {
    scaled *= kPowersOfTen[exponent];
  }
  value = static_cast<float>(scaled);
  if (!(scaled >= FLT_MIN && scaled <= FLT_MAX)) return mantissa == 0;

  constexpr std::uint64_t kSpareBits = DBL_MANT_DIG - FLT_MANT_DIG;
  constexpr std::uint64_t kMiddle = std::uint64_t{1} << (kSpareBits - 1);
  constexpr std::uint64_t kSlack = 8;
  const std::uint64_t spare = std::bit_cast<std::uint64_t>(scaled) & (2 * kMiddle - 1);
  return spare - (kMiddle - kSlack) > 2 * kSlack;
}

// False where only strtof knows.
bool ScanDecimal(const char* text, const char* end, Number& number) {
  const bool is_negative = *text == '-';
  const char* p = text + (static_cast<int>(is_negative) | static_cast<int>(*text == '+'));

  std::uint64_t mantissa = 0;
  const char* begin = p;
  for (; IsDigit(*p) && mantissa < kRoomForOne; ++p) {
    mantissa = mantissa * 10 + static_cast<std::uint64_t>(*p - '0');
  }
  std::ptrdiff_t digits = p - begin;
  std::int64_t exponent = 0;
  if (*p == '.') {
    begin = p + 1;
    p = ReadDigits(begin, end, mantissa);
    exponent = begin - p;
    digits += p - begin;
  }
  if (digits == 0 || IsDigit(*p) || IsLetter(*p, 'x')) return false;
  if (IsLetter(*p, 'e') && !ReadExponent(p, exponent)) return false;

  float value;
  if (!Scale(mantissa, exponent, value)) return false;
  const std::uint32_t sign = static_cast<std::uint32_t>(is_negative) << 31;
  number = {std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) | sign), p};
  return true;
}

}  // namespace

Number ScanNumber(const char* text, const char* end) noexcept {
  Number number;
  if (ScanDecimal(text, end, number)) [[likely]]
    return number;
  char* after = nullptr;
  const float value = std::strtof(text, &after);
  return {value, after};
}

}  // namespace vec::types
