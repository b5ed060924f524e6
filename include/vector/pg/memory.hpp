// C++ containers whose storage PostgreSQL reclaims.
//
// Memory comes from a MemoryContext, so a destructor skipped by siglongjmp()
// leaks nothing: the context is reset when the statement ends or aborts.
// Exhaustion throws std::bad_alloc instead of raising an ERROR.
#pragma once

#include "vector/pg/postgres.hpp"

namespace vec::pg {

class ContextResource final : public std::pmr::memory_resource {
 public:
  explicit ContextResource(MemoryContext context) noexcept : context_(context) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override;

  MemoryContext context_;
};

}  // namespace vec::pg
