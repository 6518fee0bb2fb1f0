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

/// Which of the workers that may take a message gets it. All but `round_robin` look at their load:
/// waiting messages and requests under way.
enum class WorkerChoice : std::uint8_t {
  least_loaded,  ///< the least load; equals take turns
  round_robin,   ///< they take turns
  random_two,    ///< the lesser load of two random ones (Mitzenmacher 2001)
};

/// What becomes of a request while all workers have `max_in_flight` requests.
enum class PoolOverflow : std::uint8_t {
  wait,    ///< it waits, first come, first served, until its deadline
  reject,  ///< it is `overloaded` at once
};

/// How a pool works. More than `max_restarts` restarts of workers in `within` end the pool.
/// Thread-safety: plain value.
struct WorkerPoolOptions {
  std::string name{};    ///< of the pool's supervisor, needed; worker i has the label "<name>/<i>"
  std::size_t size = 4;  ///< workers, at least 1
  std::int32_t mailbox_bound = 0;  ///< of each worker; 0: `limits::mailbox_messages_max`
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);
  Duration shutdown = child_shutdown_default;  ///< for each worker to end
  WorkerChoice choice = WorkerChoice::least_loaded;
  /// Requests that a worker has at a time, more wait in the pool; 0: in the mailboxes.
  std::size_t max_in_flight = 0;
  PoolOverflow overflow = PoolOverflow::wait;              ///< with `max_in_flight` only
  std::size_t max_waiting = limits::mailbox_messages_max;  ///< more are `overloaded`
  /// So many workers are started while requests would wait, and stopped when none does and they
  /// have nothing to do; needs `max_in_flight`. 0: always `size`.
  std::size_t max_size = 0;
};

/// What a pool does at the moment. Thread-safety: plain value.
struct WorkerPoolStatus {
  std::size_t workers = 0;  ///< that live
  std::size_t free = 0;     ///< of these: may take another request (`max_in_flight`)
  /// Requests that are with a worker, also those that nobody waits for any more.
  std::size_t in_flight = 0;
  std::size_t waiting = 0;  ///< requests without a worker
};

namespace detail {

class WorkerChooser;

/// The right of one request to be with a worker. It belongs to the request, not to who waits for
/// it: it ends when the worker has answered or has ended, or when the request never came there.
/// Thread-safety: any thread.
class WorkerPermit {
 public:
  WorkerPermit(std::shared_ptr<WorkerChooser> chooser, std::size_t index, Pid pid)
      : chooser_(std::move(chooser)), index_(index), pid_(pid) {}
  WorkerPermit(const WorkerPermit&) = delete;
  WorkerPermit& operator=(const WorkerPermit&) = delete;
  ~WorkerPermit() { end(); }

  /// The worker's process.
  [[nodiscard]] Pid pid() const { return pid_; }
  /// The worker is free for another request; the second time does nothing.
  void end();
  /// The message with this request is gone: the worker has handled it, or never gets it.
  static void message_gone(std::shared_ptr<WorkerPermit> permit, const Reference& request);

 private:
  friend class WorkerChooser;

  std::shared_ptr<WorkerChooser> chooser_;
  std::size_t index_;
  Pid pid_;
  bool ended_ = false;  // guarded by the lock of the chooser
};
using PermitPointer = std::shared_ptr<WorkerPermit>;

/// A request to a worker of a pool.
template <typename M>
struct PoolRequest final : MessageSignal {
  PoolRequest(PermitPointer p, M request)
      : MessageSignal(SignalKind::call), permit(std::move(p)), value(std::move(request)) {}
  ~PoolRequest() override { WorkerPermit::message_gone(std::move(permit), reference); }
  [[nodiscard]] const std::type_info& type() const override { return typeid(M); }
  [[nodiscard]] void* content() override { return &value; }
  [[nodiscard]] std::string_view wire_name() const override {
    if constexpr (WireMessageType<M>)
      return M::kith_wire_name();
    else
      return {};
  }

  PermitPointer permit;
  M value;
};

/// Which worker of a pool gets the next message, and who waits for one. While somebody waits no
/// worker that lives is free: each change hands out what there is. Thread-safety: any thread.
class WorkerChooser : public std::enable_shared_from_this<WorkerChooser> {
 public:
  WorkerChooser(System& system, WorkerPoolOptions options);

  /// Reserves a worker; waits for one until the deadline. Inside processes only. Errors:
  /// `overloaded`, `timeout`, `no_process` (the pool has ended).
  Result<PermitPointer> check_out(Duration timeout);
  /// A worker for a message without a reply. Errors: `overloaded`, `no_process`.
  Result<Pid> choose();
  [[nodiscard]] std::vector<Pid> workers() const;
  [[nodiscard]] WorkerPoolStatus status() const;

  /// A request has left its worker, which is not to get another one when `worker_ends`. The second
  /// time does nothing.
  void release(WorkerPermit& permit, bool worker_ends);
  /// A worker has been started, or again.
  void worker_up(std::size_t index, Pid pid);
  /// A further worker has been stopped, or did not start.
  void worker_gone(std::size_t index);
  /// The places whose worker shall be started (true) or stopped (false).
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
  };
  struct Waiter {
    Pid pid;
    Reference watch;  ///< of the pool; the grant comes under it
    std::optional<std::size_t> granted;
    std::list<Waiter*>::iterator position;
  };
  class Waiting;
  /// The calling process and how many messages wait for it. Taken before the lock: to count them it
  /// takes in what has come, and what is dropped there may be a request of this pool.
  struct Caller {
    Pid pid;
    std::size_t waiting = 0;
  };

  [[nodiscard]] Caller caller() const;
  PermitPointer permit(std::size_t index) KITH_REQUIRES(mutex_);
  std::optional<Result<PermitPointer>> at_once(const Caller& caller) KITH_REQUIRES(mutex_);
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
  Random random_ KITH_GUARDED_BY(mutex_);
};

/// To the manager of an elastic pool: there are `changes()`.
struct ResizePool {};

/// The supervisor of a pool's workers, of which `worker(index)` is the specification.
Result<Pid> start_pool(const std::shared_ptr<WorkerChooser>& chooser,
                       const std::function<ChildSpec(std::size_t)>& worker);
/// Why these options are none; nothing when they are fine.
[[nodiscard]] Result<void> check(const WorkerPoolOptions& options);

}  // namespace detail
}  // namespace kith
