// Lloyd's iterations: rows to their nearest centroid, centroids to the mean of
// their rows.
//
// Sums are kept in double, so that the means of large clusters stay exact to
// float32. A centroid without rows moves to the row furthest from its own.
#pragma once

#include <cstddef>
#include <span>

#include "training.hpp"

namespace vec::cluster {

// Improves the centroids in place, until little moves or for so many iterations.
void Improve(Training& training, RowSource& rows, std::span<float> centroids, int iterations);

// Memory that this takes beside the centroids.
std::size_t ImproveBytes(std::size_t centroids, std::size_t dims);

}  // namespace vec::cluster
