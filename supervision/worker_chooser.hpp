// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "actor/process.hpp"
#include "actor/signal.hpp"
#include "actor/system.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// Selects a worker among those that can take a message. Load: queued messages plus requests in
/// flight.
enum class WorkerChoice : std::uint8_t {
  least_loaded,  ///< lowest load of all; round robin among equals. Looks at every worker.
  round_robin,   ///< ignores the load
  random_two,    ///< lower load of two random workers (Mitzenmacher 2001); cheap in large pools
};

/// Selects the handling of a request while all workers have `max_in_flight` requests.
enum class PoolOverflow : std::uint8_t {
  wait,    ///< queue it, FIFO, until its deadline
  reject,  ///< fail with `overloaded` at once
};

/// Options of a worker pool. Thread-safety: plain value.
struct WorkerPoolOptions {
  std::string name{};    ///< of the pool's supervisor, required; worker i is labelled "<name>/<i>"
  std::size_t size = 4;  ///< workers, at least 1; each costs a process and its state
  /// Of each worker; 0: `limits::mailbox_messages_max`. A higher value accepts longer queues, and
  /// messages wait longer in them.
  std::int32_t mailbox_bound = 0;
  /// Restarts tolerated in any period of `within`, over all workers; one more ends the pool.
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);
  Duration shutdown = child_shutdown_default;  ///< per worker, from "shutdown" to "kill"
  WorkerChoice choice = WorkerChoice::least_loaded;
  /// Requests per worker at a time; further ones wait in the pool. 0: unlimited, they wait in the
  /// mailboxes. With a higher value more requests wait behind a slow one although other workers are
  /// free.
  std::size_t max_in_flight = 0;
  PoolOverflow overflow = PoolOverflow::wait;  ///< only with `max_in_flight`
  /// Requests that wait in the pool; further ones are `overloaded`. A higher value absorbs longer
  /// bursts, and requests wait longer.
  std::size_t max_waiting = limits::mailbox_messages_max;
  /// Starts up to this many workers while requests wait; stops the additional ones when they are
  /// idle and no request waits. Requires `max_in_flight`. 0: always `size` workers.
  std::size_t max_size = 0;
};

/// Reports the state of a pool. Thread-safety: plain value.
struct WorkerPoolStatus {
  std::size_t workers = 0;    ///< live workers
  std::size_t free = 0;       ///< live workers that can take another request
  std::size_t in_flight = 0;  ///< requests at a worker, including those whose caller timed out
  std::size_t waiting = 0;    ///< requests without a worker
};

namespace detail {

class WorkerChooser;

/// Reserves one slot of a worker for one request. Belongs to the request, not to its caller: ends
/// when the worker has answered or ended, or when the request was dropped before it arrived.
/// Thread-safety: plain value.
struct WorkerPermit {
  std::size_t index = 0;     ///< of the worker
  Pid pid;                   ///< of the worker
  std::uint64_t number = 0;  ///< of this permit, unique in its pool
};

/// Ends the permit of a request whose message is destroyed: either the worker has handled it, or
/// the worker never receives it. A handler may still owe the answer, then the permit ends with
/// that.
void end_permit(const std::shared_ptr<WorkerChooser>& chooser, const WorkerPermit& permit,
                const Reference& request);

/// Carries a request to a worker together with its permit. Its destruction frees the slot, so that
/// also a message dropped from a mailbox or on the way does.
template <typename M>
struct PoolRequest final : MessageSignal {
  explicit PoolRequest(M request) : MessageSignal(SignalKind::call), value(std::move(request)) {}
  ~PoolRequest() override {
    if (chooser) end_permit(chooser, permit, reference);
  }
  [[nodiscard]] const std::type_info& type() const override { return typeid(M); }
  [[nodiscard]] void* content() override { return &value; }
  [[nodiscard]] std::string_view wire_name() const override {
    if constexpr (WireMessageType<M>)
      return M::kith_wire_name();
    else
      return {};
  }

  std::shared_ptr<WorkerChooser> chooser;  ///< null: there is no permit yet
  WorkerPermit permit;
  M value;
};

/// Chooses the worker for each message of a pool and queues requests without a worker.
/// Invariant: requests wait only if every live worker is busy. Each change that may free a worker
/// (an ended permit, a started worker, a waiter that gives up its grant) therefore calls `hand_out`
/// before it returns. A mailbox that drains calls nothing, so each new request does. Thread-safety:
/// any thread.
class WorkerChooser {
 public:
  WorkerChooser(System& system, WorkerPoolOptions options);

  /// Reserves a worker; waits up to `timeout` for one. Inside processes only. Errors:
  /// `overloaded`, `timeout`, `no_process` (the pool has ended).
  Result<WorkerPermit> check_out(Duration timeout);
  /// Returns a worker for a message without a reply. Errors: `overloaded`, `no_process`.
  Result<Pid> choose();
  [[nodiscard]] std::vector<Pid> workers() const;
  [[nodiscard]] WorkerPoolStatus status() const;

  /// Frees the slot of a permit; with `worker_ends` the worker gets no further request. Idempotent.
  void release(const WorkerPermit& permit, bool worker_ends = false);
  /// Records that a worker was started or restarted.
  void worker_up(std::size_t index, Pid pid);
  /// Records that an additional worker was stopped or failed to start.
  void worker_gone(std::size_t index);
  /// Returns the indexes of workers that the manager must start (true) or stop (false).
  [[nodiscard]] std::vector<std::pair<std::size_t, bool>> changes() const;

  [[nodiscard]] System& system() const { return system_; }
  [[nodiscard]] const WorkerPoolOptions& options() const { return options_; }
  [[nodiscard]] std::string worker_name(std::size_t index) const;
  [[nodiscard]] std::string manager_name() const { return options_.name + "/manager"; }

 private:
  enum class Place : std::uint8_t { absent, starting, running, stopping };
  struct Worker {
    Place place = Place::running;
    Pid pid;
    std::size_t in_flight = 0;
    std::vector<std::uint64_t> permits;  ///< their numbers, with `max_in_flight` only
  };
  struct Waiter {
    Pid pid;
    Reference watch;  ///< monitor of the pool; the grant is sent under it too
    std::optional<WorkerPermit> granted;
    std::list<Waiter*>::iterator position;
  };
  class Waiting;
  /// The calling process and its queue length. Must be taken before `mutex_`: counting moves the
  /// inbox into the mailbox, and a request dropped there releases its permit, which locks `mutex_`.
  struct Caller {
    Pid pid;
    std::size_t waiting = 0;
  };

  [[nodiscard]] Caller caller() const;
  WorkerPermit reserve(std::size_t index) KITH_REQUIRES(mutex_);
  bool end(const WorkerPermit& permit) KITH_REQUIRES(mutex_);
  std::optional<Result<WorkerPermit>> at_once(const Caller& caller) KITH_REQUIRES(mutex_);
  [[nodiscard]] bool nothing_will_free() const KITH_REQUIRES(mutex_);
  std::optional<std::size_t> best(const Caller& caller, bool request, bool& any_lives)
      KITH_REQUIRES(mutex_);
  [[nodiscard]] std::optional<std::size_t> load(std::size_t index, const Caller& caller,
                                                bool request, bool& any_lives) const
      KITH_REQUIRES(mutex_);
  void hand_out(const Caller& caller) KITH_REQUIRES(mutex_);
  void grow() KITH_REQUIRES(mutex_);
  void shrink(std::size_t index) KITH_REQUIRES(mutex_);
  void wake_manager();

  System& system_;
  const WorkerPoolOptions options_;
  mutable Mutex mutex_;
  std::vector<Worker> workers_ KITH_GUARDED_BY(mutex_);
  std::list<Waiter*> waiters_ KITH_GUARDED_BY(mutex_);
  std::size_t next_ KITH_GUARDED_BY(mutex_) = 0;
  std::uint64_t last_permit_ KITH_GUARDED_BY(mutex_) = 0;
  Random random_ KITH_GUARDED_BY(mutex_);
};

/// To the manager of an elastic pool: `changes()` is not empty.
struct ResizePool {};

/// Starts the supervisor of a pool; `worker(index)` returns the specification of a worker.
Result<Pid> start_pool(const std::shared_ptr<WorkerChooser>& chooser,
                       const std::function<ChildSpec(std::size_t)>& worker);
/// Validates the options. Error: `invalid_argument`.
[[nodiscard]] Result<void> check(const WorkerPoolOptions& options);

}  // namespace detail
}  // namespace kith
