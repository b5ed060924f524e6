#include "vector/cluster/kmeans.hpp"

#include <string>

#include "hierarchy.hpp"
#include "lloyd.hpp"
#include "training.hpp"
#include "vector/base/assert.hpp"
#include "vector/base/checked.hpp"
#include "vector/base/error.hpp"

namespace vec::cluster {

namespace {

std::size_t CentroidBytes(std::size_t centroids, std::size_t dims) {
  return CheckedMul(CheckedMul(centroids, dims), sizeof(float));
}

// Groups are clustered for themselves, which leaves centroids at their borders in the
// wrong places: a few iterations over all rows and centroids move them. Products of rows
// and centroids are limited to seconds of work.
constexpr double kMostIterations = 6;
constexpr double kUsualProducts = 1e11;
constexpr double kMostProducts = 2e11;

void Polish(Training& training, RowSource& rows, std::span<float> centroids) {
  const std::size_t k = centroids.size() / rows.dims();
  const auto products = static_cast<double>(rows.count()) * static_cast<double>(centroids.size());
  if (k <= kFlatLimit || products > kMostProducts) return;
  if (training.memory.Left() < ImproveBytes(k, rows.dims())) return;
  const double affordable = std::clamp(kUsualProducts / products, 1.0, kMostIterations);
  Improve(training, rows, centroids,
          std::min(static_cast<int>(affordable), training.params.iterations));
}

// One, where the rows of larger blocks would take memory that is needed otherwise.
std::size_t AffordableThreads(const KMeansParams& params, std::size_t dims, std::size_t memory) {
  const std::size_t least = TrainMemoryBytes(params.centroids, dims);
  const bool fits = memory >= CheckedAdd(least, PassBytes(kMaxPassRows));
  return fits ? std::max<std::size_t>(params.threads, 1) : 1;
}

}  // namespace

std::size_t TrainMemoryBytes(std::size_t centroids, std::size_t dims) {
  const std::size_t kept = CheckedAdd(CentroidBytes(centroids, dims), PassBytes(kMaxBlockRows));
  return CheckedAdd(kept, ClusterBytes(centroids, dims));
}

void CheckMemory(std::size_t required, std::size_t available) {
  if (available >= required) return;
  constexpr std::size_t kMegabyte = 1024 * 1024;
  throw Error(ErrorKind::kLimit, "memory required is " + std::to_string(required / kMegabyte + 1) +
                                     " MB, maintenance_work_mem is " +
                                     std::to_string(available / kMegabyte) + " MB");
}

std::pmr::vector<float> Train(RowSource& rows, const KMeansParams& params) {
  VECTOR_ASSERT(params.centroids >= 1 && rows.count() >= 1 && rows.dims() >= 1);
  const std::size_t dims = rows.dims();
  CheckMemory(TrainMemoryBytes(params.centroids, dims), params.memory_bytes);

  const std::size_t k = std::min(params.centroids, rows.count());
  std::pmr::vector<float> centroids(params.memory);
  centroids.reserve(k * dims);

  Budget memory(params.memory, params.memory_bytes - CentroidBytes(k, dims));
  const WorkProgress check = [&](double) { params.check_interrupts(); };
  Workers workers(AffordableThreads(params, dims, params.memory_bytes), check);
  Training training(params, memory, workers);
  if (Cluster(training, rows, k, centroids) == 0) {
    // Zero rows only, and no direction is better than another.
    centroids.assign(dims, 0.0f);
    centroids.front() = 1.0f;
  }
  Polish(training, rows, centroids);
  return centroids;
}

}  // namespace vec::cluster
