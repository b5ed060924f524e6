// An index that is to be checked, and its table, opened and locked as amcheck does it.
#pragma once

#include "vector/pg/guard.hpp"

namespace vec::pg {

enum class CheckedMethod { kIvfflat, kHnsw };

// Everything is done as the owner of the table until the end: expressions of the index must not
// do what only the caller may.
class CheckedRelation {
 public:
  // Raises an ERROR where the session may not check the relation, or it is no index of ours that
  // can be checked.
  explicit CheckedRelation(Oid index);
  ~CheckedRelation();
  CheckedRelation(const CheckedRelation&) = delete;
  CheckedRelation& operator=(const CheckedRelation&) = delete;

  Relation index() const { return index_; }
  Relation heap() const { return heap_; }
  CheckedMethod method() const { return method_; }
  // Whether there is no file to be checked: of an unlogged index during recovery.
  bool is_without_file() const { return is_without_file_; }

 private:
  void Open(Oid index);
  void Refuse();

  Relation index_ = nullptr;
  Relation heap_ = nullptr;
  CheckedMethod method_ = CheckedMethod::kHnsw;
  bool is_without_file_ = false;
  int at_entry_;
  Oid caller_ = InvalidOid;
  int caller_context_ = 0;
  int guc_level_ = 0;
};

}  // namespace vec::pg
