// SPDX-License-Identifier: Apache-2.0
#include "supervision/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actor/gen_server.hpp"
#include "supervision/list_children.hpp"
#include "supervision/restart_history.hpp"
#include "supervision/restart_intensity.hpp"
#include "supervision/supervisor_log.hpp"

namespace kith {
namespace {

using detail::ListChildren;

struct StartChild {
  using Reply = StartedChild;
  ChildSpec spec;
};
struct TerminateChild {
  using Reply = void;
  std::string id;
};
struct RestartChild {
  using Reply = StartedChild;
  std::string id;
};
struct DeleteChild {
  using Reply = void;
  std::string id;
};
struct GetSpec {
  using Reply = ChildSpec;
  std::string id;
};
/// To itself: the next start of this child is due, after a failed start or a back-off.
struct TryAgain {
  std::string id;
};
using SupervisorProtocol = Protocol<StartChild, TerminateChild, RestartChild, DeleteChild,
                                    ListChildren, GetSpec, TryAgain>;

struct Child {
  ChildSpec spec;
  Pid pid;
  bool restarting = false;
  detail::RestartHistory history;
};
using Children = std::vector<Child>;

Error not_found(const std::string& id) {
  return {ErrorCode::not_found, "the supervisor has no child '" + id + "'"};
}

Error not_stopped(const Child& child) {
  return {ErrorCode::conflict, "the child '" + child.spec.id + "' " +
                                   (child.restarting ? "is being restarted" : "runs") +
                                   "; terminate it first"};
}

/// Validates a specification, also against the supervisor's `auto_shutdown`.
Result<void> check(const ChildSpec& spec, AutoShutdown auto_shutdown) {
  const auto refused = [](std::string why) {
    return Error(ErrorCode::invalid_argument, std::move(why));
  };
  if (spec.id.empty()) return refused("a child has no id");
  if (auto fine = detail::check(spec); !fine) return fine;
  if (!spec.significant) return {};
  const std::string child = "the child '" + spec.id + "' ";
  if (auto_shutdown == AutoShutdown::never) {
    return refused(child + "is significant, but the supervisor's auto_shutdown is never");
  }
  if (spec.restart == Restart::permanent) {
    return refused(child + "is significant and permanent: a permanent child never ends orderly");
  }
  return {};
}

Error present(const Child& child) {
  const Error error(ErrorCode::already_exists,
                    "the supervisor has a child '" + child.spec.id + "' already");
  if (!child.pid) return error.with_reason("already_present");
  return error.with_reason(Value::array({"already_started", child.pid}));
}

ExitReason failed_to_start(const std::string& id, const Error& error) {
  const Value why = error.reason() == nullptr ? Value(error.to_string()) : *error.reason();
  return ValueArray{"shutdown", ValueArray{"failed_to_start_child", id, why}};
}

/// Invariants: `children_` is in start order, with unique ids. `pid` is null unless the child is
/// running; `restarting` is true only while `pid` is null and a `TryAgain` is expected (except for
/// an infinite back-off). A temporary child without a pid is removed.
class SupervisorServer : public GenServer<SupervisorServer, SupervisorProtocol> {
 public:
  using SupervisesChildren = void;  ///< marks a server that answers `ListChildren`

  SupervisorServer(std::vector<ChildSpec> specs, const SupervisorOptions& options)
      : strategy_(options.strategy),
        auto_shutdown_(options.auto_shutdown),
        intensity_(options.max_restarts, options.within) {
    for (ChildSpec& spec : specs) children_.push_back({std::move(spec), Pid{}});
  }

  Then init() {
    trap_exits(true);
    for (std::size_t i = 0; i < children_.size(); ++i) {
      const Result<StartedChild> started = start(children_[i]);
      if (started) continue;
      const ExitReason reason = failed_to_start(children_[i].spec.id, started.error());
      stop_from(0);
      return kith::stop(reason);
    }
    std::erase_if(children_, forgettable);
    return {};
  }

  void terminate(const ExitReason&) { stop_from(0); }

  Result<StartedChild> handle_call(const StartChild& request) {
    if (const auto fine = check(request.spec, auto_shutdown_); !fine) return fine.error();
    if (const auto child = find(request.spec.id); child != children_.end()) return present(*child);
    Child added{request.spec, Pid{}};
    Result<StartedChild> started = start(added);
    if (started && !forgettable(added)) children_.push_back(std::move(added));
    return started;
  }

  Result<void> handle_call(const TerminateChild& request) {
    const auto child = find(request.id);
    if (child == children_.end()) return not_found(request.id);
    stop_one(*child);
    if (forgettable(*child)) children_.erase(child);
    return {};
  }

  Result<StartedChild> handle_call(const RestartChild& request) {
    const auto child = find(request.id);
    if (child == children_.end()) return not_found(request.id);
    if (child->pid || child->restarting) return not_stopped(*child);
    return start(*child);
  }

  Result<void> handle_call(const DeleteChild& request) {
    const auto child = find(request.id);
    if (child == children_.end()) return not_found(request.id);
    if (child->pid || child->restarting) return not_stopped(*child);
    children_.erase(child);
    return {};
  }

  std::vector<ChildInfo> handle_call(const ListChildren&) {
    std::vector<ChildInfo> infos;
    for (const Child& each : children_) {
      ChildInfo info{each.spec.id, each.pid, each.restarting, each.spec.is_supervisor};
      each.history.describe(info, now());
      infos.push_back(std::move(info));
    }
    return infos;
  }

  Result<ChildSpec> handle_call(const GetSpec& request) {
    const auto child = find(request.id);
    if (child == children_.end()) return not_found(request.id);
    return child->spec;
  }

  Then handle_info(const Exit& signal) {
    const auto child = std::find_if(children_.begin(), children_.end(), [&](const Child& each) {
      return each.pid && each.pid == signal.from;
    });
    // `stop_one` sets the pid to null before its `Exit` is handled: such an end is expected. Exit
    // signals of other processes do not match either.
    if (child == children_.end()) return {};
    child->pid = {};
    if (detail::wants_restart(child->spec.restart, signal.reason)) return restart_in_time(child);
    const bool ends_all = child->spec.significant && is_last_significant(*child);
    if (forgettable(*child)) children_.erase(child);
    return ends_all ? kith::stop("shutdown") : Then();
  }

  Then handle_cast(const TryAgain& message) {
    const auto child = find(message.id);
    if (child == children_.end() || !child->restarting) return {};  // terminated meanwhile
    if (child->history.is_waiting(now())) return {};                // sent for an earlier back-off
    child->history.stop_waiting();
    return restart(child);
  }

 private:
  /// Returns true for a temporary child that is not running: its specification is removed.
  static bool forgettable(const Child& child) {
    return child.spec.restart == Restart::temporary && !child.pid;
  }

  Children::iterator find(const std::string& id) {
    return std::find_if(children_.begin(), children_.end(),
                        [&](const Child& each) { return each.spec.id == id; });
  }

  static TimePoint now() { return detail::this_system().clock().now(); }

  /// Returns whether the end of this significant child ends the supervisor.
  bool is_last_significant(const Child& ended) const {
    if (auto_shutdown_ == AutoShutdown::any_significant) return true;
    return auto_shutdown_ == AutoShutdown::all_significant &&
           std::ranges::none_of(children_, [&](const Child& each) {
             return &each != &ended && each.spec.significant && (each.pid || each.restarting);
           });
  }

  static Result<StartedChild> start(Child& child) {
    Result<StartedChild> started = detail::start_child(child.spec);
    child.pid = started ? Pid(*started) : Pid{};
    child.history.note_start(now());
    return started;
  }

  /// Restarts a child at once, or after its back-off if it has one.
  Then restart_in_time(Children::iterator child) {
    if (!child->spec.backoff) return restart(child);
    child->history.note_end(child->spec, now());
    child->restarting = true;
    try_again(*child);
    return {};
  }

  /// Schedules the next start by a message to this process even if it is due at once: requests are
  /// then handled between the attempts at a child that keeps failing.
  static void try_again(Child& child) {
    const Duration delay = child.history.wait(child.spec, now());
    if (delay == infinite) return;
    if (delay > Duration::zero())
      send_after(delay, self(), TryAgain{child.spec.id});
    else
      static_cast<void>(send(self(), TryAgain{child.spec.id}));
  }

  /// Starts an ended child, and others as the strategy requires. Checks the restart limit first, so
  /// that the restart that exceeds it is not attempted.
  Then restart(Children::iterator child) {
    if (!intensity_.allow(now())) {
      detail::log_restart_limit(child->spec.id, intensity_);
      child->restarting = false;
      return kith::stop("shutdown");
    }
    child->history.note_restart();
    switch (strategy_) {
      case Strategy::one_for_one:
        start_or_try_again(*child);
        break;
      case Strategy::one_for_all:
        restart_from(0);
        break;
      case Strategy::rest_for_one:
        restart_from(static_cast<std::size_t>(child - children_.begin()));
        break;
    }
    return {};
  }

  bool start_or_try_again(Child& child) {
    const auto started = start(child);
    child.restarting = !started;
    if (started) return true;
    detail::log_failed_restart(child.spec.id, started.error());
    try_again(child);
    return false;
  }

  /// Stops the children from this index on in reverse, then starts them in order up to the first
  /// failure. Its retry starts the rest too under `rest_for_one`, and all under `one_for_all`.
  void restart_from(std::size_t first) {
    stop_from(first);
    std::erase_if(children_, forgettable);
    for (std::size_t i = first; i < children_.size(); ++i) {
      if (!start_or_try_again(children_[i])) return;
    }
  }

  void stop_from(std::size_t first) {
    for (std::size_t i = children_.size(); i > first; --i) stop_one(children_[i - 1]);
  }

  static void stop_one(Child& child) {
    child.restarting = false;
    child.history.stop_waiting();
    if (child.pid) detail::stop_child(child.spec, child.pid);
    child.pid = {};
  }

  Strategy strategy_;
  AutoShutdown auto_shutdown_;
  RestartIntensity intensity_;
  Children children_;
};

template <typename M>
Result<typename M::Reply> ask(const ServerAddress& whom, M request) {
  return detail::typed_call<typename M::Reply>(whom, std::move(request), infinite);
}

}  // namespace

Result<void> Supervisor::check(const std::vector<ChildSpec>& specs,
                               const SupervisorOptions& options) {
  if (auto fine = detail::check_positive("within", options.within); !fine) return fine;
  for (auto spec = specs.begin(); spec != specs.end(); ++spec) {
    if (auto fine = kith::check(*spec, options.auto_shutdown); !fine) return fine;
    if (std::any_of(specs.begin(), spec, [&](const auto& each) { return each.id == spec->id; })) {
      return Error(ErrorCode::already_exists, "two children have the id '" + spec->id + "'");
    }
  }
  return {};
}

Result<Supervisor> Supervisor::begin(System& system, std::vector<ChildSpec> children,
                                     SupervisorOptions options) {
  if (const Result<void> fine = check(children, options); !fine) return fine.error();
  StartOptions start;
  start.name = options.name;
  start.label = options.name.empty() ? "supervisor" : options.name;
  start.timeout = infinite;  // children have their own timeouts
  auto started = SupervisorServer::start_link(system, start, std::move(children), options);
  if (!started) return started.error();
  return Supervisor(ServerAddress(&system, started->pid()));
}

Result<Supervisor> Supervisor::start_link(std::vector<ChildSpec> children,
                                          SupervisorOptions options) {
  return begin(detail::this_system(), std::move(children), std::move(options));
}

ChildSpec Supervisor::child(std::string id, std::vector<ChildSpec> children,
                            SupervisorOptions options) {
  ChildSpec spec = kith::child<Supervisor>(std::move(id), std::move(children), std::move(options));
  spec.shutdown = infinite;
  spec.is_supervisor = true;
  return spec;
}

Result<StartedChild> Supervisor::start_child(ChildSpec spec) const {
  return ask(address_, StartChild{std::move(spec)});
}
Result<void> Supervisor::terminate_child(const std::string& id) const {
  return ask(address_, TerminateChild{id});
}
Result<StartedChild> Supervisor::restart_child(const std::string& id) const {
  return ask(address_, RestartChild{id});
}
Result<void> Supervisor::delete_child(const std::string& id) const {
  return ask(address_, DeleteChild{id});
}
Result<std::vector<ChildInfo>> Supervisor::children() const {
  return ask(address_, ListChildren{});
}

Result<ChildCounts> Supervisor::count() const {
  const auto all = children();
  if (!all) return all.error();
  return detail::count_children(*all);
}

Result<Pid> Supervisor::child_pid(const std::string& id) const {
  const auto all = children();
  if (!all) return all.error();
  for (const ChildInfo& each : *all) {
    if (each.id != id) continue;
    if (each.pid) return each.pid;
    return Error(ErrorCode::no_process, "the child '" + id + "' does not run");
  }
  return not_found(id);
}

Result<ChildSpec> Supervisor::spec(const std::string& id) const {
  return ask(address_, GetSpec{id});
}

Result<void> Supervisor::stop(ExitReason reason, Duration timeout) const {
  return stop_server(address_, std::move(reason), timeout);
}

}  // namespace kith
