// k-means: seeding by D^2 sampling (k-means++, Arthur and Vassilvitskii 2007),
// Lloyd iterations in blocks on matrix multiplication, two levels where there
// are many centroids.
//
// Differences to the paper: candidates are drawn several to a round from the D^2
// of its beginning and thinned out to the same distribution, so that seeding too
// is matrix multiplication; above 256 centroids the rows are split into groups
// first (at most sqrt(k), at least 64 centroids each) and every group gets
// centroids by its share: an order of magnitude faster. Up to six iterations over
// all rows and centroids then move those at the borders of groups. What memory_bytes
// cannot hold is sampled evenly: the rows of a group, and where not even 5 bytes a row
// are left all rows. Threads share out the comparisons of rows with centroids, where the
// rows are in memory; each takes up to 512 kB beside memory_bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "vector/cluster/rows.hpp"

namespace vec::cluster {

struct KMeansParams {
  std::size_t centroids = 0;     // how many to make, >= 1
  int iterations = 10;           // of Lloyd, at most; stops early when little moves
  bool spherical = false;        // rows have unit length; centroids are normalised
  std::uint64_t seed = 1;        // same rows, params and SIMD level: same result
  std::size_t memory_bytes = 0;  // most that may be taken from `memory`, result included
  std::pmr::memory_resource* memory = std::pmr::get_default_resource();
  std::size_t threads = 1;  // that compute, the caller's included; the result is the same
  void (*check_interrupts)() = [] {};  // called at least every 0.1 s; may throw
};

// The least memory_bytes that Train needs for so many centroids.
std::size_t TrainMemoryBytes(std::size_t centroids, std::size_t dims);

// Throws Error(kLimit) "memory required is %zu MB, maintenance_work_mem is %zu MB" where
// fewer bytes are available than required.
void CheckMemory(std::size_t required, std::size_t available);

// Returns centroids row-major, at least 1 and at most params.centroids: fewer
// only where the rows hold fewer distinct values. No centroid is NaN or, if
// spherical, of zero length. REQUIRES: rows.count() >= 1, finite values.
// Throws as CheckMemory where memory_bytes is below TrainMemoryBytes.
std::pmr::vector<float> Train(RowSource& rows, const KMeansParams& params);

}  // namespace vec::cluster
