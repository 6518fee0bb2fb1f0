#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/supervisor.hpp"

namespace kith {

/// How a pool works. More than `max_restarts` restarts of workers in `within` end the pool.
/// Thread-safety: plain value.
struct WorkerPoolOptions {
  std::string name;                ///< of the pool's supervisor; worker i is "<name>/<i>". Needed.
  std::size_t size = 4;            ///< workers, at least 1
  std::int32_t mailbox_bound = 0;  ///< of each worker; 0: `limits::mailbox_messages_max`
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);
  Duration shutdown = child_shutdown_default;  ///< for each worker to end
};

namespace detail {

/// Which worker gets the next message. Thread-safety: any thread.
class WorkerChooser {
 public:
  WorkerChooser(System& system, const WorkerPoolOptions& options);

  /// A worker that was chosen.
  struct Choice {
    std::size_t index;
    Pid pid;
  };
  /// The living worker with the fewest waiting messages and requests under way; equals take turns.
  /// A `request` is counted as under way from here to `end_request`. Errors: `overloaded` (all are
  /// at their bound), `no_process` (none lives).
  Result<Choice> choose(bool request);
  /// A request to this worker has been answered or given up.
  void end_request(std::size_t index);

  [[nodiscard]] System& system() const { return system_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  System& system_;
  std::vector<std::string> names_;
  std::size_t bound_;
  Mutex mutex_;
  std::vector<std::size_t> under_way_ KITH_GUARDED_BY(mutex_);
  std::size_t next_ KITH_GUARDED_BY(mutex_) = 0;
};

}  // namespace detail

/// Several copies of a server under a supervisor that restarts them; a message goes to the worker
/// that has the least to do. This is a handle; copies share what they know of requests under way.
/// Source: the worker pool on top of DynamicSupervisor that Elixir programs write by hand.
/// Thread-safety: all functions from processes and plain threads; the system must outlive it.
template <typename Server>
class WorkerPool {
 public:
  /// Starts the workers, linked as `Supervisor::start_link`; the arguments are copied for each
  /// `Server::start_link`. Errors: `invalid_argument` (no name, size zero), `already_exists` (the
  /// name), `crashed` (a worker did not start).
  template <HasSystem S, typename... A>
  static Result<WorkerPool> start_link(S& owner, WorkerPoolOptions options, const A&... arguments) {
    return begin(owner.system(), std::move(options), arguments...);
  }
  /// The same inside a process.
  template <typename... A>
  static Result<WorkerPool> start_link(WorkerPoolOptions options, const A&... arguments) {
    return begin(detail::this_system(), std::move(options), arguments...);
  }
  /// A handle to the pool that was started with these options.
  static WorkerPool at(System& system, const WorkerPoolOptions& options) {
    return WorkerPool(system, options, named<Protocol<>>(system, options.name));
  }

  /// Sends a request to the least loaded worker and waits for its reply. Errors as `kith::call`;
  /// `overloaded` when all mailboxes are full, `no_process` while no worker lives, `crashed` when
  /// the worker ended before it answered: the request is not sent to another one.
  template <Request M>
  Result<typename M::Reply> call(M request, Duration timeout = limits::call_timeout_default) const {
    const auto worker = chooser_->choose(true);
    if (!worker) return worker.error();
    const UnderWay until_answered(*chooser_, worker->index);
    return kith::call(ref(worker->pid), std::move(request), timeout);
  }
  /// Sends a message to the least loaded worker. Errors: `overloaded`, `no_process`.
  template <typename M>
    requires(!Request<M>)
  Result<void> cast(M message) const {
    const auto worker = chooser_->choose(false);
    if (!worker) return worker.error();
    return kith::cast(ref(worker->pid), std::move(message));
  }

  /// The processes of the workers that live now.
  [[nodiscard]] std::vector<Pid> workers() const {
    std::vector<Pid> pids;
    for (const std::string& name : chooser_->names()) {
      if (const auto pid = chooser_->system().whereis(name)) pids.push_back(*pid);
    }
    return pids;
  }
  /// Stops the workers and the pool. Errors as `stop_server`.
  Result<void> stop() const { return supervisor_.stop(); }
  /// The supervisor of the workers.
  [[nodiscard]] const Supervisor& supervisor() const { return supervisor_; }
  /// The supervisor's process.
  [[nodiscard]] Pid pid() const { return supervisor_.pid(); }

 private:
  /// The end of a request, also by unwinding.
  class UnderWay {
   public:
    UnderWay(detail::WorkerChooser& chooser, std::size_t index)
        : chooser_(chooser), index_(index) {}
    ~UnderWay() { chooser_.end_request(index_); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

   private:
    detail::WorkerChooser& chooser_;
    std::size_t index_;
  };

  WorkerPool(System& system, const WorkerPoolOptions& options, ServerAddress supervisor)
      : chooser_(std::make_shared<detail::WorkerChooser>(system, options)),
        supervisor_(std::move(supervisor)) {}

  template <typename... A>
  static Result<WorkerPool> begin(System& system, const WorkerPoolOptions& options,
                                  const A&... arguments) {
    if (options.name.empty() || options.size == 0) {
      return Error(ErrorCode::invalid_argument, "a pool needs a name and at least one worker");
    }
    std::vector<ChildSpec> children;
    for (std::size_t i = 0; i < options.size; ++i) {
      StartOptions start;
      start.name = options.name + "/" + std::to_string(i);
      start.mailbox_bound = options.mailbox_bound;
      children.push_back(child<Server>(start.name, start, arguments...));
      children.back().shutdown = options.shutdown;
    }
    auto supervisor = Supervisor::start_link(
        system, std::move(children),
        {Strategy::one_for_one, options.max_restarts, options.within, options.name});
    if (!supervisor) return supervisor.error();
    return WorkerPool(system, options, supervisor->address());
  }

  typename Server::Ref ref(Pid pid) const { return {&chooser_->system(), pid}; }

  std::shared_ptr<detail::WorkerChooser> chooser_;
  Supervisor supervisor_;
};

}  // namespace kith
