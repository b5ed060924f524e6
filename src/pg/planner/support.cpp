#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

bool IsAccessMethodOurs(Oid access_method) {
  const char* name = get_am_name(access_method);
  if (name == nullptr) return false;
  return std::strcmp(name, "ivfflat") == 0 || std::strcmp(name, "hnsw") == 0;
}

Node* AnswerRequest(Node* request) {
  return Call([&]() -> Node* {
    if (IsA(request, SupportRequestCost)) {
      auto& cost = *reinterpret_cast<SupportRequestCost*>(request);
      return EstimateCall(cost) ? request : nullptr;
    }
    return nullptr;
  });
}

}  // namespace vec::pg::planner
