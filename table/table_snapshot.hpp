#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace kith {

namespace table {

/// The rows of one part of a table, as they were when a snapshot was made. Guarded by the lock of
/// the part.
template <typename Row>
using PartImage = std::shared_ptr<const std::vector<Row>>;

/// Who wants to know the rows of a part as they are before its next change. Guarded by the lock of
/// the part.
template <typename Row>
class PartImages {
 public:
  /// An image that is empty as long as the part does not change.
  std::shared_ptr<PartImage<Row>> add() {
    if (waiting_) std::erase_if(*waiting_, [](const auto& waits) { return waits.expired(); });
    auto image = std::make_shared<PartImage<Row>>();
    if (!waiting_) waiting_ = std::make_unique<Waiting>();
    waiting_->push_back(image);
    return image;
  }
  /// How many wait, or waited when one was added last.
  [[nodiscard]] std::size_t size() const { return waiting_ ? waiting_->size() : 0; }
  /// Before a change: gives those who wait the rows that `copy()` makes.
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
  std::unique_ptr<Waiting> waiting_;  ///< small, since each part has it beside its lock
};

}  // namespace table

/// All rows of a table as they were at one instant, whatever is written meanwhile. Making it copies
/// nothing: a part of the table is copied when somebody is about to change it, so that of a table
/// that is written to all over there is one copy at last. Must not outlive the table.
/// Thread-safety: any thread.
///
///     const auto then = stock.snapshot();
///     then.for_each([&](const auto& row) { total += row.second; });
template <typename Row>
class TableSnapshot {
 public:
  /// The rows of one part.
  using Part = std::function<table::PartImage<Row>()>;

  TableSnapshot(std::vector<Part> parts, std::size_t size)
      : parts_(std::move(parts)), size_(size) {}

  /// Calls `f(row)` for each row, part by part; no lock is held, so it may use the table.
  template <typename F>
  void for_each(F f) const {
    for (const Part& part : parts_) {
      const table::PartImage<Row> rows = part();
      for (const Row& row : *rows) f(row);
    }
  }
  /// The same with pauses: the number of parts, and the rows of one of them.
  [[nodiscard]] std::size_t part_count() const { return parts_.size(); }
  [[nodiscard]] table::PartImage<Row> part(std::size_t number) const { return parts_[number](); }
  /// Copies of all rows.
  [[nodiscard]] std::vector<Row> rows() const {
    std::vector<Row> all;
    all.reserve(size_);
    for_each([&](const Row& row) { all.push_back(row); });
    return all;
  }
  /// Number of rows.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::vector<Part> parts_;
  std::size_t size_;
};

}  // namespace kith
