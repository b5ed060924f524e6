#include "vector/pg/guard.hpp"
#include "vector/pg/planner.hpp"

namespace vec::pg::planner {

Node* AnswerRequest(Node* request) {
  return Call([&]() -> Node* {
    if (IsA(request, SupportRequestCost)) {
      EstimateCall(*reinterpret_cast<SupportRequestCost*>(request));
      return request;
    }
    if (IsA(request, SupportRequestSimplify)) {
      return CastAsIndexed(*reinterpret_cast<SupportRequestSimplify*>(request));
    }
    return nullptr;
  });
}

}  // namespace vec::pg::planner
