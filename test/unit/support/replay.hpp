// What PostgreSQL's generic_redo() does with the delta of a page.
#pragma once

#include <span>
#include <stdexcept>

#include "vector/storage/page.hpp"

namespace vec::test {

inline void Replay(std::span<const std::byte> delta, std::byte* page) {
  while (!delta.empty()) {
    std::uint16_t header[2];
    if (delta.size() < sizeof header) throw std::logic_error("half a fragment");
    std::memcpy(header, delta.data(), sizeof header);
    const auto [offset, length] = header;
    delta = delta.subspan(sizeof header);
    if (length == 0 || delta.size() < length || offset + length > kPageBytes) {
      throw std::logic_error("no such fragment");
    }
    std::memcpy(page + offset, delta.data(), length);
    delta = delta.subspan(length);
  }
  ClearHole(page);
}

}  // namespace vec::test
