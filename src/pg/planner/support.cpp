#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

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
