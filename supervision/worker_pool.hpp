#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/limits.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/supervisor.hpp"
#include "supervision/worker_chooser.hpp"

namespace kith {

/// Several copies of a server under a supervisor that restarts them; a message goes to the worker
/// that has the least to do, or as `WorkerChoice` says. This is a handle; copies mean the same
/// pool. Source: the worker pool on top of DynamicSupervisor that Elixir programs write by hand.
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
  /// A pool that runs when the child of `child()` does; until then calls fail with `no_process`.
  template <typename... A>
  static Result<WorkerPool> prepare(System& system, WorkerPoolOptions options,
                                    const A&... arguments) {
    if (const auto fine = detail::check(options); !fine) return fine.error();
    return WorkerPool(system, std::move(options), arguments...);
  }
  /// The pool as a child of a supervisor; the handle stays the same over restarts.
  [[nodiscard]] ChildSpec child(std::string id) const {
    ChildSpec spec;
    spec.id = std::move(id);
    spec.start = [chooser = chooser_, worker = worker_] {
      return detail::start_pool(chooser, worker);
    };
    spec.shutdown = infinite;
    spec.is_supervisor = true;
    return spec;
  }

  /// Sends a request to a worker and waits for its reply; `timeout` includes the time until one is
  /// free. Errors as `kith::call`; `overloaded` when all mailboxes are full or too many wait,
  /// `timeout`, `no_process` while no worker lives, `crashed` when the worker ended before it
  /// answered: the request is not sent to another one. A request that is given up stays with its
  /// worker, which is busy until it has answered or ended.
  template <Request M>
  Result<typename M::Reply> call(M request, Duration timeout = limits::call_timeout_default) const {
    return detail::in_process(&system(), [&]() -> Result<typename M::Reply> {
      const TimePoint deadline = deadline_after(system().clock().now(), timeout);
      const auto permit = chooser_->check_out(timeout);
      if (!permit) return permit.error();
      const bool bounded = timeout != infinite;
      const Duration left = bounded ? deadline - system().clock().now() : infinite;
      auto answer = detail::call_with<typename M::Reply>(
          ref((*permit)->pid()),
          std::make_unique<detail::PoolRequest<M>>(*permit, std::move(request)), left);
      // Who has an answer finds the worker free, even before that one has come to its next message.
      if (answer || answer.error().code() != ErrorCode::timeout) (*permit)->end();
      return answer;
    });
  }
  /// Sends a message to a worker. Errors: `overloaded`, `no_process`.
  template <typename M>
    requires(!Request<M>)
  Result<void> cast(M message) const {
    const auto worker = chooser_->choose();
    if (!worker) return worker.error();
    return kith::cast(ref(*worker), std::move(message));
  }

  /// The processes of the workers that live now.
  [[nodiscard]] std::vector<Pid> workers() const { return chooser_->workers(); }
  /// What it does at the moment.
  [[nodiscard]] WorkerPoolStatus status() const { return chooser_->status(); }
  /// Stops the workers and the pool. Errors as `stop_server`.
  Result<void> stop() const { return supervisor_.stop(); }
  /// The supervisor of the workers.
  [[nodiscard]] const Supervisor& supervisor() const { return supervisor_; }
  /// The supervisor's process; of no process while it does not run.
  [[nodiscard]] Pid pid() const {
    return system().whereis(chooser_->options().name).value_or(Pid{});
  }

 private:
  template <typename... A>
  WorkerPool(System& system, WorkerPoolOptions options, const A&... arguments)
      : chooser_(std::make_shared<detail::WorkerChooser>(system, options)),
        supervisor_(named<Protocol<>>(system, options.name)) {
    worker_ = [options, ... arguments = arguments](std::size_t index) {
      StartOptions start;
      start.label = options.name + "/" + std::to_string(index);
      start.mailbox_bound = options.mailbox_bound;
      ChildSpec spec = kith::child<Server>(start.label, start, arguments...);
      spec.shutdown = options.shutdown;
      return spec;
    };
  }

  template <typename... A>
  static Result<WorkerPool> begin(System& system, WorkerPoolOptions options,
                                  const A&... arguments) {
    auto pool = prepare(system, std::move(options), arguments...);
    if (!pool) return pool;
    const auto started = detail::start_pool(pool->chooser_, pool->worker_);
    if (!started) return started.error();
    return pool;
  }

  [[nodiscard]] System& system() const { return chooser_->system(); }
  typename Server::Ref ref(Pid pid) const { return {&system(), pid}; }

  std::shared_ptr<detail::WorkerChooser> chooser_;
  std::function<ChildSpec(std::size_t)> worker_;
  Supervisor supervisor_;
};

}  // namespace kith
