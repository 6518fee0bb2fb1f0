// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "actor/internal/runtime.hpp"
#include "actor/internal/wait_limit.hpp"
#include "actor/internal/worker.hpp"

/// The functions of `Worker` for timers and time limits.
namespace kith::detail {
namespace {

/// Timers that fire at once before processes run again, so that their messages are still in the
/// cache then.
constexpr std::size_t timers_at_once = 256;

}  // namespace

void Worker::note(WaitLimit& limit) {
  limit.noted_at_look_ = looks_;
  limit.next_ = noted_;
  if (noted_ != nullptr) noted_->previous_ = &limit;
  noted_ = &limit;
}

void Worker::forget(WaitLimit& limit) {
  if (limit.next_ != nullptr) limit.next_->previous_ = limit.previous_;
  if (limit.previous_ != nullptr)
    limit.previous_->next_ = limit.next_;
  else
    noted_ = limit.next_;
  limit.noted_with_ = nullptr;
  limit.previous_ = nullptr;
  limit.next_ = nullptr;
}

/// Arms the limits that were noted before the last check of the timers, or all of them.
void Worker::arm_noted(TimePoint now, bool all) {
  for (WaitLimit* at = noted_; at != nullptr;) {
    WaitLimit& limit = *std::exchange(at, at->next_);
    if (!all && limit.noted_at_look_ == looks_) continue;
    forget(limit);
    limit.arm(now);
  }
  ++looks_;
}

TimerId Worker::arm(TimePoint deadline, TimedSignal timed) {
  bool earlier = false;
  TimerId id = 0;
  {
    const std::scoped_lock lock(timers_mutex_);
    earlier = must_wake_for(deadline);
    id = timers_.arm(deadline, std::move(timed));
  }
  if (earlier) wake();
  return id;
}

/// Whether this worker would sleep past the deadline. When it arms a timer of its own it looks at
/// the wheel before it sleeps.
bool Worker::must_wake_for(TimePoint deadline) const {
  if (current() == this || runtime_.manual()) return false;
  const auto before = timers_.next_deadline();
  return !before || deadline < *before;
}

/// Arms a timer that ends with its process. The mark is set before the timer is armed, both under
/// the lock. A process that ends takes its marks and then the lock: either it sees the mark and
/// finds the timer, or its end is seen here.
TimerId Worker::arm_for(ProcessSlot& slot, TimePoint deadline, TimedSignal timed) {
  const std::uint32_t mark = ProcessSlot::timer_mark(index_);
  bool earlier = false;
  TimerId id = 0;
  {
    const std::scoped_lock lock(timers_mutex_);
    std::uint32_t marks = slot.marks.load(std::memory_order_acquire);
    if ((marks & mark) == 0) marks = slot.marks.fetch_or(mark, std::memory_order_acq_rel);
    if ((marks & ProcessSlot::ended) != 0) return 0;
    if (slot.generation.load(std::memory_order_acquire) != timed.to.generation) return 0;
    earlier = must_wake_for(deadline);
    id = timers_.arm_owned(deadline, std::move(timed));
  }
  if (earlier) wake();
  return id;
}

void Worker::cancel_for(const Pid& pid) {
  std::vector<TimedSignal> cancelled;  // destroyed without the lock
  const std::scoped_lock lock(timers_mutex_);
  cancelled = timers_.cancel_owned(pid.index);
}

bool Worker::cancel(TimerId id) {
  std::optional<TimedSignal> cancelled;  // destroyed without the lock
  const std::scoped_lock lock(timers_mutex_);
  cancelled = timers_.cancel(id);
  return cancelled.has_value();
}

std::optional<TimePoint> Worker::deadline_of(TimerId id) {
  const std::scoped_lock lock(timers_mutex_);
  return timers_.deadline_of(id);
}

void Worker::fire_timers(bool before_sleep) {
  std::vector<TimedSignal> due;
  const TimePoint now = runtime_.clock.now();
  arm_noted(now, before_sleep);
  {
    const std::scoped_lock lock(timers_mutex_);
    if (timers_.size() == 0) return;
    due = timers_.advance(now, runtime_.manual() ? SIZE_MAX : timers_at_once);
  }
  for (TimedSignal& timed : due) {
    timed.signal->is_timed = true;
    runtime_.send(timed.to, std::move(timed.signal));
  }
}

std::optional<TimePoint> Worker::next_deadline() {
  const std::scoped_lock lock(timers_mutex_);
  return timers_.next_deadline();
}

}  // namespace kith::detail
