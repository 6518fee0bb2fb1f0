#include "actor/internal/worker.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "core/check.hpp"
#include "core/limits.hpp"

namespace kith::detail {
namespace {

thread_local Worker* current_worker = nullptr;

/// After so many turns in a row for processes woken by each other the oldest ready one runs.
constexpr int next_in_a_row_max = 32;
/// Timers and idle workers are looked after once in so many turns.
constexpr unsigned turns_between_looks = 16;
/// How often a worker without work looks whether a busy one has too much.
constexpr std::chrono::microseconds look_around_interval{500};

std::size_t stack_size_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return limits::stack_size_bytes * 4;  // sanitizers make frames several times larger
#else
  return limits::stack_size_bytes;
#endif
}

}  // namespace

Process* current_process() {
  return current_worker == nullptr ? nullptr : current_worker->process();
}

Worker* Worker::current() {
  return current_worker;
}

Worker::Worker(Runtime& runtime, int index)
    : runtime_(runtime), index_(index), timers_(runtime.clock.now()) {}

Worker::~Worker() {
  join();
}

// --- the loop ---------------------------------------------------------------

/// Runs on every fiber: a fiber whose process waits comes back here when that process has gone on
/// and finished its turn.
void Worker::loop() {
  for (;;) {
    if (turn_done_ || stopping_.load(std::memory_order_relaxed)) {
      turn_done_ = false;
      fiber_->switch_to(native_);
      continue;
    }
    if (ProcessSlot* slot = next_ready()) {
      run_slot(*slot);
      turn_done_ = runtime_.manual();
    } else if (runtime_.manual()) {
      turn_done_ = true;
    } else {
      wait_for_work();
    }
  }
}

void Worker::run_slot(ProcessSlot& slot) {
  Process& process = *slot.process;
  slot.home.store(index_, std::memory_order_relaxed);
  if (process.parked != nullptr) {
    running_ = &process;
    const bool resume = process.should_resume();
    running_ = nullptr;
    if (!resume) return;
    Fiber* here = fiber_;
    idle_fibers_.push_back(here);
    fiber_ = std::exchange(process.parked, nullptr);
    slot.pinned.store(-1, std::memory_order_relaxed);
    running_ = &process;
    here->switch_to(*fiber_);
    return;
  }
  running_ = &process;
  const Process::TurnEnd end = process.run_turn();
  running_ = nullptr;
  switch (end) {
    case Process::TurnEnd::asleep:
      break;
    case Process::TurnEnd::ended:
      runtime_.release(slot);
      break;
    case Process::TurnEnd::more: {
      const std::scoped_lock lock(mutex_);
      ready_.push_back(&slot);
      ready_size_.store(ready_.size(), std::memory_order_relaxed);
      break;
    }
  }
}

void Worker::switch_from(Fiber& from) {
  if (idle_fibers_.empty()) {
    fibers_.push_back(std::make_unique<Fiber>(
        [](void* self) { static_cast<Worker*>(self)->loop(); }, this, stack_size_bytes()));
    idle_fibers_.push_back(fibers_.back().get());
  }
  fiber_ = idle_fibers_.back();
  idle_fibers_.pop_back();
  from.switch_to(*fiber_);
}

void Worker::park(Process& process) {
  // The process already counts as asleep: a sender may be scheduling it right now. It cannot run
  // before this worker comes back to its loop, because only this worker runs it.
  process.parked = fiber_;
  running_ = nullptr;
  if (runtime_.manual()) turn_done_ = true;
  switch_from(*fiber_);
}

bool Worker::run_one() {
  if (next_ == nullptr && ready_size_.load(std::memory_order_relaxed) == 0) return false;
  Worker* outer = std::exchange(current_worker, this);
  if (fiber_ == nullptr)
    switch_from(native_);
  else
    native_.switch_to(*fiber_);
  current_worker = outer;
  return true;
}

void Worker::start_thread() {
  thread_ = std::thread([this] {
    current_worker = this;
    runtime_.busy.fetch_add(1, std::memory_order_relaxed);
    switch_from(native_);
    current_worker = nullptr;
  });
}

// --- ready processes --------------------------------------------------------

void Worker::enqueue(ProcessSlot& slot, bool here) {
  if (here && next_ == nullptr) {
    next_ = &slot;
    return;
  }
  ProcessSlot* queued = here ? std::exchange(next_, &slot) : &slot;
  {
    const std::scoped_lock lock(mutex_);
    ready_.push_back(queued);
    ready_size_.store(ready_.size(), std::memory_order_relaxed);
    if (!here) woken_ = true;
  }
  if (!here)
    condition_.notify_one();
  else if (runtime_.sleeping.load(std::memory_order_relaxed) > 0)
    runtime_.wake_one_sleeper(index_);
}

ProcessSlot* Worker::pop_queue() {
  if (ready_size_.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::scoped_lock lock(mutex_);
  if (ready_.empty()) return nullptr;
  ProcessSlot* slot = ready_.front();
  ready_.pop_front();
  ready_size_.store(ready_.size(), std::memory_order_relaxed);
  return slot;
}

ProcessSlot* Worker::next_ready() {
  if (++turns_ % turns_between_looks == 0 && !runtime_.manual()) fire_timers();
  if (next_ != nullptr && ++next_in_a_row_ <= next_in_a_row_max)
    return std::exchange(next_, nullptr);
  next_in_a_row_ = 0;
  if (ProcessSlot* slot = pop_queue()) return slot;
  return std::exchange(next_, nullptr);
}

ProcessSlot* Worker::steal() {
  if (ready_size_.load(std::memory_order_relaxed) == 0) return nullptr;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return nullptr;
  for (auto it = ready_.begin(); it != ready_.end(); ++it) {
    if ((*it)->pinned.load(std::memory_order_acquire) >= 0) continue;
    ProcessSlot* slot = *it;
    ready_.erase(it);
    ready_size_.store(ready_.size(), std::memory_order_relaxed);
    return slot;
  }
  return nullptr;
}

void Worker::wait_for_work() {
  fire_timers();
  if (next_ != nullptr || ready_size_.load(std::memory_order_relaxed) > 0) return;
  for (std::size_t i = 1; i < runtime_.worker_count(); ++i) {
    const std::size_t other = (static_cast<std::size_t>(index_) + i) % runtime_.worker_count();
    if (ProcessSlot* slot = runtime_.worker(other).steal()) {
      enqueue(*slot, true);
      return;
    }
  }
  const bool alone = runtime_.busy.fetch_sub(1, std::memory_order_acq_rel) == 1;
  const auto deadline = next_deadline();
  {
    std::unique_lock lock(mutex_);
    const auto ready = [this] {
      return woken_ || !ready_.empty() || stopping_.load(std::memory_order_relaxed);
    };
    if (alone) {
      asleep_.store(true, std::memory_order_relaxed);
      runtime_.sleeping.fetch_add(1, std::memory_order_acq_rel);
    }
    Duration wait = std::chrono::seconds(10);
    if (deadline) wait = std::min(wait, *deadline - runtime_.clock.now());
    if (!alone) wait = std::min<Duration>(wait, look_around_interval);
    if (wait > Duration::zero()) condition_.wait_for(lock, wait, ready);
    if (alone) {
      runtime_.sleeping.fetch_sub(1, std::memory_order_acq_rel);
      asleep_.store(false, std::memory_order_relaxed);
    }
    woken_ = false;
  }
  runtime_.busy.fetch_add(1, std::memory_order_acq_rel);
}

void Worker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  condition_.notify_one();
}

void Worker::request_stop() {
  stopping_.store(true, std::memory_order_relaxed);
  wake();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

// --- timers -----------------------------------------------------------------

TimerId Worker::arm(TimePoint deadline, TimedSignal timed) {
  bool earlier = false;
  TimerId id = 0;
  {
    const std::scoped_lock lock(timers_mutex_);
    const auto before = timers_.next_deadline();
    id = timers_.arm(deadline, std::move(timed));
    earlier = !before || deadline < *before;
  }
  if (earlier && current_worker != this && !runtime_.manual()) wake();
  return id;
}

bool Worker::cancel(TimerId id) {
  const std::scoped_lock lock(timers_mutex_);
  return timers_.cancel(id);
}

std::optional<TimePoint> Worker::deadline_of(TimerId id) {
  const std::scoped_lock lock(timers_mutex_);
  return timers_.deadline_of(id);
}

void Worker::fire_timers() {
  std::vector<TimedSignal> due;
  {
    const std::scoped_lock lock(timers_mutex_);
    if (timers_.size() == 0) return;
    due = timers_.advance(runtime_.clock.now());
  }
  for (TimedSignal& timed : due) runtime_.send(timed.to, std::move(timed.signal));
}

std::optional<TimePoint> Worker::next_deadline() {
  const std::scoped_lock lock(timers_mutex_);
  return timers_.next_deadline();
}

}  // namespace kith::detail
