// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace kith::replay {

/// Bounds of the outstanding batches of one node. Thread-safety: plain value.
struct BatchLimits {
  std::size_t items_max = 512;
  /// Bytes of keys or names per batch: far below the maximum of a frame.
  std::size_t bytes_max = 256U << 10U;
  /// Unanswered batches. Order decides results, so more than 1 is correct only if requests to one
  /// node never overtake each other, not even when one is repeated.
  std::size_t in_flight_max = 1;
};

/// Items sent to one node together, in order. Thread-safety: plain value.
template <typename Item>
struct Batch {
  std::size_t node = 0;
  std::uint64_t id = 0;  ///< never used twice
  std::vector<Item> items;
};

/// A FIFO of items for one node: queued items and unanswered batches. `Item::size_bytes()` returns
/// the size of an item. Thread-safety: plain value.
template <typename Item>
class BatchQueue {
 public:
  void add(Item item) { waiting_.push_back(std::move(item)); }

  /// Returns the next batch to send, or nullopt. While another batch is unanswered, returns only a
  /// full one.
  [[nodiscard]] std::optional<Batch<Item>> next(std::size_t node, std::uint64_t id,
                                                const BatchLimits& limits) {
    if (waiting_.empty() || in_flight_.size() >= limits.in_flight_max) return std::nullopt;
    if (!in_flight_.empty() && waiting_.size() < limits.items_max) return std::nullopt;
    Batch<Item> batch{.node = node, .id = id, .items = {}};
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.items.size() < limits.items_max) {
      bytes += waiting_.front().size_bytes();
      if (bytes > limits.bytes_max && !batch.items.empty()) break;
      batch.items.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    in_flight_.push_back(batch);
    return batch;
  }

  /// Removes and returns the batch with this id; nullopt if there is none, or if it does not have
  /// `answers` items.
  [[nodiscard]] std::optional<Batch<Item>> answered(std::uint64_t id, std::size_t answers) {
    for (auto batch = in_flight_.begin(); batch != in_flight_.end(); ++batch) {
      if (batch->id != id) continue;
      if (batch->items.size() != answers) return std::nullopt;
      Batch<Item> found = std::move(*batch);
      in_flight_.erase(batch);
      return found;
    }
    return std::nullopt;
  }

  /// Removes and returns all items in order, those of unanswered batches first.
  [[nodiscard]] std::vector<Item> take_back() {
    std::vector<Item> items;
    for (Batch<Item>& batch : in_flight_) {
      for (Item& item : batch.items) items.push_back(std::move(item));
    }
    for (Item& item : waiting_) items.push_back(std::move(item));
    in_flight_.clear();
    waiting_.clear();
    return items;
  }

  [[nodiscard]] bool empty() const { return waiting_.empty() && in_flight_.empty(); }

 private:
  std::deque<Item> waiting_;
  std::deque<Batch<Item>> in_flight_;
};

}  // namespace kith::replay
