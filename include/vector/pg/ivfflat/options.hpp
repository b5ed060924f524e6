// What an index was declared as, and the settings of a search.
#pragma once

#include "vector/ivf/layout.hpp"
#include "vector/pg/compat.hpp"

namespace vec::pg::ivfflat {

// Type, metric and size as the catalogue declares them.
struct Declaration {
  ivf::ElementType type;
  ivf::Metric metric;
  std::uint32_t dims;
  std::uint32_t lists;
  ivf::Codec codec;
  ivf::Vectors vectors;
};

// Reads operator class, type modifier and reloptions of an index to be built.
// Throws Error where it cannot be indexed.
Declaration Describe(Relation index);

// The number of lists that the reloptions declare; 0 leaves it to ListsForRows.
std::uint32_t DeclaredLists(Relation index);
std::uint32_t ListsForRows(const Declaration& declared, double rows);

// Current values of ivfflat.probes, ivfflat.iterative_scan, ivfflat.max_probes,
// ivfflat.adaptive_probes; the index's own probes where the first is not set.
struct ProbeSettings {
  std::uint32_t probes;
  std::uint32_t max_probes;  // > probes where iterative scans are on
  bool is_adaptive;
};
ProbeSettings CurrentProbes(Relation index);

}  // namespace vec::pg::ivfflat
