// Points at which a test lets the server crash: builds with VECTOR_CRASH_POINTS have the
// setting vector.crash_at, all others have nothing of this.
//
// A point lies behind a record, which is flushed before the process ends: recovery finds the
// index as it was between this record and the next. Points are named by the file and the
// function that made the record, such as `hnsw/vacuum/Free`.
//
//   vector.crash_at = 'point:n'   ends the process when it comes to the point for the n-th time
//   vector.crash_at = '?'         logs each point that it comes to
#pragma once

#ifdef VECTOR_CRASH_POINTS
#include <source_location>
#endif

namespace vec::pg {

// Where a record is made. clang has std::source_location since version 15 only.
#ifdef VECTOR_CRASH_POINTS
using RecordPlace = std::source_location;
#else
struct RecordPlace {
  static RecordPlace current() { return {}; }
};
#endif

class CrashPoint {
 public:
#ifdef VECTOR_CRASH_POINTS
  explicit CrashPoint(const RecordPlace& where) : where_(where) {}
  void Pass() const;

 private:
  RecordPlace where_;
#else
  explicit CrashPoint(const RecordPlace&) {}
  void Pass() const {}
#endif
};

// Defines vector.crash_at, where it exists. Runs inside of Call.
#ifdef VECTOR_CRASH_POINTS
void DefineCrashSetting();
#else
inline void DefineCrashSetting() {}
#endif

}  // namespace vec::pg
