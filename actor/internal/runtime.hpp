#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actor/internal/process.hpp"
#include "actor/remote.hpp"
#include "actor/system_options.hpp"
#include "core/compiler.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/process_fence.hpp"
#include "core/timer_wheel.hpp"
#include "core/zeroed_array.hpp"

namespace kith {
class System;
}

namespace kith::detail {

class BlockingPool;

/// An armed timer: which worker's wheel, which entry.
struct TimerHandle {
  int worker = -1;
  TimerId id = 0;
};

/// A signal that a timer will send.
struct TimedSignal {
  Pid to;
  SignalPointer signal;
  /// For timers that end with the process they are for.
  [[nodiscard]] std::size_t owner() const { return to.index; }
};

/// How a new process begins.
struct SpawnOptions {
  Pid link;                ///< linked from the start, when set
  bool tell_link = false;  ///< that one does not know it yet
  Pid monitor;             ///< watched from the start by this one, when set
  Reference monitor_reference;
  Pid parent;
  std::shared_ptr<const Ancestor> ancestors;  ///< of a server, or of a supervisor's child
  Pid caller;  ///< waits for this request's answer from the start: however it ends, it is told
  Reference call;
  std::int32_t mailbox_bound = 0;  ///< 0: the default
  std::string label;
  const std::string* child_id = nullptr;  ///< in the supervisor that starts it, null: none
  bool named = false;                     ///< `forget_names` will be called when it ends
};

/// The process table, the workers and the ways between them: the engine behind `System`.
/// Thread-safety: any thread, where not said otherwise.
class KITH_HIDDEN Runtime {
 public:
  explicit Runtime(const SystemOptions& options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  Pid spawn(std::unique_ptr<ProcessBody> body, SpawnOptions options);
  /// Sends to a local or remote process; false when a local one does not exist. `overloaded` is
  /// reported through `Delivery`.
  enum class Delivery : std::uint8_t {
    sent,
    no_process,
    overloaded,
    no_connection,
    no_wire_form,  ///< a message to another node of a type that may not leave this one
    too_large,     ///< a message to another node
  };
  Delivery send(const Pid& to, SignalPointer signal);
  /// Answers a signal that reached nobody.
  KITH_COLD void bounce(Pid to, Signal& signal);
  void deliver(RemoteSignal signal);

  void set_service(std::uint32_t number, Pid pid);
  [[nodiscard]] bool is_alive(Pid pid) const;
  /// Marks a process as having a name; false when it has ended.
  bool mark_named(Pid pid);
  [[nodiscard]] std::optional<std::size_t> waiting(Pid pid) const;
  [[nodiscard]] std::vector<Pid> processes() const;

  Reference new_reference();
  /// The first of so many numbers that nobody else will have.
  std::uint64_t take_reference_ids(std::uint64_t count) {
    return references_.fetch_add(count, std::memory_order_relaxed);
  }
  /// Sends the signal at that time. When the process is one of this node, the timer ends with it; a
  /// handle of no timer when it has ended.
  TimerHandle arm(TimePoint deadline, Pid to, SignalPointer signal);
  bool cancel(const TimerHandle& timer);
  /// Cancels the timers for an ending process; `marks` of its slot say where there may be any.
  void forget_timers(Pid pid, std::uint32_t marks) {
    if ((marks & ~(ProcessSlot::named | ProcessSlot::ended)) != 0) cancel_timers(pid, marks);
  }
  /// A process waits no more for the answer of this call.
  void forget_call(const Reference& call) {
    RemoteSender* sender = remote_sender.load(std::memory_order_acquire);
    if (sender != nullptr) sender->forget_call(call);
  }
  [[nodiscard]] std::optional<TimePoint> deadline_of(const TimerHandle& timer) const;

  /// Makes a process run soon; it must have been asleep or new.
  void schedule(ProcessSlot& slot);
  /// Called by a worker whose process has ended.
  KITH_NOINLINE void release(ProcessSlot& slot);

  // --- without threads ------------------------------------------------------
  bool run_one();
  void fire_timers();
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  void stop();
  /// A plain thread is about to spawn a process for which it will wait, and has done so; false when
  /// the runtime has stopped.
  [[nodiscard]] bool begin_entry();
  void end_entry();
  /// Runs `f` on a thread of the elastic pool, or at once when there are no threads.
  void run_blocking(std::move_only_function<void()> f);

  const SystemOptions options;
  Clock& clock;
  const ProcessFence fence;
  const std::shared_ptr<Log> log;  ///< never null
  std::atomic<RemoteSender*> remote_sender{nullptr};
  std::function<void(Pid)> forget_names;  ///< set once, before the first process
  System* system = nullptr;               ///< whose engine this is

  [[nodiscard]] bool manual() const { return options.workers == 0; }
  [[nodiscard]] std::size_t alive() const { return alive_.load(std::memory_order_seq_cst); }
  [[nodiscard]] std::size_t worker_count() const { return workers_.size(); }
  Worker& worker(std::size_t index) { return *workers_[index]; }

  std::atomic<int> sleeping{0};  ///< workers that sleep without looking around
  std::atomic<int> busy{0};      ///< workers with something to do
  KITH_COLD void wake_one_sleeper(int except);

 private:
  static constexpr std::uint32_t chunk_slots = 1024;
  struct Chunk {
    std::array<ProcessSlot, chunk_slots> slots;
  };

  ProcessSlot& take_slot();
  [[nodiscard]] Chunk* chunk_of(std::uint32_t index) const;
  KITH_COLD void refill_slots(std::vector<std::uint32_t>& free) KITH_REQUIRES(table_mutex_);
  [[nodiscard]] Worker* own_worker() const;
  [[nodiscard]] ProcessSlot* find(const Pid& pid) const;
  [[nodiscard]] KITH_NOINLINE Pid service_process(const Pid& pid) const;
  KITH_COLD Delivery send_remote(Pid to, Signal& signal);
  std::optional<RemoteSignal> to_remote(Pid to, Signal& signal) const;
  void take_message(RemoteSignal& remote, RemoteSignal::Kind kind, Signal& signal) const;
  void fail_call(Pid caller, Pid callee, Reference call, const Error& error);
  Delivery send_local(const Pid& to, SignalPointer signal);
  KITH_COLD void cancel_timers(Pid pid, std::uint32_t marks);

  std::vector<std::unique_ptr<Worker>> workers_;
  ZeroedArray<Chunk*> chunks_;  // written under the lock, read without
  mutable Mutex table_mutex_;
  std::vector<std::uint32_t> free_slots_ KITH_GUARDED_BY(table_mutex_);
  std::uint32_t slots_made_ KITH_GUARDED_BY(table_mutex_) = 0;
  /// The process of each service: its generation over its index.
  std::array<std::atomic<std::uint64_t>, limits::services> services_{};
  std::atomic<std::size_t> alive_{0};
  std::atomic<std::uint64_t> references_{1};
  std::atomic<bool> stopped_{false};
  std::atomic<int> entering_{0};
  std::unique_ptr<BlockingPool> blocking_;
};

/// The process that runs on this thread now, if any.
[[nodiscard]] Process* current_process();

}  // namespace kith::detail
