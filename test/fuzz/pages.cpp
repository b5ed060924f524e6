// Searches, inserts, vacuums and checks of indexes with damaged pages, without a server.
//
// An input names an index, what becomes of its bytes, and what is done with it then. All that
// may come of that is a result or Error(kCorrupted): no other error, no loop without end, no wait
// for a page that is locked by the same session.
//
//   0   u8 index
//   1   u8 number of damages, each
//         u8 block, u8 where, u16 place, u8 how, u16 value
//       then operations up to the end: u8 what, u8 how
#include <cstdio>
#include <cstdlib>

#include "support/input.hpp"
#include "support/page_indexes.hpp"

namespace vec::fuzz {

namespace {

using test::MemoryStore;

// More than any operation on so few pages takes.
constexpr std::size_t kMostSteps = 200'000;
constexpr std::size_t kMostRows = 300;
constexpr HeapTid kNewTid{0, 9, 1};

std::pmr::memory_resource* Memory() { return std::pmr::get_default_resource(); }

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "finding: %s\n", what);
  std::abort();
}

// Runs one operation.
template <typename Operation>
void Attempt(MemoryStore& store, Operation operation) {
  store.FailAtStep(kMostSteps);
  try {
    operation();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCorrupted) Fail(error.what());
  } catch (const test::NoSuchBlock&) {  // PostgreSQL raises the same error for it
  } catch (const std::exception& error) {
    Fail(error.what());
  }
  store.FailAtStep(0);
}

// --- damage

std::size_t PlaceOf(unsigned where, std::size_t place) {
  constexpr std::size_t kTop = 128, kEnd = 64;
  switch (where % 4) {
    case 0:
      return place % kTop;
    case 1:
      return kPageBytes - kEnd + place % kEnd;
    default:
      return place % kPageBytes;
  }
}

std::uint64_t Changed(std::uint64_t before, unsigned how, std::uint16_t value) {
  constexpr unsigned kWays = 5;
  switch (how % kWays) {
    case 0:
      return before ^ std::uint64_t{1} << value % 64;
    case 1:
      return value;
    case 2:
      return before + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int16_t>(value)});
    case 3:
      return ~std::uint64_t{0};
    default:
      return before ^ std::uint64_t{value} << 16;
  }
}

// Changes 1 to 8 bytes, or takes the page of another block.
void Damage(Input& input, MemoryStore& store) {
  const BlockId blocks = store.BlockCount();
  std::byte* page = store.Corrupt(input.Take<std::uint8_t>() % blocks);
  const auto where = input.Take<std::uint8_t>();
  const auto place = input.Take<std::uint16_t>();
  const auto how = input.Take<std::uint8_t>();
  const auto value = input.Take<std::uint16_t>();
  constexpr unsigned kWholePage = 250;
  if (how >= kWholePage) {
    std::memcpy(page, store.Read(value % blocks).page(), kPageBytes);
    return;
  }
  const std::size_t bytes = std::size_t{1} << where / 4 % 4;
  const std::size_t at = std::min(PlaceOf(where, place), kPageBytes - bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, page + at, bytes);
  number = Changed(number, how, value);
  std::memcpy(page + at, &number, bytes);
}

// --- operations

struct Sink {
  void Report(const Finding& finding) {
    if (finding.what == nullptr || *finding.what == '\0') Fail("finding without a text");
  }
  void TakeRow(const CheckedRow& row) { bytes += row.kept.size(); }
  bool HasWriters() { return false; }
  std::size_t bytes = 0;
};

template <typename Search>
void HandOut(Search& search, bool is_dead) {
  std::array<HeapTid, 20> likely;
  for (std::size_t i = 0; i < kMostRows && search.Next(); ++i) {
    (void)search.Likely(likely);
    if constexpr (requires { search.ReportDead(); }) {
      if (is_dead) search.ReportDead();
    }
  }
}

// Vacuum's view of the table: `how` says which of its rows are dead.
class Hooks {
 public:
  Hooks(MemoryStore& store, unsigned how) : store_(store), how_(how) {}
  void AreDead(std::span<const HeapTid> tids, std::span<bool> dead) {
    for (std::size_t i = 0; i < tids.size(); ++i) {
      dead[i] = how_ % 4 == 0 || (tids[i].offset + how_) % 4 == 0;
    }
  }
  void FreePage(BlockId block) {
    // An insert looks at a page before it believes the map.
    const auto guard = store_.Read(block);
    if (IsUnformatted(guard.page()) || ivf::FreeSince(guard.page())) store_.Free(block);
  }
  void Delay() {}
  void WaitForInserts() {}

 private:
  MemoryStore& store_;
  unsigned how_;
};

void Search(PageIndex& index, const ivf::Meta& meta, const RowView& query, unsigned how) {
  const std::uint32_t probes = how % 2 != 0 ? meta.lists : 1;
  const ivf::SearchParams params{.probes = std::min(probes, meta.lists),
                                 .max_probes = how % 4 >= 2 ? meta.lists : 1,
                                 .memory_bytes = how % 8 >= 4 ? std::size_t{1} << 20 : 0,
                                 .heap = &index.heap};
  if (ivf::HasPlainLists(meta)) {
    ivf::PlainSearch<MemoryStore> search(index.store, meta, query, params, Memory());
    HandOut(search, false);
  } else {
    ivf::CodedSearch<MemoryStore> search(index.store, meta, query, params, Memory());
    HandOut(search, false);
  }
}

void Search(PageIndex& index, const hnsw::Meta& meta, const RowView& query, unsigned how) {
  const hnsw::SearchParams params{.ef = how % 16 + 1,
                                  .is_iterative = how / 16 % 2 != 0,
                                  .is_strict = how / 32 % 2 != 0,
                                  .memory_bytes = std::size_t{1} << 20,
                                  .heap = &index.heap};
  hnsw::Search<MemoryStore> search(index.store, meta, query, params, Memory());
  HandOut(search, how / 64 % 2 != 0);
}

void Insert(PageIndex& index, const ivf::Meta& meta, const RowView& row) {
  ivf::Insert(index.store, meta, kNewTid, row, Memory());
}
void Insert(PageIndex& index, const hnsw::Meta& meta, const RowView& row) {
  hnsw::Insert(index.store, meta, kNewTid, row, {}, Memory());
}

void Vacuum(PageIndex& index, const ivf::Meta& meta, Hooks& hooks) {
  ivf::Vacuum(
      index.store, meta, [&](auto tids, auto dead) { hooks.AreDead(tids, dead); },
      [&](BlockId block) { hooks.FreePage(block); }, [] {}, Memory())
      .Run();
}
void Vacuum(PageIndex& index, const hnsw::Meta& meta, Hooks& hooks) {
  hnsw::Vacuum<MemoryStore, Hooks>(index.store, meta, hooks, Memory()).Run();
}

void Check(PageIndex& index, const ivf::Meta&, Sink& sink) {
  ivf::Checker<MemoryStore, Sink>(index.store, sink, &index.heap, Memory()).Run();
}
void Check(PageIndex& index, const hnsw::Meta&, Sink& sink) {
  constexpr std::size_t kCacheBytes = 1 << 16;
  hnsw::Checker<MemoryStore, Sink>(index.store, sink, kCacheBytes, Memory()).Run();
}

// 0 to 6, and now and then 7: a check, which takes as long as many others.
unsigned TakeOperation(Input& input) {
  constexpr unsigned kMayCheck = 64;
  const unsigned byte = input.Take<std::uint8_t>();
  return byte % (byte < kMayCheck ? 8 : 7);
}

template <typename Meta>
void Operate(PageIndex& index, const Meta& meta, bool has_rows, Input& input) {
  const unsigned what = TakeOperation(input);
  const unsigned how = input.Take<std::uint8_t>();
  const RowView row = index.rows[how % index.rows.size()].view();
  Attempt(index.store, [&] {
    if (what <= 2 && has_rows) {
      Search(index, meta, how == UINT8_MAX ? RowView{} : row, how);
    } else if (what <= 4 && has_rows) {
      Insert(index, meta, row);
    } else if (what <= 6) {
      Hooks hooks(index.store, how);
      Vacuum(index, meta, hooks);
    } else {
      Sink sink;
      Check(index, meta, sink);
    }
  });
}

// As the adapter to PostgreSQL reads it: once, and the directory lies within the file.
ivf::Meta MetaOf(PageIndex& index, const ivf::Meta&) {
  const ivf::Meta meta = ivf::ReadMeta(index.store.Read(ivf::kMetaBlock).page());
  const std::uint64_t end =
      std::uint64_t{meta.directory_block} + std::uint64_t{meta.slices} * ivf::DirectoryBlocks(meta);
  const BlockId blocks = index.store.BlockCount();
  const bool has_codes = meta.centroid_codes != 0;
  if (end > blocks ||
      (has_codes && (meta.centroid_codes >= blocks || ivf::CentroidCodesEnd(meta) > blocks))) {
    ivf::ThrowCorrupted("Directory behind the end of the file", ivf::kMetaBlock);
  }
  return meta;
}
hnsw::Meta MetaOf(PageIndex& index, const hnsw::Meta&) {
  return hnsw::ReadMeta(index.store.Read(hnsw::kMetaBlock).page());
}

template <typename Meta>
void OperateAll(PageIndex& index, const Meta& sound, Input& input) {
  constexpr int kMostOperations = 3;
  Attempt(index.store, [&] {
    const Meta meta = MetaOf(index, sound);
    // The server compares values with what the index is of, and refuses others.
    const bool has_rows = meta.type == sound.type && meta.dims == sound.dims;
    for (int i = 0; i < kMostOperations && !input.is_empty(); ++i) {
      Operate(index, meta, has_rows, input);
    }
  });
}

// `sound` are the pages of `index`, which it gets back in the end: those that were not written are
// still the same.
void RunOn(PageIndex& index, const MemoryStore& sound, Input& input) {
  constexpr unsigned kMostDamages = 8;
  for (unsigned left = input.TakeBelow(kMostDamages + 1); left > 0; --left) {
    Damage(input, index.store);
  }
  std::visit([&](const auto& meta) { OperateAll(index, meta, input); }, index.meta);
  index.store = sound;
}

}  // namespace

}  // namespace vec::fuzz

extern "C" {

const char* __asan_default_options() {
  return "quarantine_size_mb=4:malloc_context_size=1:detect_stack_use_after_return=0";
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::vector<vec::fuzz::PageIndex> indexes = vec::fuzz::MakePageIndexes();
  static const std::vector<vec::fuzz::PageIndex> sound = indexes;
  vec::fuzz::Input input({data, size});
  const std::size_t which = input.Take<std::uint8_t>() % sound.size();
  vec::fuzz::RunOn(indexes[which], sound[which].store, input);
  return 0;
}
}
