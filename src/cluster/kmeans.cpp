#include "vector/cluster/kmeans.hpp"

#include <cstdio>

#include "hierarchy.hpp"
#include "training.hpp"
#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/base/error.hpp"

namespace vec::cluster {

namespace {

std::size_t CentroidBytes(std::size_t centroids, std::size_t dims) {
  return CheckedMul(CheckedMul(centroids, dims), sizeof(float));
}

void CheckMemory(std::size_t required, std::size_t available) {
  if (available >= required) return;
  constexpr std::size_t kMegabyte = 1024 * 1024;
  char message[96];
  std::snprintf(message, sizeof(message),
                "memory required is %zu MB, maintenance_work_mem is %zu MB",
                required / kMegabyte + 1, available / kMegabyte);
  throw Error(ErrorKind::kLimit, message);
}

}  // namespace

std::size_t TrainMemoryBytes(std::size_t centroids, std::size_t dims) {
  return CheckedAdd(CentroidBytes(centroids, dims), ClusterBytes(centroids, dims));
}

std::pmr::vector<float> Train(RowSource& rows, const KMeansParams& params) {
  VECTOR_ASSERT(params.centroids >= 1 && rows.count() >= 1 && rows.dims() >= 1);
  const std::size_t dims = rows.dims();
  CheckMemory(TrainMemoryBytes(params.centroids, dims), params.memory_bytes);

  const std::size_t k = std::min(params.centroids, rows.count());
  std::pmr::vector<float> centroids(params.memory);
  centroids.reserve(k * dims);

  Budget memory(params.memory, params.memory_bytes - CentroidBytes(k, dims));
  Training training{params, memory, Random(params.seed), simd::Active()};
  if (Cluster(training, rows, k, centroids) == 0) {
    // Zero rows only, and no direction is better than another.
    centroids.assign(dims, 0.0f);
    centroids.front() = 1.0f;
  }
  return centroids;
}

}  // namespace vec::cluster
