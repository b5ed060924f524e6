// Nearest rows by matrix products: rows of one group against those of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "candidates.hpp"
#include "gather.hpp"

namespace vec::hnsw {

// One thread's scratch. REQUIRES: rows and lists outlive it.
class Join {
 public:
  Join(const Rows& rows, CandidateLists& lists) : rows_(rows), lists_(lists) {}

  // Offers each row of `to` the `most` nearest of `from` (squared L2), itself excepted. No row
  // is twice in `from`.
  void Nearest(std::span<const std::uint32_t> to, std::span<const std::uint32_t> from,
               std::size_t most);

  // The same by inner product: offers |x|^2 + longest - 2 <x, y> for distances, the squared
  // distance to y had it a further coordinate that makes its squared length `longest`, which
  // is at least that of each row.
  void GreatestProducts(std::span<const std::uint32_t> to, std::span<const std::uint32_t> from,
                        std::size_t most, float longest);

 private:
  struct Task {
    std::span<const std::uint32_t> from;
    std::size_t most;
    const float* origin;
    const float* norms;  // of `from`
  };

  void Run(std::span<const std::uint32_t> to, const Task& task);
  void Collect(const Task& task, const float* dots, float norm, std::uint32_t self);

  const Rows& rows_;
  CandidateLists& lists_;
  Gathered to_;
  Gathered from_;
  std::vector<float> origin_;
  std::vector<float> longest_;
  std::vector<float> dots_;
  std::vector<std::uint32_t> positions_;
  std::vector<float> scores_;
  std::vector<Candidate> found_;
};

}  // namespace vec::hnsw
