// Copying to vectors of bytes whose memory is a resource: their own insert() and assign() construct
// one byte after the other for an allocator that is not std's. REQUIRES of both: the bytes do not
// lie in `out`.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <span>
#include <vector>

namespace vec {

inline void AppendBytes(std::pmr::vector<std::byte>& out, std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  const std::size_t before = out.size();
  out.resize(before + bytes.size());
  std::memcpy(out.data() + before, bytes.data(), bytes.size());
}

inline void AssignBytes(std::pmr::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.resize(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
}

}  // namespace vec
