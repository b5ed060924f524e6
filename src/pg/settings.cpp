#include "vector/pg/settings.hpp"

#include "vector/pg/crash_point.hpp"
#include "vector/pg/guard.hpp"
#include "vector/pg/hnsw/hnsw.hpp"
#include "vector/pg/ivfflat/ivfflat.hpp"
#include "vector/pg/planner.hpp"
#include "vector/simd/kernels.hpp"

namespace vec::pg {

namespace {

constexpr int kSimdAuto = -1;

int simd_level = kSimdAuto;

const config_enum_entry kSimdLevels[] = {
    {"auto", kSimdAuto, false},
    {"baseline", static_cast<int>(simd::Level::kBaseline), false},
    {"avx2", static_cast<int>(simd::Level::kAvx2), false},
    {"avx512", static_cast<int>(simd::Level::kAvx512), false},
    {nullptr, 0, false},
};

std::optional<simd::Level> ToLevel(int value) {
  if (value == kSimdAuto) return std::nullopt;
  return static_cast<simd::Level>(value);
}

extern "C" bool CheckSimd(int* value, void**, GucSource) {
  const auto level = ToLevel(*value);
  if (!level || simd::Find(*level) != nullptr) return true;
  GUC_check_errdetail("This machine or build has no kernels for that instruction set.");
  return false;
}

extern "C" void AssignSimd(int value, void*) { simd::Select(ToLevel(value)); }

}  // namespace

void DefineSettings() {
  planner::DefineSettings();
  Call([] {
    DefineCustomEnumVariable("vector.simd", "Sets the instruction set of the distance kernels.",
                             "For developers: \"auto\" takes the best that the machine has.",
                             &simd_level, kSimdAuto, kSimdLevels, PGC_USERSET, GUC_NOT_IN_SAMPLE,
                             CheckSimd, AssignSimd, nullptr);
    DefineCrashSetting();
    MarkGUCPrefixReserved("vector");
  });
  ivfflat::DefineSettings();
  hnsw::DefineSettings();
}

}  // namespace vec::pg
