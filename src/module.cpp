// Module magic and initialisation.
#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"
#include "vector/pg/settings.hpp"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
}

void _PG_init() {
  vec::pg::Guard([] {
    vec::pg::DefineSettings();
    vec::pg::planner::InstallHook();
  });
}
