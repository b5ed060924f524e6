// The binary forms: a message is received exactly if it is a valid one, and sent again
// it is the same.
#include "support/values.hpp"
#include "vector/types/wire.hpp"

namespace vec::fuzz {

namespace {

// Reads a message as the documentation of the protocol describes it.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  template <typename T>
  T Read() {
    types::BitsOf<T> bits{};
    if (bytes_.size() < sizeof bits) {
      is_complete_ = false;
      bytes_ = {};
    } else {
      for (const std::uint8_t byte : bytes_.first(sizeof bits)) {
        bits = static_cast<decltype(bits)>(bits << 8 | byte);
      }
      bytes_ = bytes_.subspan(sizeof bits);
    }
    return std::bit_cast<T>(bits);
  }

  bool is_complete() const { return is_complete_; }

 private:
  std::span<const std::uint8_t> bytes_;
  bool is_complete_ = true;
};

bool IsBetween(std::int64_t x, std::int64_t low, std::int64_t high) {
  return low <= x && x <= high;
}

bool IsAccepted(std::int64_t dims, std::int32_t typmod) { return typmod == -1 || typmod == dims; }

template <typename Layout>
bool IsValid(Reader reader, std::int32_t typmod) {
  const auto dims = reader.Read<std::uint16_t>();
  const auto unused = reader.Read<std::uint16_t>();
  if (!IsBetween(dims, 1, types::kMaxDimensions) || !IsAccepted(dims, typmod)) return false;
  bool is_finite = true;
  for (int i = 0; i < dims && reader.is_complete(); ++i) {
    is_finite &= std::isfinite(ToFloat(reader.Read<typename Layout::Element>()));
  }
  return unused == 0 && is_finite && reader.is_complete();
}

template <>
bool IsValid<SparseVector>(Reader reader, std::int32_t typmod) {
  const auto dims = reader.Read<std::int32_t>();
  const auto size = reader.Read<std::int32_t>();
  const auto unused = reader.Read<std::int32_t>();
  if (!IsBetween(dims, 1, types::kMaxSparseDimensions) || !IsAccepted(dims, typmod)) return false;
  if (!IsBetween(size, 0, std::min<std::int64_t>(dims, types::kMaxSparseElements))) return false;
  std::int64_t previous = -1;
  for (int i = 0; i < size && reader.is_complete(); ++i) {
    const auto index = reader.Read<std::int32_t>();
    if (!IsBetween(index, previous + 1, dims - 1)) return false;
    previous = index;
  }
  bool is_finite = true;
  for (int i = 0; i < size && reader.is_complete(); ++i) {
    const auto value = reader.Read<float>();
    is_finite &= std::isfinite(value) && value != 0;
  }
  return unused == 0 && is_finite && reader.is_complete();
}

bool IsAboutMessages(int sqlstate) {
  return sqlstate == ERRCODE_DATA_EXCEPTION || sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
         sqlstate == ERRCODE_PROTOCOL_VIOLATION;
}

template <typename Layout>
void RunType(std::span<const std::uint8_t> bytes, std::int32_t typmod) {
  StringInfo message = MakeMessage(bytes);
  const Outcome received =
      Call(kTypeFunctions<Layout>.recv, {PointerGetDatum(message), 0, Int32GetDatum(typmod)});
  FUZZ_REQUIRE(received.ok() == IsValid<Layout>(Reader(bytes), typmod));
  FUZZ_REQUIRE(received.ok() || IsAboutMessages(received.sqlstate));
  FUZZ_REQUIRE(message->cursor >= 0 && message->cursor <= message->len);
  if (!received.ok()) return;

  const Outcome sent = Call(kTypeFunctions<Layout>.send, {received.value});
  FUZZ_REQUIRE(sent.ok());
  const auto size = static_cast<std::size_t>(message->cursor);
  FUZZ_REQUIRE(VARSIZE(VarlenaOf(sent.value)) == size + VARHDRSZ);
  FUZZ_REQUIRE(std::memcmp(VARDATA(VarlenaOf(sent.value)), bytes.data(), size) == 0);
  RequireRoundTrips<Layout>(received.value);
}

void RequireRefused(const Function& recv, std::vector<std::uint8_t> header) {
  const Outcome received = Call(recv, {PointerGetDatum(MakeMessage(header)), 0, kNoTypmodDatum});
  FUZZ_REQUIRE(received.sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED ||
               received.sqlstate == ERRCODE_PROTOCOL_VIOLATION);
}

}  // namespace

void Run(Input& input) {
  const std::uint8_t choice = input.Take<std::uint8_t>();
  const std::int32_t typmod = choice / 3 % 8 == 0 ? choice / 24 : -1;
  const std::span<const std::uint8_t> bytes = input.TakeRest();
  switch (choice % 3) {
    case 0:
      return RunType<Vector>(bytes, typmod);
    case 1:
      return RunType<HalfVector>(bytes, typmod);
    default:
      return RunType<SparseVector>(bytes, typmod);
  }
}

void CheckLimits() {
  // 16000, 16001 and 65535 elements are announced, none comes.
  for (const auto& [high, low] : {std::pair(0x3E, 0x80), {0x3E, 0x81}, {0xFF, 0xFF}}) {
    const auto first = static_cast<std::uint8_t>(high);
    const auto second = static_cast<std::uint8_t>(low);
    RequireRefused(kTypeFunctions<Vector>.recv, {first, second, 0, 0});
    RequireRefused(kTypeFunctions<HalfVector>.recv, {first, second, 0, 0});
    RequireRefused(kTypeFunctions<SparseVector>.recv,
                   {0, 1, 0, 0, 0, 0, first, second, 0, 0, 0, 0});
  }
}

}  // namespace vec::fuzz
