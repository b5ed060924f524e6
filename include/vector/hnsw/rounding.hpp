// Whether a build may round float32 rows to binary16 (half_row.hpp).
//
// Rounding makes nodes shorter, and costs searches a look into the table for rows that it brings
// too close to call. Of most data these are few. Of rows whose coordinates are much larger than
// what tells them apart they are all, or many round to the same.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>

namespace vec::hnsw {

// Of a sample, compared with itself: whether rounding moves nine rows in ten by no more than a
// hundredth of the distance to the nearest that is not equal. Fewer than 1,000 rows tell too
// little of those to come. `values` are rows of `dims` floats. Deterministic for a seed.
bool AllowsRounding(std::span<const float> values, std::size_t dims, std::uint64_t seed,
                    std::pmr::memory_resource* memory);

}  // namespace vec::hnsw
