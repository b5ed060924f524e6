// What PostgreSQL wants to know of the workers of a command: what they read, wrote and
// logged, and they of the command: its text. Kept in the table of contents of their context.
//
// All of it runs inside of Call.
#pragma once

#include "vector/pg/postgres.hpp"

namespace vec::pg {

// The leader: before InitializeParallelDSM(), after it, and when all workers have ended.
void EstimateUsage(ParallelContext* context);
void ShareUsage(ParallelContext* context);
void AddUsage(ParallelContext* context);

// A worker: first and last of all.
void BeginUsage(shm_toc* toc);
void EndUsage(shm_toc* toc);

}  // namespace vec::pg
