// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "actor/internal/fiber.hpp"
#include "actor/internal/next_place.hpp"
#include "actor/internal/runtime.hpp"
#include "core/compiler.hpp"
#include "core/timer_wheel.hpp"

namespace kith::detail {

/// Runs processes one turn at a time on its thread (or on that of the caller of `run_one`), with
/// the stacks on which they wait and a timer wheel. A process that waits inside its turn keeps its
/// stack; the worker continues its loop on another one. Thread-safety: `enqueue`, `give_ready`,
/// `arm`, `cancel`, `request_stop` from any thread.
///
/// Invariant: `fiber_` is the stack that runs the loop. Each other fiber is idle, or belongs to
/// exactly one parked process, which only this worker may resume.
class KITH_HIDDEN Worker {
 public:
  Worker(Runtime& runtime, int index);
  ~Worker();

  /// Returns the worker that runs on the calling thread, or null.
  static Worker* current();

  void start_thread();
  void request_stop();
  void join();

  /// Runs one turn on the calling thread; false if no process is ready.
  bool run_one();

  /// Adds a process to the ready queue; `here` says that the caller runs on this worker.
  void enqueue(ProcessSlot& slot, bool here);
  /// Moves ready processes to another worker: half of them, up to a bound, but none that is parked
  /// on a stack of this one.
  void give_ready(std::vector<ProcessSlot*>& to);
  /// Suspends the running process on its stack until it is scheduled again.
  void park(Process& process);

  /// Adds a limit to the list of those that are not armed yet; called on this worker.
  void note(WaitLimit& limit);
  void forget(WaitLimit& limit);

  /// Returns a number for a reference, out of a range reserved for this worker; called on it.
  std::uint64_t next_reference_id();
  /// Returns the free slots of the process table that this worker caches; used on this worker.
  std::vector<std::uint32_t>& free_slots() { return free_slots_; }

  TimerId arm(TimePoint deadline, TimedSignal timed);
  /// Arms a timer that is cancelled when its receiver ends; returns 0 if that has ended.
  TimerId arm_for(ProcessSlot& slot, TimePoint deadline, TimedSignal timed);
  /// Cancels the timers of `arm_for` for this process.
  void cancel_for(const Pid& pid);
  bool cancel(TimerId id);
  [[nodiscard]] std::optional<TimePoint> deadline_of(TimerId id);
  /// Fires due timers. With `before_sleep` it also arms the limits that were noted last.
  KITH_NOINLINE void fire_timers(bool before_sleep = false);
  [[nodiscard]] std::optional<TimePoint> next_deadline();

  void wake();
  /// Wakes the worker if it sleeps without periodic checks; false if it does not, or was woken.
  bool wake_if_asleep();
  [[nodiscard]] Process* process() const { return running_; }
  /// True if the address is in the guard pages of the present stack.
  [[nodiscard]] bool has_overflown(const void* address) const {
    return fiber_ != nullptr && fiber_->guards(address);
  }
  [[nodiscard]] int index() const { return index_; }
  [[nodiscard]] const Runtime& runtime() const { return runtime_; }

 private:
  /// The turns of another worker at the last check for work to steal.
  struct Seen {
    unsigned turns = 0;
    TimePoint at;
  };

  [[noreturn]] void loop();
  void run_slot(ProcessSlot& slot);
  ProcessSlot* next_ready();
  ProcessSlot* pop_queue();
  ProcessSlot* take_stuck_next();
  Duration backlog(Seen& seen, TimePoint now) const;
  bool steal_from_others();
  void keep(const std::vector<ProcessSlot*>& stolen);
  void adapt_look_interval();
  KITH_COLD void notify_idle_worker();
  void arm_noted(TimePoint now, bool all);
  [[nodiscard]] bool must_wake_for(TimePoint deadline) const;
  KITH_COLD void wait_for_work();
  bool work_appears();
  void sleep();
  void switch_from(Fiber& from);
  KITH_COLD void make_fiber();

  Runtime& runtime_;
  const int index_;
  Fiber native_;
  std::vector<std::unique_ptr<Fiber>> fibers_;  // all, for their destruction
  std::vector<Fiber*> idle_fibers_;
  Fiber* fiber_ = nullptr;  // the one that runs the loop
  Process* running_ = nullptr;
  NextPlace<ProcessSlot> next_;
  int next_in_a_row_ = 0;
  std::atomic<unsigned> turns_{0};  // written by this worker only
  std::vector<Seen> seen_;          // per worker
  Duration look_interval_;          // sleep between two checks for work to steal
  bool rested_ = true;              // may try to steal before it sleeps
  bool has_notified_ = false;       // has woken an idle worker since it last slept
  std::optional<Seen> last_steal_;  // its own turns at its last steal
  unsigned looks_ = 0;              // how often it has checked its timers
  WaitLimit* noted_ = nullptr;      // limits of waits that are not armed yet
  std::uint64_t reference_ = 0;
  std::uint64_t references_end_ = 0;
  std::vector<std::uint32_t> free_slots_;
  bool turn_done_ = false;  // without threads: back to the caller after one turn

  std::mutex mutex_;
  std::condition_variable condition_;
  std::deque<ProcessSlot*> ready_;
  std::atomic<std::size_t> ready_size_{0};
  std::atomic<bool> woken_{false};
  bool in_wait_ = false;  // waits on `condition_`; guarded by the mutex
  unsigned turns_before_wait_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> asleep_{false};

  std::mutex timers_mutex_;
  TimerWheel<TimedSignal> timers_;

  std::thread thread_;
};

}  // namespace kith::detail
