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

#include <source_location>

namespace vec::pg {

class CrashPoint {
 public:
#ifdef VECTOR_CRASH_POINTS
  explicit CrashPoint(const std::source_location& where) : where_(where) {}
  void Pass() const;

 private:
  std::source_location where_;
#else
  explicit CrashPoint(const std::source_location&) {}
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
