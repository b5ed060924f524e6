// What an index has rows of, as the catalogue declares it.
#pragma once

#include "vector/pg/compat.hpp"
#include "vector/storage/kinds.hpp"

namespace vec::pg {

struct RowKind {
  ElementType type;
  Metric metric;
  std::uint32_t dims;
};

// An index method, as its messages name it.
struct IndexMethod {
  std::string_view name;
  bool takes_sparse;
};

// Reads the operator class and the type modifier of an index to be built. Throws Error
// where it cannot be indexed.
RowKind ReadRowKind(Relation index, const IndexMethod& method);

}  // namespace vec::pg
