// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace kith {

namespace table {

/// The rows of one part of a table at the time of a snapshot; null while the part has not changed
/// since. Guarded by the lock of the part.
template <typename Row>
using PartImage = std::shared_ptr<const std::vector<Row>>;

/// The snapshots that need a copy of a part before its next change (copy on write). Guarded by the
/// lock of the part.
template <typename Row>
class PartImages {
 public:
  /// Registers a snapshot and returns its image, null until the part changes. Drops snapshots that
  /// were destroyed, so that snapshots of a part that never changes do not pile up.
  std::shared_ptr<PartImage<Row>> add() {
    if (waiting_) std::erase_if(*waiting_, [](const auto& waits) { return waits.expired(); });
    auto image = std::make_shared<PartImage<Row>>();
    if (!waiting_) waiting_ = std::make_unique<Waiting>();
    waiting_->push_back(image);
    return image;
  }
  /// Returns the number of registered snapshots, possibly including destroyed ones.
  [[nodiscard]] std::size_t size() const { return waiting_ ? waiting_->size() : 0; }
  /// Must be called before each change: sets the images to one shared copy of the rows, made by
  /// `copy()` only if a snapshot needs it.
  template <typename F>
  void keep(F copy) {
    if (!waiting_) return;
    const std::unique_ptr<Waiting> all = std::move(waiting_);
    PartImage<Row> rows;
    for (const auto& waits : *all) {
      const auto image = waits.lock();
      if (!image) continue;
      if (!rows) rows = std::make_shared<const std::vector<Row>>(copy());
      *image = rows;
    }
  }

 private:
  using Waiting = std::vector<std::weak_ptr<PartImage<Row>>>;
  std::unique_ptr<Waiting> waiting_;  ///< a pointer, to fit in the cache line of the part's lock
};

}  // namespace table

/// Shows all rows of a table as they were at one instant (copy on write).
///
///     Table<std::string, int> stock;
///     const auto before = stock.snapshot();
///     stock.insert("apples", 3).value();
///     int total = 0;
///     before.for_each([&](const auto& row) { total += row.second; });  // 0
///
/// Creating it copies nothing. A part of the table is copied before its first change afterwards, so
/// that a snapshot costs at most one copy of the table. Must not outlive the table.
/// Thread-safety: any thread.
template <typename Row>
class TableSnapshot {
 public:
  /// Returns the rows of one part.
  using Part = std::function<table::PartImage<Row>()>;

  TableSnapshot(std::vector<Part> parts, std::size_t size)
      : parts_(std::move(parts)), size_(size) {}

  /// Calls `f(row)` for each row, part by part, without a lock: `f` may use the table.
  template <typename F>
  void for_each(F f) const {
    for (const Part& part : parts_) {
      const table::PartImage<Row> rows = part();
      for (const Row& row : *rows) f(row);
    }
  }
  /// For walks in steps: the number of parts, and the rows of part `number`.
  [[nodiscard]] std::size_t part_count() const { return parts_.size(); }
  [[nodiscard]] table::PartImage<Row> part(std::size_t number) const { return parts_[number](); }
  /// Returns copies of all rows.
  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> all;
    all.reserve(size_);
    for_each([&](const Row& row) { all.push_back(row); });
    return all;
  }
  /// Returns the number of rows.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::vector<Part> parts_;
  std::size_t size_;
};

}  // namespace kith
