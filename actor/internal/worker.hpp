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

/// One thread (or the caller of `run_one`) that runs processes one turn at a time, with the stacks
/// on which they wait and its own timers. A turn that waits keeps its stack; the worker goes on
/// with another one. Thread-safety: `enqueue`, `give_ready`, `arm`, `cancel`, `request_stop` from
/// any thread.
class KITH_HIDDEN Worker {
 public:
  Worker(Runtime& runtime, int index);
  ~Worker();

  /// The worker that runs on this thread now, if any.
  static Worker* current();

  void start_thread();
  void request_stop();
  void join();

  /// Runs one turn on the calling thread; false when nothing is ready.
  bool run_one();

  /// Makes a process ready. `here` when the caller runs on this worker.
  void enqueue(ProcessSlot& slot, bool here);
  /// Gives ready processes to another worker: half of them, up to a bound; none that waits on a
  /// stack of this one.
  void give_ready(std::vector<ProcessSlot*>& to);
  /// Keeps the running process on its stack until it is scheduled again.
  void park(Process& process);

  /// Keeps a limit until it is armed or forgotten; called on this worker.
  void note(WaitLimit& limit);
  void forget(WaitLimit& limit);

  /// A number for a reference, out of a range that this worker took; called on this worker.
  std::uint64_t next_reference_id();
  /// Free places in the process table that this worker keeps; used on this worker.
  std::vector<std::uint32_t>& free_slots() { return free_slots_; }

  TimerId arm(TimePoint deadline, TimedSignal timed);
  /// The same for a timer that ends with the process it is for; 0 when that has ended.
  TimerId arm_for(ProcessSlot& slot, TimePoint deadline, TimedSignal timed);
  /// Cancels the timers that end with this process.
  void cancel_for(const Pid& pid);
  bool cancel(TimerId id);
  [[nodiscard]] std::optional<TimePoint> deadline_of(TimerId id);
  /// Fires due timers; `before_sleep`: arms every limit that was noted, however lately.
  KITH_NOINLINE void fire_timers(bool before_sleep = false);
  [[nodiscard]] std::optional<TimePoint> next_deadline();

  void wake();
  /// Wakes it if it sleeps without looking around and nobody else has done so.
  bool wake_if_asleep();
  [[nodiscard]] Process* process() const { return running_; }
  /// True when the present stack has been used up to this address.
  [[nodiscard]] bool has_overflown(const void* address) const {
    return fiber_ != nullptr && fiber_->guards(address);
  }
  [[nodiscard]] int index() const { return index_; }
  [[nodiscard]] const Runtime& runtime() const { return runtime_; }

 private:
  /// What a worker saw of another one when it last looked around.
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
  std::vector<std::unique_ptr<Fiber>> fibers_;  // all of them, for the end
  std::vector<Fiber*> idle_fibers_;
  Fiber* fiber_ = nullptr;  // the one that runs the loop
  Process* running_ = nullptr;
  NextPlace<ProcessSlot> next_;
  int next_in_a_row_ = 0;
  std::atomic<unsigned> turns_{0};  // written by this worker only
  std::vector<Seen> seen_;          // of each worker
  Duration look_interval_;          // how long it sleeps before it looks around again
  bool rested_ = true;              // may look around at once
  bool has_notified_ = false;       // for help since it last slept
  std::optional<Seen> last_steal_;  // its own turns when it last took something from another
  unsigned looks_ = 0;              // at its timers
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
  bool in_wait_ = false;  // under the mutex
  unsigned turns_before_wait_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> asleep_{false};

  std::mutex timers_mutex_;
  TimerWheel<TimedSignal> timers_;

  std::thread thread_;
};

}  // namespace kith::detail
