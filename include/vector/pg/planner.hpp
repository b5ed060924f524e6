// What the planner is told about distances and their indexes.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg::planner {

// Answers a request to the support function of a distance function; nullptr where there
// is nothing to say.
Node* AnswerRequest(Node* request);

// Sets what one call costs: by the dimensions of its arguments, and whether they are
// toasted. Returns false where no argument is a column.
bool EstimateCall(SupportRequestCost& request);

// A column without dimensions may have an index on its cast to vector(n). Every value of
// the column then has n dimensions or is NULL, or the index could not have been built:
// the cast changes nothing. Adds each such index of a relation once more, as one on the
// column, so that `ORDER BY column <=> value` finds it.
void AddCastIndexes(RelOptInfo* rel);

// Has the above done for every relation that is planned.
void InstallHooks();

}  // namespace vec::pg::planner
