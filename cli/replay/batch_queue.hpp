#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace kith::replay {

/// Bounds of what is under way to one node. Thread-safety: plain value.
struct BatchLimits {
  std::size_t items_max = 512;
  /// Bytes of keys or names in one batch: far below a frame on the wire.
  std::size_t bytes_max = 256U << 10U;
  /// Batches without an answer. More than 1 only where requests to one node never overtake each
  /// other, not even when one of them has to be repeated: order decides results.
  std::size_t in_flight_max = 1;
};

/// Items that go to one node together, in order. Thread-safety: plain value.
template <typename Item>
struct Batch {
  std::size_t node = 0;
  std::uint64_t id = 0;  ///< never used twice
  std::vector<Item> items;
};

/// Items on their way to one node, first in, first out: those that wait, and the batches that have
/// no answer yet. `Item::size_bytes()` says how large one is. Thread-safety: plain value.
template <typename Item>
class BatchQueue {
 public:
  void add(Item item) { waiting_.push_back(std::move(item)); }

  /// The next batch to send. A batch that is not full waits as long as another is under way.
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

  /// The batch with this id when `answers` are as many as its items; it is no longer under way.
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

  /// Takes everything back, what is under way first, in order.
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
