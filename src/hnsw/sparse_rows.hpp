// Sparse rows, compared by the elements that they share: most share few.
//
//   L2, cosine, inner product   |x - y|^2 = |x|^2 + |y|^2 - 2 <x, y>
//   L1                          |x - y|_1 = |x|_1 + |y|_1 - 2 times the sum of min(|x_i|, |y_i|)
//                               over all i where both have one sign
//
// so that only elements of equal index count. A group looks its elements up in lists by index
// of the elements of the other, the inverted file of text retrieval.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "vector/base/workers.hpp"
#include "vector/hnsw/scorer.hpp"

namespace vec::hnsw {

struct SparseRows {
  class Group;
  class Probe;

  Metric metric;
  std::span<const std::byte* const> stored;  // as scorer.hpp has them
  std::span<const std::uint32_t> numbers;    // of row i in `stored`

  std::size_t count() const { return numbers.size(); }
  types::SparseElements operator[](std::size_t i) const {
    return SparseElementsAt(stored[numbers[i]]);
  }
  void Prefetch(std::uint32_t i) const;
};

// Numbers of indices, from 0 as they come: a hash table.
class IndexNumbers {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // Forgets all; room for `most` indices.
  void Reset(std::size_t most);

  std::uint32_t Add(std::int32_t index) {
    Slot& slot = slots_[Place(index)];
    if (slot.index != index) slot = {index, count_++};
    return slot.number;
  }
  std::uint32_t Find(std::int32_t index) const { return slots_[Place(index)].number; }

  std::size_t count() const { return count_; }

 private:
  struct Slot {
    std::int32_t index = -1;
    std::uint32_t number = kNone;
  };

  // Where the index is, or would be.
  std::size_t Place(std::int32_t index) const {
    std::size_t place = static_cast<std::uint32_t>(index) * 0x9E3779B1u >> shift_;
    while (slots_[place].index != index && slots_[place].index != -1) {
      place = (place + 1) & (slots_.size() - 1);
    }
    return place;
  }

  std::vector<Slot> slots_;
  unsigned shift_ = 0;
  std::uint32_t count_ = 0;
};

class SparseRows::Group {
 public:
  // The most elements whose lists are made at once, beyond a row's own.
  static constexpr std::size_t kElements = 1 << 15;

  void Load(const SparseRows& rows, std::span<const std::uint32_t> chosen,
            std::optional<std::uint32_t> origin);

  std::size_t count() const { return norms_.size(); }
  const float* norms() const { return norms_.data(); }

  static void Compare(Group& to, const Group& from, float* shared, Workers& workers);

  // What Compare() takes at most, for each thread.
  static std::size_t Bytes(std::size_t longest_row);

 private:
  static constexpr std::size_t kColumns = 16;

  struct Range {
    std::size_t first;
    std::size_t end;
  };
  struct Posting {
    std::uint32_t row;
    float value;
  };

  // Makes the lists of some rows from number `first` on; returns the end of those.
  std::size_t List(std::size_t first);
  template <class Term>
  void Share(const Group& from, Range rows, Term term, float* shared, Workers& workers);
  template <class Term>
  void AddTerms(const types::SparseElements& row, Term term, float* sums) const;

  bool is_l1_ = false;
  std::vector<types::SparseElements> rows_;
  std::vector<float> norms_;

  IndexNumbers lists_;
  std::vector<std::uint32_t> first_;  // of list i in postings_, and the end
  std::vector<Posting> postings_;
  std::vector<float> sums_;
};

class SparseRows::Probe {
 public:
  explicit Probe(const SparseRows& rows) : rows_(rows) {}

  void Set(std::uint32_t row);
  float DistanceTo(std::uint32_t other) const;
  float NegativeProductTo(std::uint32_t other) const;

 private:
  float ValueAt(std::int32_t index) const {
    const std::uint32_t place = places_.Find(index);
    return place == IndexNumbers::kNone ? 0.0f : row_.values[place];
  }

  const SparseRows& rows_;
  types::SparseElements row_;
  double norm_ = 0;
  IndexNumbers places_;
};

}  // namespace vec::hnsw
