// A random sample of the table for k-means, in memory or in a temporary file.
//
// Blocks are sampled first, then rows by reservoir (Vitter's algorithm R): every
// row of the sampled blocks is equally likely. Values that lie out of line are read
// when the sample is complete, so that none is read which another row replaces.
// Where the sample is larger than the memory granted, it lies in a temporary file
// and is read in blocks.
#pragma once

#include <array>

#include "vector/base/random.hpp"
#include "vector/cluster/rows.hpp"
#include "vector/ivf/layout.hpp"
#include "vector/pg/index_rows.hpp"
#include "vector/pg/postgres.hpp"

namespace vec::pg::ivfflat {

// A row as k-means sees it: bits are raw words.
inline std::span<const float> TrainingRow(const ivf::RowView& row) {
  if (!row.values.empty()) return row.values;
  return {reinterpret_cast<const float*>(row.stored.data()), row.stored.size() / sizeof(float)};
}

class Sample final : public cluster::RowSource {
 public:
  // Up to `wanted` rows of row_dims floats (TrainingRow), of which at most memory_bytes are
  // held in memory. REQUIRES: memory_bytes >= MinMemoryBytes(row_dims).
  Sample(std::size_t wanted, std::size_t row_dims, std::size_t memory_bytes,
         std::pmr::memory_resource* memory);
  ~Sample() override;
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  // The place for one more row of the table: a slot to Put it in, or nothing
  // where the sample passes it over.
  std::optional<std::size_t> NextSlot();
  void Put(std::size_t slot, std::span<const float> row);

  // The same for a value of the TOAST table that nobody removes before ReadLater().
  void PutLater(std::size_t slot, const varlena* pointer);

  // Reads the values that were put off. Those that give no row leave the sample.
  void ReadLater(RowReader& reader);

  // Takes a row out; the last one gets its place.
  void Take(std::size_t slot, std::span<float> row);

  // Appends to each row the coordinate that gives all the same length; returns
  // the square of that length. The last of row_dims is kept free for it.
  float Augment();

  std::size_t count() const override { return count_; }
  std::size_t dims() const override { return row_dims_; }
  std::span<const float> Read(std::size_t first, std::size_t n) override;
  std::size_t max_block() const override;

  // What it takes to read a file row by row.
  static std::size_t MinMemoryBytes(std::size_t row_dims) { return row_dims * sizeof(float); }

  // What the object holds in memory.
  std::size_t memory_bytes() const { return buffer_.capacity() * sizeof(float); }

 private:
  // A TOAST pointer as it is in a heap tuple; without the header where there is none.
  using Pointer = std::array<char, TOAST_POINTER_SIZE>;

  void Include(std::size_t slot);
  bool IsLater(std::size_t slot) const { return slot < later_.size() && later_[slot][0] != 0; }
  std::pmr::vector<std::uint32_t> LaterSlots() const;
  Oid KeyOf(std::size_t slot) const;
  void WriteRow(std::size_t slot, std::span<const float> row);
  void Seek(std::size_t row);

  std::size_t wanted_;
  std::size_t row_dims_;
  std::size_t block_rows_;  // most rows that one Read of the file gives
  std::size_t count_ = 0;
  std::size_t offered_ = 0;
  bool in_file_;
  int at_entry_;
  BufFile* file_ = nullptr;
  std::pmr::vector<float> buffer_;   // all rows, or one block of the file
  std::pmr::vector<Pointer> later_;  // of the first slots
  Random random_{1};
};

// Fills the sample from at most `blocks_wanted` blocks of the table.
void TakeSample(Relation heap, Relation index, IndexInfo* info, RowReader& reader, Sample& sample,
                std::size_t blocks_wanted);

}  // namespace vec::pg::ivfflat
