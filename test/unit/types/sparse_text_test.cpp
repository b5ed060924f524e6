#include "vector/types/sparse_text.hpp"

#include <charconv>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "types/error_expectation.hpp"
#include "types/sparse_builder.hpp"
#include "vector/types/sparse_rules.hpp"

namespace vec::types {
namespace {

constexpr std::size_t kFloatBytes = 16;

int PrintFloat(float value, char* out) {
  return static_cast<int>(std::to_chars(out, out + kFloatBytes, value).ptr - out);
}

std::string Print(const SparseElements& elements) {
  std::string text(MaxPrintedBytes(elements.size(), kFloatBytes), '?');
  text.resize(static_cast<std::size_t>(PrintSparse(elements, PrintFloat, text.data()) - &text[0]));
  return text;
}

SparseLiteral Parse(const std::string& literal) {
  return ParseSparse(literal, std::pmr::new_delete_resource());
}

// What the literal looks like once it has been read.
std::string Reprint(const std::string& literal) {
  const SparseLiteral parsed = Parse(literal);
  std::vector<std::int32_t> indices;
  std::vector<float> values;
  for (const SparseElement& element : parsed.elements) {
    indices.push_back(element.index);
    values.push_back(element.value);
  }
  CheckIndices(indices, parsed.dims);
  return Print({parsed.dims, indices, values});
}

void ExpectSyntaxErrors(const std::vector<std::string>& literals, const std::string& detail = {}) {
  for (const std::string& literal : literals) {
    ExpectError([&] { Parse(literal); }, ErrorKind::kSyntax,
                "invalid input syntax for type sparsevec: \"" + literal + "\"", detail);
  }
}

void ExpectInvalid(const std::vector<std::string>& literals, const std::string& message) {
  for (const std::string& literal : literals) {
    ExpectError([&] { Reprint(literal); }, ErrorKind::kInvalidValue, message);
  }
}

// Elements of that value at the indices 1, 2, 3 ...
std::string Elements(std::size_t count, const std::string& value) {
  std::string literal = "{";
  for (std::size_t i = 1; i <= count; ++i) {
    literal += (i == 1 ? "" : ",") + std::to_string(i) + ":" + value;
  }
  return literal + "}/20000";
}

TEST(SparseText, ReadsElementsInOrder) {
  EXPECT_EQ(Reprint("{1:1.5,3:-2,5:1e-3}/5"), "{1:1.5,3:-2,5:0.001}/5");
  EXPECT_EQ(Reprint("{}/5"), "{}/5");
}

TEST(SparseText, SortsElementsByIndex) {
  EXPECT_EQ(Reprint("{3:1,1:2,1000000000:3,2:4}/1000000000"),
            "{1:2,2:4,3:1,1000000000:3}/1000000000");
}

TEST(SparseText, SkipsWhiteSpaceAroundEveryToken) {
  EXPECT_EQ(Reprint(" \t\n\r\v\f{ 1 :\t2 , 3\n: 4 } / 5 "), "{1:2,3:4}/5");
  EXPECT_EQ(Reprint("{ }/ 1"), "{}/1");
}

TEST(SparseText, ReadsSigns) { EXPECT_EQ(Reprint("{+1:+2,02:-3}/+3"), "{1:2,2:-3}/3"); }

TEST(SparseText, DropsZerosWhateverTheirIndex) {
  EXPECT_EQ(Reprint("{1:0,2:-0,3:0e9,4:1,4:0,9:0,-7:0,99999999999:0}/5"), "{4:1}/5");
}

TEST(SparseText, ReadsWhatItPrinted) {
  Random random(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<float> dense(1 + random.Below(50));
    for (float& value : dense) {
      if (random.Below(3) == 0) value = static_cast<float>(random.Uniform() - 0.5) * 1e10f;
    }
    const Sparse sparse(dense);
    const std::string text = Print(sparse);
    const SparseLiteral parsed = Parse(text);
    ASSERT_EQ(parsed.dims, dense.size());
    ASSERT_EQ(parsed.elements.size(), sparse.indices.size());
    for (std::size_t i = 0; i < parsed.elements.size(); ++i) {
      ASSERT_EQ(parsed.elements[i].index, sparse.indices[i]);
      ASSERT_EQ(parsed.elements[i].value, sparse.values[i]);
    }
    ASSERT_EQ(Reprint(text), text);
  }
}

TEST(SparseText, FitsTheRoomItAsksFor) {
  const std::vector<std::int32_t> indices(3, INT32_MAX);
  const std::vector<float> values(3, -1.23456789e-38f);
  EXPECT_LE(Print({UINT32_MAX, indices, values}).size(), MaxPrintedBytes(3, kFloatBytes));
}

TEST(SparseText, RejectsTextWithoutOpeningBrace) {
  ExpectSyntaxErrors({"", " ", "1", "[1]", "1:2}/3", "}"},
                     "Vector contents must start with \"{\".");
}

TEST(SparseText, RejectsWhatIsNoElement) {
  ExpectSyntaxErrors({"{",           "{1",        "{1:",          "{1:1",    "{1:1,",
                      "{:1}/2",      "{a:1}/2",   "{1:a}/2",      "{1}/2",   "{1:1,}/2",
                      "{,}/2",       "{,1:1}/2",  "{1:1,,2:1}/2", "{1 1}/2", "{1:1 2:1}/2",
                      "{1:1;2:1}/2", "{1.5:1}/2", "{- 1:1}/2",    "{-:1}/2", "{0x1:1}/2",
                      "{1:}/2",      "{1:-}/2",   "{1:1]/2",      "{1::1}/2"});
}

TEST(SparseText, RejectsMissingDimensions) {
  ExpectSyntaxErrors({"{}", "{1:1}", "{1:1}}/2", "{1:1} x/2"}, "Unexpected end of input.");
  ExpectSyntaxErrors({"{}/", "{}/ ", "{}/a", "{}/-", "{}//1"});
}

TEST(SparseText, RejectsTextAfterDimensions) {
  ExpectSyntaxErrors({"{}/1a", "{}/1 2", "{}/1.5", "{1:1}/2}", "{}/0x5"}, "Junk after closing.");
}

TEST(SparseText, RejectsNumbersOutOfRange) {
  for (const std::string number : {"4e38", "-4e38", "1e-46", "-1e-46", "0x1p-200", "1e-400"}) {
    ExpectError([&] { Parse("{1: " + number + " }/2"); }, ErrorKind::kOutOfRange,
                "\"" + number + "\" is out of range for type sparsevec");
  }
  EXPECT_EQ(Reprint("{1:1e-45,2:3.4028235e38}/2"), "{1:1e-45,2:3.4028235e+38}/2");
}

TEST(SparseText, RejectsNanAndInfinity) {
  ExpectInvalid({"{1:NaN}/2", "{1:nan(12)}/2"}, "NaN not allowed in sparsevec");
  ExpectInvalid({"{1:Infinity}/2", "{1:-inf}/2"}, "infinite value not allowed in sparsevec");
}

TEST(SparseText, RejectsDimensionsOutsideTheLimits) {
  ExpectInvalid({"{}/0", "{}/-1", "{}/-99999999999999999999"},
                "sparsevec must have at least 1 dimension");
  for (const char* literal : {"{}/1000000001", "{}/2147483648", "{}/99999999999999999999999"}) {
    ExpectError([&] { Parse(literal); }, ErrorKind::kLimit,
                "sparsevec cannot have more than 1000000000 dimensions");
  }
}

TEST(SparseText, RejectsIndicesOutOfBounds) {
  ExpectInvalid({"{0:1}/2", "{-1:1}/2", "{3:1}/2", "{2147483648:1}/2", "{-2147483648:1}/2",
                 "{99999999999999999999:1}/1000000000", "{-99999999999999999999:1}/2"},
                "sparsevec index out of bounds");
}

TEST(SparseText, RejectsARepeatedIndex) {
  ExpectInvalid({"{1:1,1:1}/2", "{2:1,1:1,2:3}/2"},
                "sparsevec indices must not contain duplicates");
}

TEST(SparseText, AcceptsTheMostElements) {
  EXPECT_EQ(Parse(Elements(kMaxSparseElements, "1")).elements.size(), kMaxSparseElements);
}

TEST(SparseText, RejectsMoreElementsEvenOfZeros) {
  const std::string message = "sparsevec cannot have more than 16000 non-zero elements";
  for (const std::string& literal :
       {Elements(kMaxSparseElements + 1, "1"), Elements(kMaxSparseElements + 1, "0"),
        std::string(kMaxSparseElements, ',')}) {
    ExpectError([&] { Parse(literal); }, ErrorKind::kLimit, message);
  }
}

}  // namespace
}  // namespace vec::types
