#include "sparse_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "graph_rows.hpp"

namespace vec::hnsw {

static_assert(GraphRows<SparseRows>);

namespace {

// What one element adds to the norm, and a shared one to what two rows share.
double NormTerm(bool is_l1, float x) { return is_l1 ? std::fabs(x) : double{x} * x; }

float LesserTerm(float x, float y) {
  return x * y > 0 ? std::min(std::fabs(x), std::fabs(y)) : 0.0f;
}

double Norm(bool is_l1, std::span<const float> values) {
  double sum = 0;
  for (const float x : values) sum += NormTerm(is_l1, x);
  return sum;
}

}  // namespace

void SparseRows::Prefetch(std::uint32_t i) const { PrefetchRow(stored[numbers[i]], 256); }

void IndexNumbers::Reset(std::size_t most) {
  constexpr std::size_t kLeast = 64;
  const std::size_t wanted = std::bit_ceil(std::max(kLeast, 4 * most));
  slots_.assign(wanted, Slot{});
  shift_ = 32 - static_cast<unsigned>(std::countr_zero(wanted));
  count_ = 0;
}

void SparseRows::Group::Load(const SparseRows& rows, std::span<const std::uint32_t> chosen,
                             std::optional<std::uint32_t>) {
  is_l1_ = rows.metric == Metric::kL1;
  rows_.resize(chosen.size());
  norms_.resize(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    constexpr std::size_t kAhead = 8;
    if (i + kAhead < chosen.size()) rows.Prefetch(chosen[i + kAhead]);
    rows_[i] = rows[chosen[i]];
    norms_[i] = static_cast<float>(Norm(is_l1_, rows_[i].values));
  }
}

std::size_t SparseRows::Group::List(std::size_t first) {
  std::size_t end = first;
  std::size_t elements = 0;
  for (; end < rows_.size(); ++end) {
    if (end > first && elements + rows_[end].size() > kElements) break;
    elements += rows_[end].size();
  }
  lists_.Reset(elements);
  first_.assign(elements + 2, 0);
  for (std::size_t row = first; row < end; ++row) {
    for (const std::int32_t index : rows_[row].indices) ++first_[lists_.Add(index) + 2];
  }
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  postings_.resize(elements);
  for (std::size_t row = first; row < end; ++row) {
    for (std::size_t i = 0; i < rows_[row].size(); ++i) {
      const std::uint32_t list = lists_.Find(rows_[row].indices[i]);
      postings_[first_[list + 1]++] = {static_cast<std::uint32_t>(row - first),
                                       rows_[row].values[i]};
    }
  }
  return end;
}

// Some columns at a time are summed up side by side: the rows of `shared` are far apart.
template <class Term>
void SparseRows::Group::Share(const Group& from, Range rows, Term term, float* shared,
                              Workers& workers) {
  const std::size_t height = rows.end - rows.first;
  sums_.resize(kColumns * height);
  for (std::size_t first = 0; first < from.count(); first += kColumns) {
    const std::size_t columns = std::min(kColumns, from.count() - first);
    workers.CheckStop();
    std::ranges::fill(sums_, 0.0f);
    for (std::size_t j = 0; j < columns; ++j) {
      AddTerms(from.rows_[first + j], term, sums_.data() + j * height);
    }
    for (std::size_t i = 0; i < height; ++i) {
      float* out = shared + (rows.first + i) * from.count() + first;
      for (std::size_t j = 0; j < columns; ++j) out[j] = sums_[j * height + i];
    }
  }
}

template <class Term>
void SparseRows::Group::AddTerms(const types::SparseElements& row, Term term, float* sums) const {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::uint32_t list = lists_.Find(row.indices[i]);
    if (list == IndexNumbers::kNone) continue;
    const float value = row.values[i];
    for (std::uint32_t k = first_[list]; k < first_[list + 1]; ++k) {
      sums[postings_[k].row] += term(postings_[k].value, value);
    }
  }
}

void SparseRows::Group::Compare(Group& to, const Group& from, float* shared, Workers& workers) {
  for (std::size_t first = 0; first < to.count();) {
    const Range rows{first, to.List(first)};
    if (to.is_l1_) {
      to.Share(from, rows, LesserTerm, shared, workers);
    } else {
      to.Share(
          from, rows, [](float x, float y) { return x * y; }, shared, workers);
    }
    first = rows.end;
  }
}

std::size_t SparseRows::Group::Bytes(std::size_t longest_row) {
  const std::size_t elements = kElements + longest_row;
  // Up to 8 slots an element.
  return elements * (8 * 2 * sizeof(std::uint32_t) + sizeof(std::uint32_t) + sizeof(Posting));
}

void SparseRows::Probe::Set(std::uint32_t row) {
  row_ = rows_[row];
  norm_ = Norm(rows_.metric == Metric::kL1, row_.values);
  places_.Reset(row_.size());
  for (const std::int32_t index : row_.indices) places_.Add(index);
}

// The part of this row that the other has no elements for comes by itself out of its norm.
float SparseRows::Probe::DistanceTo(std::uint32_t other) const {
  const types::SparseElements row = rows_[other];
  double sum = 0;
  double met = 0;
  const bool is_l1 = rows_.metric == Metric::kL1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const float x = ValueAt(row.indices[i]);
    sum += NormTerm(is_l1, x - row.values[i]);
    met += NormTerm(is_l1, x);
  }
  return static_cast<float>(sum + std::max(norm_ - met, 0.0));
}

float SparseRows::Probe::NegativeProductTo(std::uint32_t other) const {
  const types::SparseElements row = rows_[other];
  double sum = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    sum += double{ValueAt(row.indices[i])} * row.values[i];
  }
  return static_cast<float>(-sum);
}

}  // namespace vec::hnsw
