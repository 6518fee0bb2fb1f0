// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/worker.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "actor/internal/stack_overflow.hpp"
#include "core/check.hpp"
#include "core/compiler.hpp"
#include "core/limits.hpp"
#include "core/prefetch.hpp"
#include "core/sanitizers.hpp"
#include "core/spin.hpp"

namespace kith::detail {
namespace {

KITH_FAST_THREAD_LOCAL thread_local constinit Worker* current_worker = nullptr;

/// Turns in a row of processes that wake each other, after which the oldest ready one runs. A
/// higher value uses the cache better, and lets others wait longer.
constexpr int next_in_a_row_max = 32;
/// Turns between two checks of the timers. A higher value reads the clock less often, and fires
/// timers later while the worker is busy.
constexpr unsigned turns_between_looks = 16;
/// Shortest and longest time between two checks of an idle worker for work to steal; doubled while
/// stolen turns are shorter than moving them.
constexpr std::chrono::microseconds look_interval_min{500};
constexpr std::chrono::milliseconds look_interval_max{8};
/// Turns shorter than this are not worth moving to another core.
constexpr std::chrono::microseconds turn_worth_moving{2};
/// Processes that a worker steals at most at once.
constexpr std::size_t processes_given_max = 64;
/// A queue that lasts less than this is not stolen from: its processes message each other, and
/// their data is in the cache of their worker.
constexpr std::chrono::microseconds backlog_min{50};
/// Time that a worker spins after a turn before it sleeps: about the cost of waking it.
constexpr std::chrono::microseconds spin_max{50};
constexpr int spins_between_looks = 64;
/// Numbers for references that a worker reserves at once, to rarely touch the shared counter.
constexpr std::uint64_t references_at_once = 4096;

std::size_t stack_size_bytes() {
#if KITH_SANITIZED
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
    : runtime_(runtime),
      index_(index),
      next_(runtime.fence),
      look_interval_(look_interval_min),
      timers_(runtime.clock.now()) {}

Worker::~Worker() {
  join();
}

// --- the loop ---------------------------------------------------------------

/// The loop of the worker, which runs on every fiber. On a fiber with a parked process it continues
/// once that process was resumed and has finished its turn.
KITH_FLATTEN void Worker::loop() {
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
    // Checked on the present fiber: a signal that does not end the wait costs no switch.
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

void Worker::make_fiber() {
  fibers_.push_back(std::make_unique<Fiber>([](void* self) { static_cast<Worker*>(self)->loop(); },
                                            this, stack_size_bytes()));
  idle_fibers_.push_back(fibers_.back().get());
}

void Worker::switch_from(Fiber& from) {
  if (idle_fibers_.empty()) make_fiber();
  fiber_ = idle_fibers_.back();
  idle_fibers_.pop_back();
  from.switch_to(*fiber_);
}

void Worker::park(Process& process) {
  // The process is already marked as asleep, so a sender may be scheduling it now. It cannot run
  // before this worker is back in its loop, since it is pinned to this worker.
  process.parked = fiber_;
  running_ = nullptr;
  if (runtime_.manual()) turn_done_ = true;
  switch_from(*fiber_);
}

bool Worker::run_one() {
  if (next_.is_empty() && ready_size_.load(std::memory_order_relaxed) == 0) return false;
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
    const StackOverflowWatch watch;
    current_worker = this;
    runtime_.busy.fetch_add(1, std::memory_order_relaxed);
    switch_from(native_);
    current_worker = nullptr;
  });
}

// --- ready processes --------------------------------------------------------

void Worker::enqueue(ProcessSlot& slot, bool here) {
  // Only this worker fills the place, so if it is empty here it stays empty. Processes woken later
  // in the same turn go to the queue, so that they run in the order of waking. Without threads all
  // do, so that the order does not depend on which turn woke them.
  if (here && !runtime_.manual() && next_.is_empty()) {
    next_.fill(slot);
    if (!has_notified_) [[unlikely]]
      notify_idle_worker();
    return;
  }
  bool wakes = false;
  {
    const std::scoped_lock lock(mutex_);
    ready_.push_back(&slot);
    ready_size_.store(ready_.size(), std::memory_order_relaxed);
    if (!here) wakes = !woken_.exchange(true, std::memory_order_relaxed) && in_wait_;
  }
  if (wakes) return condition_.notify_one();
  if (runtime_.sleeping.load(std::memory_order_relaxed) > 0 &&
      slot.pinned.load(std::memory_order_relaxed) < 0) {
    runtime_.wake_one_sleeper(index_);
  }
}

/// Wakes one idle worker at most once per wake-up, to steal should the present turn take long.
void Worker::notify_idle_worker() {
  has_notified_ = true;
  if (runtime_.sleeping.load(std::memory_order_seq_cst) > 0) runtime_.wake_one_sleeper(index_);
}

ProcessSlot* Worker::pop_queue() {
  const std::size_t ready = ready_size_.load(std::memory_order_relaxed);
  if (ready == 0) return nullptr;
  // Threads that made these ready while this worker slept may have seen no sleeper to wake.
  if (ready > 1 && !has_notified_) [[unlikely]]
    notify_idle_worker();
  const std::scoped_lock lock(mutex_);
  if (ready_.empty()) return nullptr;
  ProcessSlot* slot = ready_.front();
  ready_.pop_front();
  ready_size_.store(ready_.size(), std::memory_order_relaxed);
  // Loads the next two into the cache while this one runs.
  if (ready_.size() > 1) prefetch(ready_[1]);
  if (!ready_.empty()) prefetch(ready_[0]->process.get());
  return slot;
}

ProcessSlot* Worker::next_ready() {
  const unsigned turn = turns_.load(std::memory_order_relaxed) + 1;
  turns_.store(turn, std::memory_order_relaxed);
  if (turn % turns_between_looks == 0 && !runtime_.manual()) fire_timers();
  if (++next_in_a_row_ <= next_in_a_row_max) {
    if (ProcessSlot* slot = next_.take()) return slot;
  }
  next_in_a_row_ = 0;
  if (ProcessSlot* slot = pop_queue()) return slot;
  return next_.take();
}

// --- work of others ----------------------------------------------------------

void Worker::give_ready(std::vector<ProcessSlot*>& to) {
  if (ready_size_.load(std::memory_order_relaxed) == 0) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  const std::size_t given_max = std::min((ready_.size() + 1) / 2, processes_given_max);
  std::size_t kept = 0;
  std::size_t at = 0;
  for (; at < ready_.size() && to.size() < given_max; ++at) {
    if (ready_[at]->pinned.load(std::memory_order_acquire) < 0)
      to.push_back(ready_[at]);
    else
      ready_[kept++] = ready_[at];
  }
  using Difference = std::deque<ProcessSlot*>::difference_type;
  ready_.erase(ready_.begin() + static_cast<Difference>(kept),
               ready_.begin() + static_cast<Difference>(at));
  ready_size_.store(ready_.size(), std::memory_order_relaxed);
}

/// Takes the process that waits behind a long turn, for another worker. One that is parked on a
/// stack of this worker must stay: it is put into this worker's queue.
ProcessSlot* Worker::take_stuck_next() {
  ProcessSlot* slot = next_.take_stuck();
  if (slot == nullptr || slot->pinned.load(std::memory_order_acquire) < 0) return slot;
  enqueue(*slot, false);
  return nullptr;
}

/// Estimates how long the queue of this worker lasts, from the duration of its turns since the
/// thief's last check; infinite if it has not finished one since then.
Duration Worker::backlog(Seen& seen, TimePoint now) const {
  const unsigned turns = turns_.load(std::memory_order_relaxed);
  const unsigned ran = turns - std::exchange(seen.turns, turns);
  const Duration passed = now - std::exchange(seen.at, now);
  if (ran == 0) return Duration::max();
  return passed / ran * static_cast<Duration::rep>(ready_size_.load(std::memory_order_relaxed));
}

/// Steals processes that would wait long: in a long queue, or behind a turn that has not ended
/// since this worker's last check.
bool Worker::steal_from_others() {
  const std::size_t workers = runtime_.worker_count();
  seen_.resize(workers);
  const TimePoint now = runtime_.clock.now();
  std::vector<ProcessSlot*> stolen;
  for (std::size_t i = 1; i < workers && stolen.empty(); ++i) {
    const std::size_t index = (static_cast<std::size_t>(index_) + i) % workers;
    Worker& other = runtime_.worker(index);
    const Duration backlog = other.backlog(seen_[index], now);
    if (backlog < backlog_min) continue;
    other.give_ready(stolen);
    if (stolen.empty() && backlog == Duration::max()) {
      if (ProcessSlot* stuck = other.take_stuck_next()) stolen.push_back(stuck);
    }
  }
  if (stolen.empty()) return false;
  keep(stolen);
  last_steal_ = Seen{turns_.load(std::memory_order_relaxed), now};
  return true;
}

void Worker::keep(const std::vector<ProcessSlot*>& stolen) {
  const std::scoped_lock lock(mutex_);
  ready_.insert(ready_.end(), stolen.begin(), stolen.end());
  ready_size_.store(ready_.size(), std::memory_order_relaxed);
}

/// Doubles the interval between checks if the turns that it stole last were shorter than moving
/// them, else resets it. Called when the stolen processes have run.
void Worker::adapt_look_interval() {
  const Seen before = *std::exchange(last_steal_, std::nullopt);
  const auto turns = turns_.load(std::memory_order_relaxed) - before.turns;
  const bool was_worth_it = runtime_.clock.now() - before.at >= turns * turn_worth_moving;
  look_interval_ = was_worth_it ? Duration(look_interval_min)
                                : std::min<Duration>(2 * look_interval_, look_interval_max);
}

/// Spins for a short time while other workers are busy; true if work has arrived. They may have
/// work soon, and waking a sleeping thread takes longer than this.
bool Worker::work_appears() {
  const auto appeared = [this] {
    return woken_.load(std::memory_order_relaxed) || stopping_.load(std::memory_order_relaxed);
  };
  const TimePoint until = runtime_.clock.now() + spin_max;
  while (runtime_.busy.load(std::memory_order_relaxed) > 1) {
    for (int i = 0; i < spins_between_looks; ++i) {
      if (appeared()) return true;
      spin(1);
    }
    if (runtime_.clock.now() >= until) return false;
  }
  return appeared();
}

void Worker::wait_for_work() {
  fire_timers(true);
  if (!next_.is_empty() || ready_size_.load(std::memory_order_relaxed) > 0) return;
  if (last_steal_) adapt_look_interval();
  // Spinning pays only after a turn: the loop counts one turn even if it finds no process.
  const bool worked = turns_.load(std::memory_order_relaxed) != turns_before_wait_ + 1;
  if (runtime_.worker_count() > 1 &&
      ((worked && work_appears()) || (rested_ && steal_from_others()))) {
    rested_ = look_interval_ == look_interval_min;
    woken_.store(false, std::memory_order_relaxed);
    return;
  }
  turns_before_wait_ = turns_.load(std::memory_order_relaxed);
  sleep();
  rested_ = true;
}

void Worker::sleep() {
  const bool alone = runtime_.busy.fetch_sub(1, std::memory_order_seq_cst) == 1;
  const auto deadline = next_deadline();
  {
    std::unique_lock lock(mutex_);
    const auto ready = [this] {
      return woken_.load(std::memory_order_relaxed) || !ready_.empty() ||
             stopping_.load(std::memory_order_relaxed);
    };
    in_wait_ = true;
    if (alone) {
      asleep_.store(true, std::memory_order_relaxed);
      runtime_.sleeping.fetch_add(1, std::memory_order_seq_cst);
    }
    Duration wait = std::chrono::seconds(10);
    if (deadline) wait = std::min(wait, *deadline - runtime_.clock.now());
    // A worker that became busy meanwhile may not have seen this sleeper. It writes `busy` and
    // reads `sleeping`, here it is the other way round, all sequentially consistent: one sees the
    // other.
    const bool must_look = !alone || runtime_.busy.load(std::memory_order_seq_cst) > 0;
    if (must_look) wait = std::min(wait, look_interval_);
    if (wait > Duration::zero()) condition_.wait_for(lock, wait, ready);
    if (alone) {
      runtime_.sleeping.fetch_sub(1, std::memory_order_acq_rel);
      asleep_.store(false, std::memory_order_relaxed);
    }
    in_wait_ = false;
    woken_.store(false, std::memory_order_relaxed);
  }
  has_notified_ = false;
  runtime_.busy.fetch_add(1, std::memory_order_seq_cst);
}

bool Worker::wake_if_asleep() {
  const bool is_first =
      asleep_.load(std::memory_order_relaxed) && asleep_.exchange(false, std::memory_order_relaxed);
  if (is_first) wake();
  return is_first;
}

void Worker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_.store(true, std::memory_order_relaxed);
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

std::uint64_t Worker::next_reference_id() {
  if (reference_ == references_end_) {
    reference_ = runtime_.take_reference_ids(references_at_once);
    references_end_ = reference_ + references_at_once;
  }
  return reference_++;
}

}  // namespace kith::detail
