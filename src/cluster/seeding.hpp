// The first centroids of a k-means: distinct rows, drawn with a probability in
// proportion to D^2, their squared distance to the nearest centroid so far
// (Arthur and Vassilvitskii, k-means++, 2007, section 2.2).
//
// Differences: a round draws several candidates by the D^2 of its beginning and
// accepts each with probability D^2 now / D^2 then, which is the same
// distribution; the distances of all rows are brought up to date once a round, by
// matrix multiplication.
#pragma once

#include <cstddef>

#include "training.hpp"

namespace vec::cluster {

// Appends up to k distinct rows (at unit length where spherical; zero rows have
// none and are passed over) and returns how many: fewer than k only where there
// are no more. Rows whose D^2 does not fit into memory are sampled.
std::size_t Seed(Training& training, RowSource& rows, std::size_t k, Centroids& out);

// Least memory for seeding k centroids, beside the centroids.
std::size_t SeedBytes(std::size_t k, std::size_t dims);

}  // namespace vec::cluster
