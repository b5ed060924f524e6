// k-means of any number of centroids: flat where they are few, otherwise groups
// of rows first and a k-means within each group.
#pragma once

#include <cstddef>

#include "training.hpp"

namespace vec::cluster {

// The most centroids that are made in one level.
inline constexpr std::size_t kFlatLimit = 256;

// Appends up to k centroids and returns how many: fewer only where the rows hold
// fewer distinct values, none where spherical and all rows are zero.
std::size_t Cluster(Training& training, RowSource& rows, std::size_t k, Centroids& out);

// Least memory for k centroids, beside the centroids.
std::size_t ClusterBytes(std::size_t k, std::size_t dims);

}  // namespace vec::cluster
