// Indexes whose files pgvector wrote.
//
// A database that is switched in place keeps its index files. They are recognised
// by what block 0 holds and never read further: searches and inserts raise an
// error that tells the statement that helps, vacuum passes them by, and REINDEX
// replaces them.
#pragma once

#include "vector/pg/compat.hpp"

namespace vec::pg {

// Whether block 0 of an index is a meta page of pgvector's.
bool BuiltByPgvector(Relation index);

// Raises the ERROR (55000) for an index that only pgvector can use.
[[noreturn]] void RaiseBuiltByPgvector(Relation index);

// The statement that an index needs after the switch: REINDEX, ready to be run; nullptr
// where it needs none or there is no such index any more. Palloc'd.
const char* TakeoverStatement(Oid index);

}  // namespace vec::pg
