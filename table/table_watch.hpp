// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/mutex.hpp"
#include "core/pid.hpp"
#include "core/result.hpp"

namespace kith {

class System;

/// Kinds of change of one row or of all.
enum class RowEvent : std::uint8_t {
  written,  ///< inserted or overwritten; the change has the new row
  erased,   ///< removed; the change has the old row
  cleared,  ///< all rows were removed
  ended,    ///< the table was destroyed; no further changes follow
};

/// Options of a watch. Thread-safety: plain value.
struct WatchOptions {
  /// Changes queued until taken; further ones are only counted. A higher value lets the watcher lag
  /// further behind, and takes more memory.
  std::size_t changes_max = 10'000;
};

/// Notifies the process that created a watch that there are changes to take. Sent once until they
/// are taken.
struct TableChanged {
  Reference watch;  ///< `TableWatch::id`
};

/// The changes taken from a watch. Thread-safety: plain value.
template <typename Change>
struct TableChanges {
  std::vector<Change> changes;  ///< changes of one key are in the order of writing
  std::uint64_t missed = 0;     ///< further changes that were not queued: read the table again
};

namespace table {

/// Notifies the process that created it of changes; does nothing if created on a plain thread.
/// Thread-safety: none.
class WatchBell {
 public:
  WatchBell();
  /// Sends `TableChanged` unless sent since the last `silence`. If the mailbox is full the next
  /// call tries again.
  void ring();
  void silence() { rung_ = false; }
  /// Waits in that process for the message of a bell. Error: `timeout`.
  static Result<void> wait(const Reference& id, Duration timeout);
  [[nodiscard]] bool is_rung() const { return rung_; }
  [[nodiscard]] const Reference& id() const { return id_; }

 private:
  System* system_;
  Pid pid_;
  Reference id_;
  bool rung_ = false;
};

/// Queues the changes of one watch. Invariant: once a change was missed no further one is queued
/// until `take`, so that `missed_` counts changes after those in `waiting_`. Thread-safety: any
/// thread.
template <typename Change>
class WatchQueue {
 public:
  explicit WatchQueue(WatchOptions options) : options_(options) {}

  void push(Change change) {
    const MutexLock lock(mutex_);
    const bool has_room = missed_ == 0 && waiting_.size() < options_.changes_max;
    if (change.event == RowEvent::ended)
      end_ = std::move(change);
    else if (has_room)
      waiting_.push_back(std::move(change));
    else
      ++missed_;
    bell_.ring();
  }
  void push(RowEvent event) {
    Change change;
    change.event = event;
    push(std::move(change));
  }
  TableChanges<Change> take() {
    const MutexLock lock(mutex_);
    bell_.silence();
    if (end_ && missed_ == 0) waiting_.push_back(*std::exchange(end_, std::nullopt));
    if (end_) bell_.ring();  // after missed changes the end is delivered by the next `take`
    return {std::exchange(waiting_, {}), std::exchange(missed_, 0)};
  }
  /// Returns whether a `TableChanged` was sent since the last `take`.
  bool is_told() {
    const MutexLock lock(mutex_);
    return bell_.is_rung();
  }
  [[nodiscard]] const Reference& id() const { return id_; }

 private:
  const WatchOptions options_;
  Mutex mutex_;
  WatchBell bell_ KITH_GUARDED_BY(mutex_);
  const Reference id_ = bell_.id();
  std::vector<Change> waiting_ KITH_GUARDED_BY(mutex_);
  std::optional<Change> end_ KITH_GUARDED_BY(mutex_);  ///< apart, so that it is never missed
  std::uint64_t missed_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace table

/// Receives the changes of some rows of a table from its creation to its destruction.
///
///     Table<std::string, int> stock;
///     auto watch = stock.watch_prefix("fruit:");
///     stock.insert("fruit:apple", 3).value();
///     for (const auto& change : watch.take().changes) {
///       if (change.event == RowEvent::written) system.log().info("stock", change.row->first);
///     }
///
/// Changes of one key arrive in the order of writing. If created in a process, notifies that
/// process by `TableChanged`; a plain thread polls `take`. May outlive the table, but not the
/// system of that process. Source: mnesia(3), mnesia:subscribe/1, which reports whole tables.
/// Thread-safety: any thread.
template <typename Change>
class TableWatch {
 public:
  using Queue = table::WatchQueue<Change>;

  TableWatch(std::shared_ptr<Queue> queue, std::function<void(const Queue*)> end)
      : queue_(std::move(queue)), end_(std::move(end)) {}
  TableWatch(TableWatch&&) noexcept = default;
  TableWatch& operator=(TableWatch&& other) noexcept {
    std::swap(queue_, other.queue_);
    std::swap(end_, other.end_);
    return *this;
  }
  ~TableWatch() {
    if (queue_) end_(queue_.get());
  }

  /// Takes the queued changes, possibly none, without waiting: for plain threads and for a server's
  /// `handle_info(const TableChanged&)`.
  TableChanges<Change> take() { return queue_->take(); }
  /// Waits for changes and takes them. Returns none only if `take` was called after the
  /// notification. Only for the process that created the watch. Error: `timeout`.
  Result<TableChanges<Change>> next(Duration timeout = Duration::max()) {
    if (!queue_->is_told()) {
      TableChanges<Change> found = take();
      if (!found.changes.empty() || found.missed > 0) return found;
    }
    if (const auto told = table::WatchBell::wait(id(), timeout); !told) return told.error();
    return take();
  }
  /// Returns the value of `TableChanged::watch` for this watch.
  [[nodiscard]] const Reference& id() const { return queue_->id(); }

 private:
  std::shared_ptr<Queue> queue_;
  std::function<void(const Queue*)> end_;
};

}  // namespace kith
