// What the planner is told about distances and their indexes, and what is done to its plans.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg::planner {

// By its name. Runs inside of Call.
bool IsAccessMethodOurs(Oid access_method);

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

// Takes the distance of ORDER BY out of the rows of an index scan of ours where it is
// hidden, and nothing but a LIMIT stands above the scan. The order is that of the index.
void DropHiddenDistance(PlannedStmt& statement);

// Registers the settings of the planner.
void DefineSettings();

// Has every relation that this session plans pass through AddCastIndexes(), and every
// plan through DropHiddenDistance(). Called once, from _PG_init, after all that may fail.
void InstallHooks();

}  // namespace vec::pg::planner
