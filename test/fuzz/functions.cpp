// Distances, order, arithmetic and parts of values, damaged ones among them: with valid
// arguments the results are the expected ones, with others nothing worse than an ERROR
// about data happens.
#include "support/reference.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::fuzz {

namespace {

// An ERROR is expected where both are valid but differ in their dimensions.
template <typename Layout>
Outcome CallWithPair(const Function& function, const Sample<Layout>& a, const Sample<Layout>& b) {
  const Outcome outcome = CallSafely(function, {a.datum, b.datum});
  if (!a.is_valid || !b.is_valid) return outcome;
  if (a.dims != b.dims) FUZZ_REQUIRE(outcome.sqlstate == ERRCODE_DATA_EXCEPTION);
  return outcome;
}

template <typename Layout>
bool AreComparable(const Sample<Layout>& a, const Sample<Layout>& b) {
  return a.is_valid && b.is_valid && a.dims == b.dims;
}

template <typename Layout>
double DistanceOf(const Function& function, const Sample<Layout>& a, const Sample<Layout>& b) {
  const Outcome outcome = Call(function, {a.datum, b.datum});
  FUZZ_REQUIRE(outcome.ok());
  return DatumGetFloat8(outcome.value);
}

bool IsSameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool IsBetweenOrNaN(double x, double low, double high) {
  return std::isnan(x) || (low <= x && x <= high);
}

template <typename Layout>
void CheckDistances(const Sample<Layout>& a, const Sample<Layout>& b) {
  const auto& f = kTypeFunctions<Layout>;
  if (!AreComparable(a, b)) {
    for (const Function& function :
         {f.l2_distance, f.inner_product, f.cosine_distance, f.l1_distance, f.l2_squared_distance,
          f.negative_inner_product}) {
      CallWithPair(function, a, b);
    }
    return;
  }
  Sum l2_squared, product, l1;
  const std::vector<Pair> pairs = PairsOf(a, b);
  for (const auto& [index, x, y] : pairs) {
    const double difference = double{x} - y;
    l2_squared.Add(difference * difference);
    product.Add(double{x} * y);
    l1.Add(std::abs(difference));
  }
  const double squared = DistanceOf(f.l2_squared_distance, a, b);
  FUZZ_REQUIRE(l2_squared.IsNear(squared, pairs.size()));
  FUZZ_REQUIRE(squared >= 0 && squared == DistanceOf(f.l2_squared_distance, b, a));
  FUZZ_REQUIRE(DistanceOf(f.l2_distance, a, b) == std::sqrt(squared));
  FUZZ_REQUIRE(DistanceOf(f.l2_distance, a, a) == 0);
  const double inner = DistanceOf(f.inner_product, a, b);
  FUZZ_REQUIRE(product.IsNear(inner, pairs.size()));
  FUZZ_REQUIRE(IsSameNumber(-inner, DistanceOf(f.negative_inner_product, a, b)));
  FUZZ_REQUIRE(l1.IsNear(DistanceOf(f.l1_distance, a, b), pairs.size()));
  FUZZ_REQUIRE(IsBetweenOrNaN(DistanceOf(f.cosine_distance, a, b), 0, 2));
}

template <typename Layout>
void CheckOrder(const Sample<Layout>& a, const Sample<Layout>& b) {
  const auto& f = kTypeFunctions<Layout>;
  const int order = a.is_valid && b.is_valid ? OrderOf(a, b) : 0;
  const std::pair<Function, bool> answers[] = {{f.lt, order < 0},  {f.le, order <= 0},
                                               {f.eq, order == 0}, {f.ne, order != 0},
                                               {f.ge, order >= 0}, {f.gt, order > 0}};
  for (const auto& [function, answer] : answers) {
    const Outcome outcome = CallSafely(function, {a.datum, b.datum});
    if (!a.is_valid || !b.is_valid) continue;
    FUZZ_REQUIRE(outcome.ok() && DatumGetBool(outcome.value) == answer);
  }
  const Outcome outcome = CallSafely(f.cmp, {a.datum, b.datum});
  if (!a.is_valid || !b.is_valid) return;
  FUZZ_REQUIRE(outcome.ok() && DatumGetInt32(outcome.value) == order);
}

enum class Operation { kAdd, kSubtract, kMultiply };

float Compute(Operation operation, float x, float y) {
  if (operation == Operation::kAdd) return x + y;
  return operation == Operation::kSubtract ? x - y : x * y;
}

template <typename Layout>
void CheckArithmetic(const Function& function, Operation operation, const Sample<Layout>& a,
                     const Sample<Layout>& b) {
  const Outcome outcome = CallWithPair(function, a, b);
  if (!AreComparable(a, b)) return;
  std::vector<typename Layout::Element> expected;
  expected.reserve(a.dims);
  bool is_out_of_range = false;
  for (const auto& [index, x, y] : PairsOf(a, b)) {
    const auto element = Round<typename Layout::Element>(Compute(operation, x, y));
    is_out_of_range |= std::isinf(ToFloat(element)) || (operation == Operation::kMultiply &&
                                                        ToFloat(element) == 0 && x != 0 && y != 0);
    expected.push_back(element);
  }
  FUZZ_REQUIRE(outcome.sqlstate == (is_out_of_range ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE : 0));
  if (outcome.ok()) FUZZ_REQUIRE(IsSame(outcome.value, MakeDense<Layout>(expected)));
}

// The elements of a valid sample as the type stores them.
template <typename Layout>
std::vector<typename Layout::Element> ElementsOf(const Sample<Layout>& sample) {
  std::vector<typename Layout::Element> elements;
  elements.reserve(sample.values.size());
  for (const float x : sample.values) elements.push_back(Round<typename Layout::Element>(x));
  return elements;
}

template <typename Layout>
void CheckConcatenation(const Sample<Layout>& a, const Sample<Layout>& b) {
  const Outcome outcome = CallSafely(kDenseFunctions<Layout>.concat, {a.datum, b.datum});
  if (!a.is_valid || !b.is_valid) return;
  auto elements = ElementsOf(a);
  std::ranges::copy(ElementsOf(b), std::back_inserter(elements));
  FUZZ_REQUIRE(outcome.ok() && IsSame(outcome.value, MakeDense<Layout>(elements)));
}

template <typename Layout>
void CheckSubvector(const Sample<Layout>& a, std::int32_t start, std::int32_t count) {
  using Element = typename Layout::Element;
  const Outcome outcome = CallSafely(kDenseFunctions<Layout>.subvector,
                                     {a.datum, Int32GetDatum(start), Int32GetDatum(count)});
  if (!a.is_valid) return;
  std::vector<Element> expected;
  std::int64_t position = 1;
  for (const Element element : ElementsOf(a)) {
    if (position >= start && position < std::int64_t{start} + count) expected.push_back(element);
    ++position;
  }
  FUZZ_REQUIRE(outcome.sqlstate == (expected.empty() ? ERRCODE_DATA_EXCEPTION : 0));
  if (outcome.ok()) FUZZ_REQUIRE(IsSame(outcome.value, MakeDense<Layout>(expected)));
}

template <typename Layout>
double NormOf(const Sample<Layout>& a) {
  constexpr double kTolerance = 1e-13;
  const Outcome outcome = Call(kTypeFunctions<Layout>.norm, {a.datum});
  FUZZ_REQUIRE(outcome.ok());
  double sum = 0;
  for (const double x : a.values) sum += x * x;
  const double norm = DatumGetFloat8(outcome.value);
  FUZZ_REQUIRE(std::abs(norm - std::sqrt(sum)) <= kTolerance * norm);
  return norm;
}

template <typename Layout>
void CheckBits(const Sample<Layout>& a) {
  const Outcome outcome = Call(kDenseFunctions<Layout>.binarize, {a.datum});
  FUZZ_REQUIRE(outcome.ok());
  auto* const bits = reinterpret_cast<VarBit*>(DatumGetPointer(outcome.value));
  const auto size = static_cast<int>(a.dims);
  FUZZ_REQUIRE(VARBITLEN(bits) == size && VARSIZE(bits) == VARBITTOTALLEN(size));
  for (int i = 0; i < static_cast<int>(VARBITBYTES(bits)) * 8; ++i) {
    const bool bit = (VARBITS(bits)[i / 8] & 0x80 >> i % 8) != 0;
    FUZZ_REQUIRE(bit == (i < size && a.values[static_cast<std::size_t>(i)] > 0));
  }
}

template <typename Layout>
void CheckParts(const Sample<Layout>& a) {
  using Element = typename Layout::Element;
  const auto& type = kTypeFunctions<Layout>;
  const auto& dense = kDenseFunctions<Layout>;
  if (!a.is_valid) {
    for (const Function& function :
         {type.norm, type.normalize, type.out, type.send, dense.dims, dense.binarize}) {
      CallSafely(function, {a.datum});
    }
    return;
  }
  FUZZ_REQUIRE(DatumGetInt32(Call(dense.dims, {a.datum}).value) ==
               static_cast<std::int32_t>(a.dims));
  const double norm = NormOf(a);
  std::vector<Element> expected;
  for (const float x : a.values) {
    expected.push_back(norm > 0 ? Round<Element>(static_cast<float>(x / norm)) : Element{});
  }
  const Outcome normal = Call(type.normalize, {a.datum});
  FUZZ_REQUIRE(normal.ok() && IsSame(normal.value, MakeDense<Layout>(expected)));
  RequireValid(ValueOf<Layout>(normal.value));
  CheckBits(a);
}

void CheckParts(const Sample<SparseVector>& a) {
  const auto& type = kTypeFunctions<SparseVector>;
  if (!a.is_valid) {
    for (const Function& function : {type.norm, type.normalize, type.out, type.send}) {
      CallSafely(function, {a.datum});
    }
    return;
  }
  const double norm = NormOf(a);
  std::vector<std::int32_t> indices;
  std::vector<float> values;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const auto x = static_cast<float>(a.values[i] / norm);
    if (x == 0) continue;
    indices.push_back(a.indices[i]);
    values.push_back(x);
  }
  const Outcome normal = Call(type.normalize, {a.datum});
  FUZZ_REQUIRE(normal.ok() && IsSame(normal.value, MakeSparse(a.dims, indices, values)));
  RequireValid(ValueOf<SparseVector>(normal.value));
}

template <typename Layout>
void RunType(Input& input) {
  const unsigned choice = input.TakeBelow(16);
  const auto a = TakeSample<Layout>(input);
  if (choice < 3) return CheckParts(a);
  const bool has_same_dimensions = choice != 3;
  const auto b =
      has_same_dimensions ? TakeSample<Layout>(input, a.dims) : TakeSample<Layout>(input);
  if (choice < 8) return CheckDistances(a, b);
  if (choice < 11) return CheckOrder(a, b);
  if constexpr (!std::is_same_v<Layout, SparseVector>) {
    const auto& f = kDenseFunctions<Layout>;
    const Outcome angle = CallWithPair(f.spherical_distance, a, b);
    if (angle.ok() && AreComparable(a, b)) {
      FUZZ_REQUIRE(IsBetweenOrNaN(DatumGetFloat8(angle.value), 0, 1));
    }
    if (choice == 11) CheckArithmetic(f.add, Operation::kAdd, a, b);
    if (choice == 12) CheckArithmetic(f.sub, Operation::kSubtract, a, b);
    if (choice == 13) CheckArithmetic(f.mul, Operation::kMultiply, a, b);
    if (choice == 14) CheckConcatenation(a, b);
    if (choice == 15) CheckSubvector(a, input.Take<std::int32_t>(), input.Take<std::int32_t>());
    CheckSubvector(a, input.Take<std::int8_t>(), input.Take<std::int8_t>());
  }
}

// A bit string whose length in bits and in bytes may contradict each other.
struct BitSample {
  Datum datum;
  std::uint32_t length;
  std::vector<std::uint8_t> bytes;

  bool is_valid() const { return bytes.size() == (std::size_t{length} + 7) / 8; }
};

BitSample TakeBits(Input& input) {
  BitSample sample{0, input.Take<std::uint8_t>(), std::vector<std::uint8_t>(TakeCount(input))};
  if (input.TakeBelow(8) != 0) sample.bytes.resize((std::size_t{sample.length} + 7) / 8);
  for (std::uint8_t& byte : sample.bytes) byte = input.Take<std::uint8_t>();
  std::vector<std::byte> contents(sizeof sample.length + sample.bytes.size());
  std::memcpy(contents.data(), &sample.length, sizeof sample.length);
  std::ranges::copy(BytesOf(sample.bytes), contents.begin() + sizeof sample.length);
  sample.datum = Store(contents, TakeStorage(input));
  return sample;
}

void RunBits(Input& input) {
  const BitSample a = TakeBits(input);
  const BitSample b = TakeBits(input);
  const Outcome hamming = CallSafely({sql::hamming_distance}, {a.datum, b.datum});
  const Outcome jaccard = CallSafely({sql::jaccard_distance}, {a.datum, b.datum});
  const bool is_valid = a.is_valid() && b.is_valid() && a.length == b.length;
  FUZZ_REQUIRE(hamming.ok() == is_valid && jaccard.ok() == is_valid);
  if (!is_valid) return;
  double different = 0, shared = 0, any = 0;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) {
    different += std::popcount(static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]));
    shared += std::popcount(static_cast<unsigned>(a.bytes[i] & b.bytes[i]));
    any += std::popcount(static_cast<unsigned>(a.bytes[i] | b.bytes[i]));
  }
  FUZZ_REQUIRE(DatumGetFloat8(hamming.value) == different);
  FUZZ_REQUIRE(DatumGetFloat8(jaccard.value) == (shared == 0 ? 1 : 1 - shared / any));
}

// Mostly the best one: to look for others is slow in a virtual machine.
void SelectLevel(unsigned choice) {
  static const simd::Level best = simd::Active().level;
  const simd::Level level = choice < 2 ? static_cast<simd::Level>(choice) : best;
  if (simd::Active().level != level && !simd::Select(level)) simd::Select(best);
}

// All functions on a damaged value of many elements, zeros.
template <typename Layout>
void CheckManyElements(std::size_t dims) {
  Sample<Layout> sample;
  const std::vector<typename Layout::Element> elements(dims);
  sample.datum = MakeDense<Layout>(elements);
  sample.dims = dims;
  CheckParts(sample);
  CheckDistances(sample, sample);
  CheckOrder(sample, sample);
  CheckConcatenation(sample, sample);
  CheckArithmetic(kDenseFunctions<Layout>.add, Operation::kAdd, sample, sample);
  CheckSubvector(sample, 1, INT32_MAX);
}

}  // namespace

void Run(Input& input) {
  const unsigned type = input.TakeBelow(4);
  SelectLevel(input.TakeBelow(16));
  if (type == 0) return RunType<Vector>(input);
  if (type == 1) return RunType<HalfVector>(input);
  if (type == 2) return RunType<SparseVector>(input);
  return RunBits(input);
}

void CheckLimits() {
  for (const std::size_t dims : {0, 16000, 16001, 32767, 32768, 65535}) {
    CheckManyElements<Vector>(dims);
    CheckManyElements<HalfVector>(dims);
  }
}

}  // namespace vec::fuzz
