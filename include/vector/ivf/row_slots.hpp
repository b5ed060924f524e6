// The slots of row pages behind codes.
//
// A lane of a code page owns a slot, whether its row is alive or not; the next row of the
// lane is stored there. Vacuum takes a slot from its lane only together with all others of
// the row page, which becomes free, or where the code page itself goes. In the latter
// case slots whose row page stays are left without an owner: their TID is invalid, and an
// insert that looks at the page may take them.
#pragma once

#include <algorithm>
#include <optional>

#include "vector/ivf/layout.hpp"

namespace vec::ivf {

inline constexpr HeapTid kNoOwner{0, 0, 0};

inline bool HasOwner(HeapTid tid) { return tid.offset != 0; }

inline std::size_t CountOwned(const ListRows& rows) {
  return static_cast<std::size_t>(std::ranges::count_if(rows.heads(), HasOwner));
}

// A slot that an insert may take; count() where that is a new one.
inline std::optional<std::uint16_t> FindSlot(const ListRows& rows) {
  if (rows.HasRoom()) return static_cast<std::uint16_t>(rows.count());
  const auto heads = rows.heads();
  const auto unowned = std::ranges::find_if_not(heads, HasOwner);
  if (unowned == heads.end()) return std::nullopt;
  return static_cast<std::uint16_t>(unowned - heads.begin());
}

}  // namespace vec::ivf
