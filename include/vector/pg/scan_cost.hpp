// What the costs of all index methods have in common: an index scan may end before it
// has returned all rows, and a plan that would need them all is charged so much that any
// other wins.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg {

struct CostEstimate {
  Cost startup;
  Cost total;
  Selectivity selectivity;
  double correlation;
  double pages;
};

// For a path that must not be taken.
CostEstimate NeverScan(IndexPath* path);

// What a scan is charged that comes to a share of the rows of the index: 0 where these
// suffice, as far as is known.
Cost PenaltyForLostRows(PlannerInfo* root, const IndexPath* path, double reached);

}  // namespace vec::pg
