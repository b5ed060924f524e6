#include "vector/types/parse.hpp"

#include <bit>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"

namespace vec::types {
namespace {

std::vector<float> Parse(const std::string& literal) {
  std::vector<float> buffer(kMaxDimensions);
  const auto elements =
      ParseList(literal, "vector", std::span<float, kMaxDimensions>(buffer.data(), buffer.size()));
  return {elements.begin(), elements.end()};
}

void ExpectSyntaxError(const std::string& literal, const std::string& detail = {}) {
  ExpectError([&] { Parse(literal); }, ErrorKind::kSyntax,
              "invalid input syntax for type vector: \"" + literal + "\"", detail);
}

std::string Ones(std::size_t count) {
  std::string literal = "[1";
  for (std::size_t i = 1; i < count; ++i) literal += ",1";
  return literal + "]";
}

TEST(Parse, ReadsNumbersInOrder) {
  EXPECT_EQ(Parse("[1,2,3]"), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(Parse("[-1.5,1e-3,+7,0x10,1.,.5]"), (std::vector<float>{-1.5, 1e-3f, 7, 16, 1, 0.5}));
}

TEST(Parse, SkipsWhiteSpaceAroundEveryToken) {
  EXPECT_EQ(Parse(" \t\n\r\v\f[ 1 ,\t2\n] "), (std::vector<float>{1, 2}));
}

TEST(Parse, KeepsTheSignOfNumbersTooSmall) {
  const std::vector<float> elements = Parse("[1e-46,-1e-46]");
  EXPECT_EQ(std::bit_cast<std::uint32_t>(elements[0]), 0u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(elements[1]), 0x80000000u);
}

TEST(Parse, AcceptsTheMostDimensions) {
  EXPECT_EQ(Parse(Ones(kMaxDimensions)).size(), kMaxDimensions);
}

TEST(Parse, RejectsMoreDimensions) {
  const std::string message = "vector cannot have more than 16000 dimensions";
  ExpectError([] { Parse(Ones(kMaxDimensions + 1)); }, ErrorKind::kLimit, message);
  std::string literal = Ones(kMaxDimensions);
  literal.back() = ',';
  ExpectError([&] { Parse(literal); }, ErrorKind::kLimit, message);
}

TEST(Parse, RejectsTextWithoutOpeningBracket) {
  const std::string detail = "Vector contents must start with \"[\".";
  for (const char* literal : {"", " ", "1", "{1}", "(1)", "]"}) ExpectSyntaxError(literal, detail);
}

TEST(Parse, RejectsEmptyList) {
  for (const char* literal : {"[]", "[ ]", " [\t]x"}) {
    ExpectError([&] { Parse(literal); }, ErrorKind::kInvalidValue,
                "vector must have at least 1 dimension");
  }
}

TEST(Parse, RejectsTrailingComma) { ExpectSyntaxError("[1,]"); }

TEST(Parse, RejectsWhatIsNotANumber) {
  for (const char* literal :
       {"[", "[1,2,", "[hello]", "[,", "[1,,3]", "[1, ,3]", "[- 1]", "[.]", "[--1]", "[e5]"}) {
    ExpectSyntaxError(literal);
  }
}

TEST(Parse, RejectsWhatFollowsANumber) {
  for (const char* literal : {"[1,2,3", "[1a]", "[1 2]", "[1;2]", "[1e]", "[1e5.3]", "[0x]"}) {
    ExpectSyntaxError(literal);
  }
}

TEST(Parse, RejectsTextAfterClosingBracket) {
  for (const char* literal : {"[1]]", "[1]x", "[1] ,", "[1][2]"}) {
    ExpectSyntaxError(literal, "Junk after closing right brace.");
  }
}

TEST(Parse, EchoesTheNumberOutOfRange) {
  for (const std::string number :
       {"4e38", "-4e38", "1e400", "0x1p999", "340282356779733661637539395458142568448"}) {
    ExpectError([&] { Parse("[1, " + number + " ,2"); }, ErrorKind::kOutOfRange,
                "\"" + number + "\" is out of range for type vector");
  }
}

TEST(Parse, AcceptsTheLargestFloat) {
  EXPECT_EQ(Parse("[3.4028235677973362e38]"), std::vector<float>{3.4028235e38f});
}

TEST(Parse, RejectsNan) {
  for (const char* literal : {"[NaN]", "[nan,1]", "[-nan(12)]", "[nan("}) {
    ExpectError([&] { Parse(literal); }, ErrorKind::kInvalidValue, "NaN not allowed in vector");
  }
}

TEST(Parse, RejectsInfinity) {
  for (const char* literal : {"[Infinity]", "[-Infinity]", "[inf", "[+INFx"}) {
    ExpectError([&] { Parse(literal); }, ErrorKind::kInvalidValue,
                "infinite value not allowed in vector");
  }
}

TEST(Parse, NamesTheTypeInMessages) {
  float buffer[kMaxDimensions];
  ExpectError([&] { ParseList("[", "halfvec", buffer); }, ErrorKind::kSyntax,
              "invalid input syntax for type halfvec: \"[\"");
}

}  // namespace
}  // namespace vec::types
