#include "vector/types/number.hpp"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "vector/base/random.hpp"

namespace vec::types {
namespace {

constexpr int kRounds = 200'000;

// Compares value, sign and extent with strtof.
void ExpectLikeStrtof(const std::string& text) {
  char* expected_end = nullptr;
  const float expected = std::strtof(text.c_str(), &expected_end);
  const Number number = ScanNumber(text.c_str(), text.c_str() + text.size());
  ASSERT_EQ(number.end - text.c_str(), expected_end - text.c_str()) << '"' << text << '"';
  if (std::isnan(expected)) {
    ASSERT_TRUE(std::isnan(number.value)) << '"' << text << '"';
  } else {
    ASSERT_EQ(std::bit_cast<std::uint32_t>(number.value), std::bit_cast<std::uint32_t>(expected))
        << '"' << text << '"';
  }
}

template <typename... Arguments>
std::string Print(const char* format, Arguments... arguments) {
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, format, arguments...);
  return buffer;
}

float RandomFloat(Random& random) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(random()));
}

double RandomDouble(Random& random) {
  const double sign = random.Below(2) == 0 ? 1 : -1;
  return sign * random.Uniform() * std::pow(10.0, static_cast<double>(random.Below(90)) - 50);
}

std::string RandomDigits(Random& random, std::uint64_t max) {
  std::string digits;
  for (std::uint64_t i = random.Below(max + 1); i > 0; --i) {
    digits += static_cast<char>('0' + random.Below(10));
  }
  return digits;
}

TEST(ScanNumber, ReadsShortestFloatsExactly) {
  Random random(1);
  for (int i = 0; i < kRounds; ++i) {
    const float value = RandomFloat(random);
    if (!std::isfinite(value)) continue;
    char text[64];
    *std::to_chars(text, text + sizeof text, value).ptr = '\0';
    ExpectLikeStrtof(text);
    EXPECT_EQ(ScanNumber(text, text + std::strlen(text)).value, value) << text;
  }
}

TEST(ScanNumber, ReadsShortestDoublesLikeStrtof) {
  Random random(2);
  for (int i = 0; i < kRounds; ++i) {
    char text[64];
    *std::to_chars(text, text + sizeof text, RandomDouble(random)).ptr = '\0';
    ExpectLikeStrtof(text);
  }
}

TEST(ScanNumber, ReadsPrintedDoublesLikeStrtof) {
  Random random(3);
  for (int i = 0; i < kRounds; ++i) {
    const int precision = static_cast<int>(random.Below(25));
    ExpectLikeStrtof(Print("%.*f,", precision, random.Uniform() * 2 - 1));
    ExpectLikeStrtof(Print("%.*e,1", precision, RandomDouble(random)));
    ExpectLikeStrtof(Print("%.*g]", precision, RandomDouble(random)));
  }
}

TEST(ScanNumber, ReadsRandomDigitsLikeStrtof) {
  Random random(4);
  for (int i = 0; i < kRounds; ++i) {
    std::string text;
    if (random.Below(3) == 0) text += random.Below(2) == 0 ? '-' : '+';
    text += RandomDigits(random, 25);
    if (random.Below(4) != 0) text += '.';
    text += RandomDigits(random, 25);
    if (random.Below(2) == 0) {
      text += random.Below(2) == 0 ? "e" : "E-";
      text += RandomDigits(random, 3);
    }
    if (random.Below(2) == 0) text += ",1234567890";
    ExpectLikeStrtof(text);
  }
}

TEST(ScanNumber, ReadsJunkLikeStrtof) {
  constexpr char kCharacters[] = "0123456789..ee+-xXpinfaNtyEF,] _";
  Random random(5);
  for (int i = 0; i < 5 * kRounds; ++i) {
    std::string text;
    for (std::uint64_t length = random.Below(14); length > 0; --length) {
      text += kCharacters[random.Below(sizeof kCharacters - 1)];
    }
    if (!text.empty() && text.front() == ' ') continue;
    ExpectLikeStrtof(text);
  }
}

TEST(ScanNumber, ReadsTextWithHighBytesLikeStrtof) {
  Random random(6);
  for (int i = 0; i < kRounds; ++i) {
    std::string text = "0." + RandomDigits(random, 9);
    for (int k = 0; k < 8; ++k) text += static_cast<char>(128 + random.Below(128));
    text += RandomDigits(random, 8);
    ExpectLikeStrtof(text);
  }
}

// The middle of two floats, exactly and with a digit that tips it.
TEST(ScanNumber, RoundsMiddlesLikeStrtof) {
  Random random(7);
  for (int i = 0; i < kRounds; ++i) {
    const float value = RandomFloat(random);
    const float next = std::nextafter(value, INFINITY);
    if (!std::isfinite(value) || !std::isfinite(next)) continue;
    const double middle = (static_cast<double>(value) + static_cast<double>(next)) / 2;
    ExpectLikeStrtof(Print("%.*g", static_cast<int>(15 + random.Below(4)), middle));
    ExpectLikeStrtof(Print("%.17g", std::nextafter(middle, INFINITY)));
    ExpectLikeStrtof(Print("%.17g", std::nextafter(middle, -INFINITY)));
    ExpectLikeStrtof(Print("%.160f", middle));
    ExpectLikeStrtof(Print("%.160f1", middle));
  }
}

TEST(ScanNumber, RoundsIntegersAboveTheMantissaLikeStrtof) {
  Random random(8);
  for (int i = 0; i < kRounds; ++i) {
    const std::uint64_t integer = random() >> random.Below(64);
    ExpectLikeStrtof(std::to_string(integer));
    ExpectLikeStrtof(std::to_string((integer | 1) << random.Below(40)));
  }
}

TEST(ScanNumber, RoundsAtTheEndsOfTheRangeLikeStrtof) {
  Random random(9);
  for (const double edge : {static_cast<double>(FLT_MAX), static_cast<double>(FLT_MIN), 0x1p-149,
                            0x1p-150, 0x1.ffffffp127}) {
    for (int i = 0; i < 20'000; ++i) {
      const double value = edge * (1 + (random.Uniform() - 0.5) * 1e-6);
      ExpectLikeStrtof(Print("%.*g", static_cast<int>(5 + random.Below(20)), value));
    }
  }
}

TEST(ScanNumber, ReadsHexadecimalLikeStrtof) {
  Random random(10);
  for (int i = 0; i < kRounds; ++i) ExpectLikeStrtof(Print("%a,", RandomDouble(random)));
}

TEST(ScanNumber, ReadsOddFormsLikeStrtof) {
  for (const char* text : {"",
                           "1",
                           "0",
                           "-0",
                           "+0",
                           "-0.0",
                           "1.",
                           ".5",
                           "-.5",
                           ".",
                           "-",
                           "+",
                           "-.",
                           "1e",
                           "1e+",
                           "1e5",
                           "1E5",
                           "1e-5",
                           "1e+5",
                           "1e5.5",
                           "1.e5",
                           ".e5",
                           "0x",
                           "0x1",
                           "0X1P3",
                           "0x.8",
                           "0x1p",
                           "00x1",
                           "1x",
                           "inf",
                           "-INF",
                           "Infinity",
                           "infinit",
                           "nan",
                           "NaN",
                           "nan(",
                           "nan(1)",
                           "-nan",
                           "--1",
                           "+-1",
                           "1,2",
                           "1]",
                           "1 ",
                           "0e99999999999999999999",
                           "1e99999999999999999999",
                           "1e-99999999999999999999",
                           "00000000000000000000000000001",
                           "0.00000000000000000000000000000000000000000000000000000000001e59",
                           "1_000",
                           "16777217",
                           "340282356779733661637539395458142568447",
                           "340282356779733661637539395458142568448"}) {
    ExpectLikeStrtof(text);
  }
}

TEST(ScanNumber, CancelsLongMantissasAgainstLargeExponents) {
  ExpectLikeStrtof("0." + std::string(2'000'000, '0') + "1e2000001");
  ExpectLikeStrtof("1" + std::string(2'000'000, '0') + "e-2000000");
}

TEST(ScanNumber, StopsAtTheEnd) {
  for (std::size_t length = 1; length < 40; ++length) {
    // On the heap without slack, so that the sanitizer sees every byte read beyond.
    const std::string digits = "0." + std::string(length, '7');
    const std::string text(digits.begin(), digits.end());
    ExpectLikeStrtof(text);
  }
}

}  // namespace
}  // namespace vec::types
