// Exact vectors that an index leaves to the table.
#pragma once

#include <optional>
#include <span>

#include "vector/storage/page.hpp"

namespace vec {

class HeapVectors {
 public:
  virtual ~HeapVectors() = default;

  // The vector of a row as the index would store it, widened to float32 and valid until
  // the next call; nothing where the search need not see the row.
  virtual std::optional<std::span<const float>> Read(HeapTid tid) = 0;
};

}  // namespace vec
