// What the planner asks about the distance functions.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg::planner {

// Answers a request to the support function of a distance function; nullptr where there
// is nothing to say.
Node* AnswerRequest(Node* request);

// Sets what one call costs: by the dimensions of its arguments, and whether they are
// toasted. Returns false where no argument is a column.
bool EstimateCall(SupportRequestCost& request);

// A column without dimensions may have an index on its cast to vector(n). Where that
// index covers the whole table, every value of the column has n dimensions or is NULL,
// so the cast changes nothing: puts it around the column, for the planner to find the
// index. nullptr where there is no such index.
Node* CastAsIndexed(const SupportRequestSimplify& request);

}  // namespace vec::pg::planner
