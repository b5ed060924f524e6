#include "vector/pg/crash_point.hpp"

#ifdef VECTOR_CRASH_POINTS

#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "vector/pg/guard.hpp"

namespace vec::pg {

namespace {

char* crash_at = nullptr;
long passed = 0;  // the point of crash_at, since it was set

extern "C" void AssignCrashAt(const char*, void*) { passed = 0; }

// "include/vector/ivf/build.hpp" -> "ivf/build"
std::string_view FileOf(std::string_view path) {
  for (const std::string_view root : {"include/vector/", "src/"}) {
    const std::size_t at = path.rfind(root);
    if (at != std::string_view::npos) path.remove_prefix(at + root.size());
  }
  return path.substr(0, path.rfind('.'));
}

// "void vec::Name<T>::Function(int) [with ...]" -> "Function"
std::string_view FunctionOf(std::string_view signature) {
  signature = signature.substr(0, signature.find(" [with"));
  signature = signature.substr(0, signature.find('('));
  return signature.substr(signature.find_last_of(": ") + 1);
}

// What WAL there is survives; locks, buffers and the transaction do not.
[[noreturn]] void Crash() {
  Call([] {
    if (XactLastRecEnd != InvalidXLogRecPtr) XLogFlush(XactLastRecEnd);
  });
  std::raise(SIGKILL);
  std::abort();
}

}  // namespace

void CrashPoint::Pass() const {
  const std::string_view wanted = crash_at != nullptr ? crash_at : "";
  if (wanted.empty()) return;
  std::string name(FileOf(where_.file_name()));
  name += '/';
  name += FunctionOf(where_.function_name());
  if (wanted == "?") {
    Call([&] { ereport(LOG, (errmsg_internal("crash point %s", name.c_str()))); });
    return;
  }
  const std::size_t colon = wanted.rfind(':');
  if (wanted.substr(0, colon) != name) return;
  const long number = colon == std::string_view::npos ? 1 : std::atol(&wanted[colon + 1]);
  if (++passed == number) Crash();
}

void DefineCrashSetting() {
  DefineCustomStringVariable("vector.crash_at", "Lets the server crash behind a record.",
                             "For tests: \"point:n\", or \"?\" to log the points.", &crash_at, "",
                             PGC_SUSET, GUC_NOT_IN_SAMPLE, nullptr, AssignCrashAt, nullptr);
}

}  // namespace vec::pg

#endif
