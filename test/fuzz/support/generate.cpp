#include "generate.hpp"

namespace vec::fuzz {

namespace {

// What makes the contents of a value wrong.
struct Damage {
  std::int32_t claimed = 0;  // added to the number of elements in the header
  int bytes = 0;             // added to the length
  std::int32_t unused = 0;
};

Damage TakeDamage(Input& input) {
  if (input.TakeBelow(8) != 0) return {};
  return {input.Take<std::int16_t>(), static_cast<int>(input.TakeBelow(33)) - 16,
          input.Take<std::int8_t>()};
}

bool IsNone(const Damage& damage) {
  return damage.claimed == 0 && damage.bytes == 0 && damage.unused == 0;
}

// Cuts or lengthens a value behind its length word and stores it.
Datum StoreDamaged(std::vector<std::byte> contents, const Damage& damage, Storage storage) {
  const auto size = static_cast<std::int64_t>(contents.size()) + damage.bytes;
  contents.resize(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)));
  return Store(contents, storage);
}

template <typename Layout>
std::vector<std::byte> ContentsOf(const Layout& value, std::size_t elements) {
  const auto bytes = std::as_bytes(std::span(&value, 1)).subspan(VARHDRSZ);
  std::vector<std::byte> contents(Layout::SizeOf(elements) - VARHDRSZ);
  std::ranges::copy(bytes, contents.begin());
  return contents;
}

bool AreFinite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float x) { return std::isfinite(x); });
}

template <typename Layout>
Sample<Layout> TakeDense(Input& input, std::size_t dims) {
  using Element = typename Layout::Element;
  Sample<Layout> sample;
  const Damage damage = TakeDamage(input);
  const Storage storage = TakeStorage(input);
  std::vector<Element> elements;
  elements.reserve(dims);
  sample.values.reserve(dims);
  for (const float x : TakeFloats(input, dims)) {
    elements.push_back(Round<Element>(x));
    sample.values.push_back(ToFloat(elements.back()));
  }
  sample.dims = dims;
  sample.is_valid = IsNone(damage) && dims > 0 && AreFinite(sample.values);

  Layout header{};
  header.dim = static_cast<std::int16_t>(static_cast<std::int32_t>(dims) + damage.claimed);
  header.unused = static_cast<std::int16_t>(damage.unused);
  std::vector<std::byte> contents = ContentsOf(header, dims);
  std::ranges::copy(BytesOf(elements), contents.begin() + sizeof(Layout) - VARHDRSZ);
  sample.datum = StoreDamaged(std::move(contents), damage, storage);
  return sample;
}

// Indices that ascend, by steps of one byte, or four bytes each.
std::vector<std::int32_t> TakeIndices(Input& input, std::size_t count) {
  const bool is_ascending = input.TakeBelow(8) != 0;
  std::vector<std::int32_t> indices(count);
  std::int32_t next = -1;
  for (std::int32_t& index : indices) {
    next += input.TakeBelow(16) + 1;
    index = is_ascending ? next : input.Take<std::int32_t>();
  }
  return indices;
}

bool AreIndices(const std::vector<std::int32_t>& indices, std::size_t dims) {
  return std::ranges::adjacent_find(indices, std::ranges::greater_equal()) == indices.end() &&
         (indices.empty() ||
          (indices.front() >= 0 && indices.back() < static_cast<std::int64_t>(dims)));
}

Sample<SparseVector> TakeSparse(Input& input, std::optional<std::size_t> dims) {
  Sample<SparseVector> sample;
  const Damage damage = TakeDamage(input);
  const Storage storage = TakeStorage(input);
  const std::size_t size = TakeCount(input);
  sample.indices = TakeIndices(input, size);
  sample.values = TakeFloats(input, size);
  if (dims) {
    sample.dims = *dims;
  } else if (input.TakeBool()) {
    sample.dims = size == 0 ? 1 : static_cast<std::uint32_t>(sample.indices.back()) + 1;
  } else {
    sample.dims = input.Take<std::uint32_t>();
  }
  sample.is_valid = IsNone(damage) && AreFinite(sample.values) && sample.dims >= 1 &&
                    sample.dims <= types::kMaxSparseDimensions &&
                    std::ranges::count(sample.values, 0.0f) == 0 &&
                    AreIndices(sample.indices, sample.dims);

  SparseVector header{};
  header.dim = static_cast<std::int32_t>(sample.dims);
  header.nnz = static_cast<std::int32_t>(size) + damage.claimed;
  header.unused = damage.unused;
  std::vector<std::byte> contents = ContentsOf(header, size);
  const auto begin = contents.begin() + sizeof header - VARHDRSZ;
  std::ranges::copy(BytesOf(sample.values), std::ranges::copy(BytesOf(sample.indices), begin).out);
  sample.datum = StoreDamaged(std::move(contents), damage, storage);
  return sample;
}

}  // namespace

double TakeNumber(Input& input) {
  constexpr double kUnit = 4;
  constexpr float kGreatest = std::numeric_limits<float>::max();
  constexpr double kSpecial[] = {0.0,       -0.0,       INFINITY,
                                 -INFINITY, NAN,        1.0,
                                 kGreatest, -kGreatest, std::numeric_limits<double>::max(),
                                 0x1p128,   0x1p64,     65504,
                                 65520,     0x1p-126,   0x1p-149,
                                 0x1p-24,   0x1p-25,    0x1p-75};
  switch (input.TakeBelow(16)) {
    case 0:
      return input.Take<double>();
    case 1:
      return kSpecial[input.TakeBelow(std::size(kSpecial))];
    default:
      return input.Take<std::int8_t>() / kUnit;
  }
}

std::vector<float> TakeFloats(Input& input, std::size_t count) {
  constexpr float kUnit = 4;
  const unsigned kind = input.TakeBelow(4);
  std::vector<float> floats(count);
  for (float& x : floats) {
    if (kind == 0) {
      x = input.Take<float>();
    } else if (kind == 1) {
      x = static_cast<float>(TakeNumber(input));
    } else {
      x = static_cast<float>(input.Take<std::int8_t>()) / kUnit;
    }
  }
  return floats;
}

std::size_t TakeCount(Input& input) {
  constexpr unsigned kFew = 128;
  constexpr unsigned kMany = 70;
  const std::uint8_t byte = input.Take<std::uint8_t>();
  return byte < kFew ? byte % 8 : byte % kMany;
}

Storage TakeStorage(Input& input) {
  switch (input.TakeBelow(8)) {
    case 0:
      return Storage::kShort;
    case 1:
      return Storage::kCompressed;
    default:
      return Storage::kPlain;
  }
}

template <>
Sample<Vector> TakeSample(Input& input, std::optional<std::size_t> dims) {
  return TakeDense<Vector>(input, dims ? *dims : TakeCount(input));
}

template <>
Sample<HalfVector> TakeSample(Input& input, std::optional<std::size_t> dims) {
  return TakeDense<HalfVector>(input, dims ? *dims : TakeCount(input));
}

template <>
Sample<SparseVector> TakeSample(Input& input, std::optional<std::size_t> dims) {
  return TakeSparse(input, dims);
}

}  // namespace vec::fuzz
