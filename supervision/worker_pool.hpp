// SPDX-License-Identifier: Apache-2.0
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

/// Distributes messages over N supervised copies of a server, to the least loaded one or as
/// `WorkerChoice` selects.
///
///     struct Square {
///       using Reply = int;
///       int number = 0;
///     };
///     struct Worker : GenServer<Worker, Protocol<Square>> {
///       int handle_call(const Square& request) { return request.number * request.number; }
///     };
///     auto pool = WorkerPool<Worker>::start_link(system, {.name = "pool", .max_in_flight = 1});
///     Result<int> nine = pool.value().call(Square{3}, 100ms);
///
/// This is a handle: copies refer to the same pool. Source: the worker pool on top of
/// DynamicSupervisor that Elixir programs write by hand.
/// Thread-safety: all functions from processes and plain threads; the system must outlive it.
template <typename Server>
class WorkerPool {
 public:
  /// Starts the workers, linked as in `Supervisor::start_link`. Copies the arguments for each
  /// `Server::start_link`. Errors: `invalid_argument` (no name, size 0), `already_exists` (the
  /// name), `crashed` (a worker failed to start).
  template <HasSystem S, typename... A>
  static Result<WorkerPool> start_link(S& owner, WorkerPoolOptions options, const A&... arguments) {
    return begin(owner.system(), std::move(options), arguments...);
  }
  /// The same inside a process.
  template <typename... A>
  static Result<WorkerPool> start_link(WorkerPoolOptions options, const A&... arguments) {
    return begin(detail::this_system(), std::move(options), arguments...);
  }
  /// Creates the handle of a pool that the supervisor of `child()` starts; until then calls fail
  /// with `no_process`.
  template <typename... A>
  static Result<WorkerPool> prepare(System& system, WorkerPoolOptions options,
                                    const A&... arguments) {
    if (const auto fine = detail::check(options); !fine) return fine.error();
    return WorkerPool(system, std::move(options), arguments...);
  }
  /// Returns the pool as a child of a supervisor; the handle stays valid over restarts.
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

  /// Sends a request to a worker and waits for its reply; `timeout` includes the wait for a free
  /// worker. Errors as `kith::call`: `overloaded` (all mailboxes full, or `max_waiting` reached),
  /// `timeout`, `no_process` (no live worker), `crashed` (the worker ended before it answered; the
  /// request is not retried). After a timeout the request stays at its worker and counts as in
  /// flight until the worker has answered or ended.
  template <Request M>
  Result<typename M::Reply> call(M request, Duration timeout = limits::call_timeout_default) const {
    return detail::in_process(&system(), [&]() -> Result<typename M::Reply> {
      const TimePoint deadline = deadline_after(system().clock().now(), timeout);
      // Made first: what throws here has no permit to end.
      auto message = std::make_unique<detail::PoolRequest<M>>(std::move(request));
      const auto permit = chooser_->check_out(timeout);
      if (!permit) return permit.error();
      const bool bounded = timeout != infinite;
      const Duration left = bounded ? deadline - system().clock().now() : infinite;
      message->permit = *permit;
      message->chooser = chooser_;
      auto answer =
          detail::call_with<typename M::Reply>(ref(permit->pid), std::move(message), left);
      // Frees the slot now rather than when the worker destroys the message: where slots are
      // bounded the caller's next request must find one. After a timeout the worker is still busy.
      const bool is_over = answer || answer.error().code() != ErrorCode::timeout;
      if (is_over && chooser_->options().max_in_flight > 0) chooser_->release(*permit);
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

  /// Returns the pids of the live workers.
  [[nodiscard]] std::vector<Pid> workers() const { return chooser_->workers(); }
  /// Counts workers and requests.
  [[nodiscard]] WorkerPoolStatus status() const { return chooser_->status(); }
  /// Stops the workers and the pool. Errors as `stop_server`.
  Result<void> stop() const { return supervisor_.stop(); }
  /// Returns the supervisor of the workers.
  [[nodiscard]] const Supervisor& supervisor() const { return supervisor_; }
  /// Returns the pid of that supervisor; null while it is not running.
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
