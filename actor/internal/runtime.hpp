// SPDX-License-Identifier: Apache-2.0
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

/// Identifies an armed timer: the worker whose wheel has it, and its id there.
struct TimerHandle {
  int worker = -1;
  TimerId id = 0;
};

/// A signal that a timer sends when it expires.
struct TimedSignal {
  Pid to;
  SignalPointer signal;
  /// The index of the receiver, for timers that are cancelled when it ends.
  [[nodiscard]] std::size_t owner() const { return to.index; }
};

/// Properties of a new process.
struct SpawnOptions {
  Pid link;                ///< linked to this process from the start; null: none
  bool tell_link = false;  ///< sends it the link signal: it is not the spawning process
  Pid monitor;             ///< monitored by this process from the start; null: none
  Reference monitor_reference;
  Pid parent;
  std::shared_ptr<const Ancestor> ancestors;  ///< of a server, or of a supervisor's child
  Pid caller;                                 ///< has a call open at the new process from the start
  Reference call;  ///< that call, which fails if the process ends before it is answered
  std::int32_t mailbox_bound = 0;  ///< 0: the default
  std::string label;
  const std::string* child_id = nullptr;  ///< its id in the supervisor that starts it; null: none
  bool named = false;                     ///< has a name: `forget_names` is called when it ends
};

/// Runs processes: the process table, the workers and the delivery of signals behind `System`.
/// Thread-safety: any thread unless stated otherwise.
class KITH_HIDDEN Runtime {
 public:
  explicit Runtime(const SystemOptions& options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  Pid spawn(std::unique_ptr<ProcessBody> body, SpawnOptions options);
  /// Results of `send`.
  enum class Delivery : std::uint8_t {
    sent,
    no_process,
    overloaded,
    no_connection,
    no_wire_form,  ///< a message to another node whose type has no wire form
    too_large,     ///< a message to another node that exceeds a frame
  };
  /// Sends a signal to a local or remote process. A call that cannot be delivered, except for
  /// `overloaded`, is also answered with `call_failed`.
  Delivery send(const Pid& to, SignalPointer signal);
  /// Answers a signal whose target does not exist.
  KITH_COLD void bounce(Pid to, Signal& signal);
  void deliver(RemoteSignal signal);

  void set_service(std::uint32_t number, Pid pid);
  [[nodiscard]] bool is_alive(Pid pid) const;
  /// Marks a process as having a name; false if it has ended.
  bool mark_named(Pid pid);
  [[nodiscard]] std::optional<std::size_t> waiting(Pid pid) const;
  [[nodiscard]] std::vector<Pid> processes() const;

  Reference new_reference();
  /// Reserves `count` consecutive numbers and returns the first.
  std::uint64_t take_reference_ids(std::uint64_t count) {
    return references_.fetch_add(count, std::memory_order_relaxed);
  }
  /// Arms a timer that sends the signal at `deadline`. It is cancelled if the receiver is a process
  /// of this node and ends; the handle is null if that has already ended.
  TimerHandle arm(TimePoint deadline, Pid to, SignalPointer signal);
  bool cancel(const TimerHandle& timer);
  /// Cancels the timers for an ending process on the workers that `marks` of its slot name.
  void forget_timers(Pid pid, std::uint32_t marks) {
    if ((marks & ~(ProcessSlot::named | ProcessSlot::ended)) != 0) cancel_timers(pid, marks);
  }
  /// Drops what the remote sender keeps for the answer of a call that is closed.
  void forget_call(const Reference& call) {
    RemoteSender* sender = remote_sender.load(std::memory_order_acquire);
    if (sender != nullptr) sender->forget_call(call);
  }
  [[nodiscard]] std::optional<TimePoint> deadline_of(const TimerHandle& timer) const;

  /// Adds a process to the ready queue of a worker; it must have been asleep or new.
  void schedule(ProcessSlot& slot);
  /// Frees the slot of a process that has ended; called by its worker.
  KITH_NOINLINE void release(ProcessSlot& slot);

  // --- without threads ------------------------------------------------------
  bool run_one();
  void fire_timers();
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  void stop();
  /// Begins and ends the spawn of a process by a plain thread that will wait for it, so that `stop`
  /// sees the process. False if the runtime has stopped.
  [[nodiscard]] bool begin_entry();
  void end_entry();
  /// Runs `f` on a thread of the blocking pool, or at once if there are no threads.
  void run_blocking(std::move_only_function<void()> f);

  const SystemOptions options;
  Clock& clock;
  const ProcessFence fence;
  const std::shared_ptr<Log> log;  ///< never null
  std::atomic<RemoteSender*> remote_sender{nullptr};
  std::function<void(Pid)> forget_names;  ///< set once, before the first process
  System* system = nullptr;               ///< the owner of this runtime

  [[nodiscard]] bool manual() const { return options.workers == 0; }
  [[nodiscard]] std::size_t alive() const { return alive_.load(std::memory_order_seq_cst); }
  [[nodiscard]] std::size_t worker_count() const { return workers_.size(); }
  Worker& worker(std::size_t index) { return *workers_[index]; }

  std::atomic<int> sleeping{0};  ///< workers that sleep without periodic checks for work to steal
  std::atomic<int> busy{0};      ///< workers that do not sleep
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
  ZeroedArray<Chunk*> chunks_;  // written under the lock, read without it; chunks are never moved
  mutable Mutex table_mutex_;
  std::vector<std::uint32_t> free_slots_ KITH_GUARDED_BY(table_mutex_);
  std::uint32_t slots_made_ KITH_GUARDED_BY(table_mutex_) = 0;
  /// The process of each service: its generation in the upper half, its index in the lower.
  std::array<std::atomic<std::uint64_t>, limits::services> services_{};
  std::atomic<std::size_t> alive_{0};
  std::atomic<std::uint64_t> references_{1};
  std::atomic<bool> stopped_{false};
  std::atomic<int> entering_{0};
  std::unique_ptr<BlockingPool> blocking_;
};

/// Returns the process that runs on the calling thread, or null.
[[nodiscard]] Process* current_process();

}  // namespace kith::detail
