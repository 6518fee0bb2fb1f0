// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mutex.hpp"
#include "core/shared_lock.hpp"
#include "table/table_watch.hpp"

namespace kith::table {

/// Distributes the changes of a table to its watches. `Index` maps keys to
/// `std::vector<WatchQueue<Change>*>`, to find the watches of one key.
/// Invariant: `all` owns each queue; `by_key` and `by_predicate` point to queues in `all`. The
/// state is shared with the watches, which may outlive the table.
/// Thread-safety: any thread. `publish` must be called under the lock of the row, so that the
/// changes of a key are in order.
template <typename Key, typename Change, typename Index>
class ChangeFeed {
  using Queue = WatchQueue<Change>;

 public:
  explicit ChangeFeed(Index index = {}) : state_(std::make_shared<State>(std::move(index))) {}
  ~ChangeFeed() {
    const std::unique_lock lock(state_->lock);
    for (const auto& queue : state_->all) queue->push(RowEvent::ended);
  }
  ChangeFeed(const ChangeFeed&) = delete;
  ChangeFeed& operator=(const ChangeFeed&) = delete;

  /// Returns whether there is a watch. Called for every change before the row is copied; relaxed,
  /// since a watch created concurrently may begin before or after the change.
  [[nodiscard]] bool is_watched() const {
    return state_->watches.load(std::memory_order_relaxed) > 0;
  }

  /// Watches one key, or the keys for which `wants` returns true.
  [[nodiscard]] TableWatch<Change> watch_key(Key key, WatchOptions options) {
    auto queue = std::make_shared<Queue>(options);
    {
      const std::unique_lock lock(state_->lock);
      state_->by_key[key].push_back(queue.get());
      state_->add(queue);
    }
    return made(std::move(queue), [key = std::move(key)](State& state, const Queue* ended) {
      const auto found = state.by_key.find(key);
      std::erase(found->second, ended);
      if (found->second.empty()) state.by_key.erase(found);
    });
  }
  [[nodiscard]] TableWatch<Change> watch_where(std::function<bool(const Key&)> wants,
                                               WatchOptions options) {
    auto queue = std::make_shared<Queue>(options);
    {
      const std::unique_lock lock(state_->lock);
      state_->by_predicate.emplace_back(std::move(wants), queue.get());
      state_->add(queue);
    }
    return made(std::move(queue), [](State& state, const Queue* ended) {
      std::erase_if(state.by_predicate, [&](const auto& each) { return each.second == ended; });
    });
  }

  /// Queues the change returned by `make()` for each watch of the key.
  template <std::invocable F>
  void publish(const Key& key, F make) const {
    const std::shared_lock lock(state_->lock);
    if (const auto found = state_->by_key.find(key); found != state_->by_key.end()) {
      for (Queue* const queue : found->second) queue->push(make());
    }
    for (const auto& [wants, queue] : state_->by_predicate) {
      if (wants(key)) queue->push(make());
    }
  }
  /// Queues a `cleared` event for each watch.
  void publish_cleared() const {
    const std::shared_lock lock(state_->lock);
    for (const auto& queue : state_->all) queue->push(RowEvent::cleared);
  }

 private:
  struct State {
    explicit State(Index index) : by_key(std::move(index)) {}
    void add(const std::shared_ptr<Queue>& queue) {
      all.push_back(queue);
      watches.fetch_add(1, std::memory_order_relaxed);
    }

    SharedLock lock;
    std::atomic<std::size_t> watches{0};
    std::vector<std::shared_ptr<Queue>> all;
    Index by_key;
    std::vector<std::pair<std::function<bool(const Key&)>, Queue*>> by_predicate;
  };

  template <typename Remove>
  TableWatch<Change> made(std::shared_ptr<Queue> queue, Remove remove) {
    return TableWatch<Change>(
        queue, [state = state_, remove = std::move(remove)](const Queue* ended) {
          const std::unique_lock lock(state->lock);
          remove(*state, ended);
          std::erase_if(state->all, [&](const auto& each) { return each.get() == ended; });
          state->watches.fetch_sub(1, std::memory_order_relaxed);
        });
  }

  std::shared_ptr<State> state_;
};

}  // namespace kith::table
