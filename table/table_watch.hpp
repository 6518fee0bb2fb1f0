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

/// What has happened to a row, or to all of them.
enum class RowEvent : std::uint8_t {
  written,  ///< it is new, or is as the change says now
  erased,   ///< it is gone; the change says what it was
  cleared,  ///< all rows are gone
  ended,    ///< the table is gone: there will be no more changes
};

/// How a table is watched. Thread-safety: plain value.
struct WatchOptions {
  /// Changes that wait to be taken; those beyond them are counted, not kept.
  std::size_t changes_max = 10'000;
};

/// A message to the process that watches a table: there are changes to take. It is sent once, until
/// they are taken.
struct TableChanged {
  Reference watch;  ///< `TableWatch::id`
};

/// What was taken from a watch. Thread-safety: plain value.
template <typename Change>
struct TableChanges {
  std::vector<Change> changes;  ///< those of one key in the order of writing
  std::uint64_t missed = 0;     ///< how many more there were behind them: read the table again
};

namespace table {

/// Tells the process that made it that there is something to take; on a plain thread, nobody.
/// Thread-safety: none.
class WatchBell {
 public:
  WatchBell();
  /// Sends `TableChanged` unless that was done since the last `silence`; when the mailbox of the
  /// process is full, the next ring tries again.
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

/// The changes that wait for one watch. Thread-safety: any thread.
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
    if (end_) bell_.ring();  // it comes behind those that were missed, alone
    return {std::exchange(waiting_, {}), std::exchange(missed_, 0)};
  }
  /// Whether a message was sent that says so.
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
  std::optional<Change> end_ KITH_GUARDED_BY(mutex_);  ///< which is never missed
  std::uint64_t missed_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace table

/// Gets the changes of some rows of a table from here on, until it is destroyed. All changes of one
/// key come in the order of writing. A process that makes it is sent a `TableChanged` when there is
/// something to take; a plain thread asks. Must not outlive the system of that process; it may
/// outlive the table. Source: mnesia(3), mnesia:subscribe/1, which tells of whole tables.
/// Thread-safety: any thread.
///
///     auto watch = sessions.watch_prefix("user:");
///     for (;;) {
///       for (auto& change : watch.next().value().changes) refresh(change.key);
///     }
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

  /// What there is now, perhaps nothing: for a server's `handle_info(const TableChanged&)`, and for
  /// plain threads.
  TableChanges<Change> take() { return queue_->take(); }
  /// Waits until there is something and takes it; that is nothing only when `take` was called since
  /// it was told. For the process that made the watch. Error: `timeout`.
  Result<TableChanges<Change>> next(Duration timeout = Duration::max()) {
    if (!queue_->is_told()) {
      TableChanges<Change> found = take();
      if (!found.changes.empty() || found.missed > 0) return found;
    }
    if (const auto told = table::WatchBell::wait(id(), timeout); !told) return told.error();
    return take();
  }
  /// Which watch a `TableChanged` speaks of.
  [[nodiscard]] const Reference& id() const { return queue_->id(); }

 private:
  std::shared_ptr<Queue> queue_;
  std::function<void(const Queue*)> end_;
};

}  // namespace kith
