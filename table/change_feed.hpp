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

/// Where a table says what is written, and who is told of it. `Index` is a map from keys to
/// `std::vector<WatchQueue<Change>*>`, which finds the watches of one key.
/// Thread-safety: any thread. `publish` must be called while the row cannot be written, so that the
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

  /// Whether anybody watches: asked with every change, before anything is copied.
  [[nodiscard]] bool is_watched() const {
    return state_->watches.load(std::memory_order_relaxed) > 0;
  }

  /// Watches one key, or those that `wants` is true for.
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

  /// Gives the change that `make()` describes to those who watch the key.
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
  /// Tells all who watch that there are no rows any more.
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
