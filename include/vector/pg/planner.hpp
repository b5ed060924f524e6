// What the planner asks about the distance functions, and what is done to its plans.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg::planner {

// Answers a request to the support function of a distance function; nullptr where there
// is nothing to say.
Node* AnswerRequest(Node* request);

// Sets what one call costs: by the dimensions of its arguments, and whether they are
// toasted.
void EstimateCall(SupportRequestCost& request);

// A column without dimensions may have an index on its cast to vector(n). Where that
// index covers the whole table, every value of the column has n dimensions or is NULL,
// so the cast changes nothing: puts it around the column, for the planner to find the
// index. nullptr where there is no such index.
Node* CastAsIndexed(const SupportRequestSimplify& request);

// Takes the distance of ORDER BY out of the rows of an index scan of ours where it is
// hidden, and nothing but a LIMIT stands above the scan. The order is that of the index.
void DropHiddenDistance(PlannedStmt& statement);

// Registers the settings of the planner.
void DefineSettings();

// Has every plan of this session pass through DropHiddenDistance(). Called once, from
// _PG_init, after all that may fail.
void InstallHook();

}  // namespace vec::pg::planner
