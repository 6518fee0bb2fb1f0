#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/process.hpp"
#include "actor/system.hpp"
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
  std::string name;      ///< of the pool's supervisor, needed; worker i has the label "<name>/<i>"
  std::size_t size = 4;  ///< workers, at least 1
  std::int32_t mailbox_bound = 0;  ///< of each worker; 0: `limits::mailbox_messages_max`
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);
  Duration shutdown = child_shutdown_default;  ///< for each worker to end
  WorkerChoice choice = WorkerChoice::least_loaded;
  /// Requests that a worker has at a time, more wait in the pool; 0: in the mailboxes.
  std::size_t max_in_flight = 0;
  PoolOverflow overflow = PoolOverflow::wait;                         ///< with `max_in_flight` only
  std::size_t max_waiting = std::numeric_limits<std::size_t>::max();  ///< more are `overloaded`
  /// So many workers are started while requests would wait, and stopped when none does and they
  /// have nothing to do; needs `max_in_flight`. 0: always `size`.
  std::size_t max_size = 0;
};

/// What a pool does at the moment. Thread-safety: plain value.
struct WorkerPoolStatus {
  std::size_t workers = 0;  ///< that live
  std::size_t free = 0;     ///< of these: may take another request (`max_in_flight`)
  std::size_t in_flight = 0;
  std::size_t waiting = 0;  ///< requests without a worker
};

namespace detail {

/// Which worker of a pool gets the next message, and who waits for one. While somebody waits no
/// worker that lives is free: each change hands out what there is. Thread-safety: any thread.
class WorkerChooser {
 public:
  WorkerChooser(System& system, WorkerPoolOptions options);

  /// A worker that is reserved for one request until this ends, also by unwinding.
  class Lease {
   public:
    Lease(WorkerChooser& chooser, std::size_t index, Pid pid)
        : chooser_(&chooser), index_(index), pid_(pid) {}
    Lease(Lease&& other) noexcept
        : chooser_(std::exchange(other.chooser_, nullptr)),
          index_(other.index_),
          pid_(other.pid_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (chooser_ != nullptr) chooser_->release(index_);
    }
    [[nodiscard]] Pid pid() const { return pid_; }

   private:
    WorkerChooser* chooser_;
    std::size_t index_;
    Pid pid_;
  };

  /// Reserves a worker; waits for one until the deadline. Inside processes only. Errors:
  /// `overloaded`, `timeout`, `no_process` (the pool has ended).
  Result<Lease> check_out(Duration timeout);
  /// A worker for a message without a reply. Errors: `overloaded`, `no_process`.
  Result<Pid> choose();
  [[nodiscard]] std::vector<Pid> workers() const;
  [[nodiscard]] WorkerPoolStatus status() const;

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
    Reference reference;
    std::optional<std::size_t> granted;
    std::list<Waiter*>::iterator position;
  };
  class Waiting;

  void release(std::size_t index);
  std::optional<std::size_t> best(bool request, bool& any_lives) KITH_REQUIRES(mutex_);
  [[nodiscard]] std::optional<std::size_t> load(std::size_t index, bool request,
                                                bool& any_lives) const KITH_REQUIRES(mutex_);
  void hand_out() KITH_REQUIRES(mutex_);
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
