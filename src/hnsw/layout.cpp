#include "vector/hnsw/layout.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "vector/base/assert.hpp"
#include "vector/base/error.hpp"
#include "vector/hnsw/entry_page.hpp"
#include "vector/hnsw/half_row.hpp"
#include "vector/quantize/rotation.hpp"
#include "vector/types/sparse_vector.hpp"

namespace vec::hnsw {

namespace {

// Codes are cut in steps of a register of 64 bytes of a block.
constexpr std::uint32_t kCodeStep = 16;
// A block of entries fits a page.
constexpr std::uint32_t kMostCodeDims = 1936;
static_assert(EntryBlockBytes(kMostCodeDims) <= kPageRoom);

// The least share of the code, in percent, for which nodes are made to share a page or
// to fit one with their vector.
constexpr std::uint32_t kSharingPercent = 60;
constexpr std::uint32_t kFittingPercent = 45;

constexpr std::size_t AlignUp(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

std::size_t NodeBytes(Form form, std::size_t lanes, std::size_t code_dims, std::size_t self) {
  return AlignUp(SelfOffset(form, lanes, code_dims) + self);
}

Plan Complete(Plan plan) {
  const std::size_t bytes = NodeBytes(plan.form, plan.lanes, plan.code_dims, plan.self_bytes);
  plan.node_bytes = static_cast<std::uint32_t>(bytes);
  plan.per_page = static_cast<std::uint16_t>(std::min(kPageRoom / bytes, kMostSlots));
  return plan;
}

// The longest code with which so many nodes fit a page.
std::uint32_t CodeDimsFor(const Plan& plan, std::size_t per_page, std::uint32_t rotated) {
  const std::size_t slot = kPageRoom / per_page / 8 * 8;
  const std::size_t fixed = SelfOffset(plan.form, plan.lanes, 0) + plan.self_bytes;
  if (fixed >= slot) return 0;
  const std::size_t dims = (slot - fixed) / (plan.lanes / 8) / kCodeStep * kCodeStep;
  return static_cast<std::uint32_t>(std::min<std::size_t>({dims, rotated, kMostCodeDims}));
}

// Two nodes a page are worth shorter codes; a vector within the node is worth even more.
Plan PlanCoded(const Options& options) {
  const bool is_half = options.type == ElementType::kFloat16;
  const auto rotated = static_cast<std::uint32_t>(quantize::RotatedDims(options.dims));
  Plan plan{.form = Form::kCoded,
            .self = SelfKind::kValue,
            .lanes = static_cast<std::uint16_t>(options.m <= 16 ? 32 : 64),
            .per_page = 0,
            .code_dims = rotated,
            .node_bytes = 0,
            .self_bytes = static_cast<std::uint32_t>(RowBytes(options.type, options.dims))};
  if (!is_half && (options.rounds || options.dims > kMostFloatDims)) {
    plan.self = SelfKind::kHalf;
    plan.self_bytes = static_cast<std::uint32_t>(HalfRowBytes(options.dims));
  }
  for (const std::uint32_t per_page : {2u, 1u}) {
    const std::uint32_t fitting = CodeDimsFor(plan, per_page, rotated);
    const std::uint32_t percent = per_page == 2 ? kSharingPercent : kFittingPercent;
    if (fitting * 100 < rotated * percent) continue;
    plan.code_dims = fitting;
    return Complete(plan);
  }
  plan.self = is_half ? SelfKind::kItem : SelfKind::kHalfItem;
  plan.self_bytes = 0;
  plan.code_dims = CodeDimsFor(plan, 1, rotated);
  return Complete(plan);
}

Plan PlanPlain(const Options& options) {
  Plan plan{.form = Form::kPlain,
            .self = SelfKind::kValue,
            .lanes = static_cast<std::uint16_t>(std::min<std::size_t>(2 * options.m, kMostLanes)),
            .per_page = 0,
            .code_dims = 0,
            .node_bytes = 0,
            .self_bytes = 0};
  const std::size_t room = kPageRoom / 8 * 8 - SelfOffset(plan.form, plan.lanes, 0);
  if (options.type == ElementType::kSparse) {
    plan.self_bytes = static_cast<std::uint32_t>(std::min(options.inline_bytes, room));
  } else if (const std::size_t bytes = RowBytes(options.type, options.dims); bytes <= room) {
    plan.self_bytes = static_cast<std::uint32_t>(bytes);
  } else {
    plan.self = SelfKind::kItem;
  }
  return Complete(plan);
}

bool HasPlausibleOptions(const Meta& meta) {
  return meta.type <= ElementType::kSparse && IsKnownMetric(meta.type, meta.metric) &&
         meta.dims >= 1 && meta.dims <= MostDims(meta.type) && meta.m >= kMinM && meta.m <= kMaxM &&
         meta.form <= Form::kCoded && meta.features == 0;
}

// What the plan was made of. Only rows tell what sparse ones may take, and whether rounding is
// allowed.
Options OptionsOf(const Meta& meta) {
  return {.type = meta.type,
          .metric = meta.metric,
          .dims = meta.dims,
          .m = meta.m,
          .codec = meta.form == Form::kCoded ? Codec::kRabitq : Codec::kNone,
          .seed = meta.seed,
          .inline_bytes = meta.self_bytes,
          .rounds = meta.version > 1 && IsHalf(meta.self)};
}

// The plan is made again and compared.
bool IsPlausible(const Meta& meta) {
  if (!HasPlausibleOptions(meta)) return false;
  if (meta.form == Form::kCoded && !HasCodes(meta.type, meta.metric, meta.dims)) return false;
  const Plan plan = PlanNodes(OptionsOf(meta));
  return meta.self == plan.self && meta.lanes == plan.lanes && meta.per_page == plan.per_page &&
         meta.code_dims == plan.code_dims && meta.node_bytes == plan.node_bytes &&
         meta.self_bytes == plan.self_bytes &&
         (meta.form == Form::kCoded || meta.center_block == kNoBlock);
}

bool IsLink(BlockId block) { return block == kNoBlock || block > kStateBlock; }

}  // namespace

void ThrowCorrupted(const char* what, BlockId block) {
  throw Error(ErrorKind::kCorrupted, "hnsw index is not valid",
              std::string(what) + " in block " + std::to_string(block) + ".", "Please REINDEX it.");
}

bool HasCodes(ElementType type, Metric metric, std::uint32_t dims) {
  return CanQuantize(type, metric) && dims >= kMinCodeDims;
}

Plan PlanNodes(const Options& options) {
  const bool is_coded =
      options.codec != Codec::kNone && HasCodes(options.type, options.metric, options.dims);
  return is_coded ? PlanCoded(options) : PlanPlain(options);
}

Meta MakeMeta(const Options& options) {
  const Plan plan = PlanNodes(options);
  const Meta meta{.magic = kMagic,
                  .version = kVersion,
                  .type = options.type,
                  .metric = options.metric,
                  .dims = options.dims,
                  .m = options.m,
                  .form = plan.form,
                  .self = plan.self,
                  .lanes = plan.lanes,
                  .per_page = plan.per_page,
                  .code_dims = plan.code_dims,
                  .node_bytes = plan.node_bytes,
                  .self_bytes = plan.self_bytes,
                  .center_block = kNoBlock,
                  .center_slot = 0,
                  .reserved = 0,
                  .seed = options.seed,
                  .features = 0};
  VECTOR_ASSERT(IsPlausible(meta));
  return meta;
}

Meta WithRounding(const Meta& meta) {
  VECTOR_ASSERT(meta.center_block == kNoBlock);
  Options options = OptionsOf(meta);
  options.rounds = true;
  return MakeMeta(options);
}

std::uint32_t MostDims(ElementType type) {
  if (type == ElementType::kSparse) return std::uint32_t{types::kMaxSparseDimensions};
  return MaxDims(type);
}

std::size_t MostRowBytes(const Meta& meta) {
  if (HasFixedRows(meta.type)) return RowBytes(meta.type, meta.dims);
  return sizeof(std::uint32_t) + 8 * types::kMaxSparseElements;
}

std::size_t MostItemRowBytes(const Meta& meta) {
  return IsHalf(meta.self) ? HalfRowBytes(meta.dims) : MostRowBytes(meta);
}

void FormatHnswPage(std::byte* page, PageKind kind) {
  FormatPage(page, sizeof(Trailer));
  Trailer& trailer = TrailerOf(page);
  trailer.next = kNoBlock;
  trailer.kind = kind;
  trailer.page_id = kPageId;
}

void CheckPage(const std::byte* page, PageKind kind, BlockId block) {
  if (IsUnformatted(page)) ThrowCorrupted("Unexpected zero page", block);
  if (!IsHnswPage(page)) ThrowCorrupted("Page of another format", block);
  if (TrailerOf(page).kind != kind) ThrowCorrupted("Page of an unexpected kind", block);
}

Meta ReadMeta(const std::byte* page) {
  Meta meta;
  std::memcpy(&meta, page + sizeof(PageHeader), sizeof(Meta));
  if (meta.magic != kMagic) ThrowCorrupted("Unexpected magic number", kMetaBlock);
  if (meta.version < 1 || meta.version > kVersion) {
    throw Error(ErrorKind::kCorrupted,
                "hnsw index has format version " + std::to_string(meta.version) +
                    ", but this library reads versions up to " + std::to_string(kVersion),
                {}, "Please REINDEX it.");
  }
  CheckPage(page, PageKind::kMeta, kMetaBlock);
  if (!IsPlausible(meta)) ThrowCorrupted("Implausible contents", kMetaBlock);
  return meta;
}

State ReadState(const std::byte* page) {
  CheckPage(page, PageKind::kState, kStateBlock);
  State state;
  std::memcpy(&state, page + sizeof(PageHeader), sizeof(State));
  const bool has_entries = state.entries_first != kNoBlock;
  const bool is_plausible =
      IsLink(state.insert_block) && IsLink(state.items_block) && IsLink(state.free_nodes) &&
      IsLink(state.entries_first) && IsLink(state.entries_last) &&
      (state.insert_block == kNoBlock || state.insert_block != state.items_block) &&
      has_entries == (state.entries_last != kNoBlock) && (has_entries || state.entries == 0);
  if (!is_plausible) ThrowCorrupted("Implausible contents", kStateBlock);
  return state;
}

void WriteMeta(std::byte* page, const Meta& meta) {
  FormatHnswPage(page, PageKind::kMeta);
  std::memcpy(page + sizeof(PageHeader), &meta, sizeof(Meta));
  HeaderOf(page).lower = sizeof(PageHeader) + sizeof(Meta);
}

void WriteState(std::byte* page, const State& state) {
  if (IsUnformatted(page)) FormatHnswPage(page, PageKind::kState);
  std::memcpy(page + sizeof(PageHeader), &state, sizeof(State));
  HeaderOf(page).lower = sizeof(PageHeader) + sizeof(State);
}

State EmptyState() {
  return {.insert_block = kNoBlock,
          .items_block = kNoBlock,
          .free_nodes = kNoBlock,
          .entries_first = kNoBlock,
          .entries_last = kNoBlock,
          .entries = 0,
          .rows = 0};
}

}  // namespace vec::hnsw
