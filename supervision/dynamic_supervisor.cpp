// SPDX-License-Identifier: Apache-2.0
#include "supervision/dynamic_supervisor.hpp"

#include <algorithm>
#include <map>

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
  Pid pid;
};
/// To itself: the next start of the child that last had this pid is due, after a failed start or a
/// back-off.
struct TryAgain {
  Pid former;
};
using DynamicProtocol = Protocol<StartChild, TerminateChild, ListChildren, TryAgain>;

struct Child {
  ChildSpec spec;
  detail::RestartHistory history;
  bool restarting = false;  ///< its key is then the last pid that it had
};

/// A child that was sent an exit signal.
struct Ending {
  Pid pid;
  Reference watch;
  Duration shutdown;
};

/// Invariant: `children_` has one entry per child, keyed by its pid; a child that is being
/// restarted keeps its last pid as key until it has a new one.
class DynamicServer : public GenServer<DynamicServer, DynamicProtocol> {
 public:
  using SupervisesChildren = void;  ///< marks a server that answers `ListChildren`

  explicit DynamicServer(const DynamicSupervisorOptions& options)
      : max_children_(options.max_children), intensity_(options.max_restarts, options.within) {}

  void init() { trap_exits(true); }

  Result<StartedChild> handle_call(const StartChild& request) {
    if (const auto fine = detail::check(request.spec); !fine) return fine.error();
    if (children_.size() >= max_children_) {
      return Error(ErrorCode::overloaded,
                   "the supervisor has its " + std::to_string(max_children_) + " children");
    }
    Result<StartedChild> started = detail::start_child(request.spec);
    if (started && *started) {
      Child& child = children_.insert_or_assign(*started, Child{request.spec, {}}).first->second;
      child.history.note_start(now());
    }
    return started;
  }

  Result<void> handle_call(const TerminateChild& request) {
    const auto child = children_.find(request.pid);
    if (child == children_.end()) {
      return Error(ErrorCode::not_found,
                   "the process " + to_string(request.pid) + " is no child of the supervisor");
    }
    if (!child->second.restarting) detail::stop_child(child->second.spec, child->first);
    children_.erase(child);
    return {};
  }

  std::vector<ChildInfo> handle_call(const ListChildren&) {
    std::vector<ChildInfo> infos;
    infos.reserve(children_.size());
    for (const auto& [pid, child] : children_) {
      ChildInfo info{child.spec.id, child.restarting ? Pid{} : detail::while_alive(pid),
                     child.restarting, child.spec.is_supervisor};
      child.history.describe(info, now());
      infos.push_back(std::move(info));
    }
    return infos;
  }

  Then handle_info(const Exit& signal) {
    const auto child = children_.find(signal.from);
    if (child == children_.end() || child->second.restarting) return {};
    if (detail::wants_restart(child->second.spec.restart, signal.reason)) {
      return restart_in_time(child);
    }
    children_.erase(child);
    return {};
  }

  Then handle_cast(const TryAgain& message) {
    const auto child = children_.find(message.former);
    if (child == children_.end() || !child->second.restarting) return {};
    child->second.history.stop_waiting();
    return restart(child);
  }

  /// Signals all children before it waits for any, so that they end concurrently. Waits in the
  /// order of their timeouts, all counted from the same start: the stop takes as long as the
  /// longest timeout, not their sum, and a child is killed when its own timeout expires.
  void terminate(const ExitReason&) {
    std::vector<Ending> endings;
    for (const auto& [pid, child] : children_) {
      if (child.restarting) continue;
      endings.push_back({pid, monitor(pid), child.spec.shutdown});
      kith::exit(pid, child.spec.shutdown == brutal_kill ? "kill" : "shutdown");
    }
    std::ranges::sort(endings, {}, &Ending::shutdown);
    Clock& clock = detail::this_system().clock();
    const TimePoint begun = clock.now();
    for (const Ending& each : endings) {
      const Duration timeout = std::max(each.shutdown, Duration::zero());
      const bool bounded = timeout != infinite;
      const Duration left = bounded ? deadline_after(begun, timeout) - clock.now() : infinite;
      if (detail::receive_down(each.watch, left)) continue;
      kith::exit(each.pid, "kill");
      detail::receive_down(each.watch, infinite);
    }
  }

 private:
  using Children = std::map<Pid, Child>;

  static TimePoint now() { return detail::this_system().clock().now(); }

  /// Restarts a child at once, or after its back-off if it has one.
  Then restart_in_time(Children::iterator found) {
    auto& [pid, child] = *found;
    if (!child.spec.backoff) return restart(found);
    child.history.note_end(child.spec, now());
    child.restarting = true;
    try_again(pid, child);
    return {};
  }

  /// Schedules the next start by a message to this process even if it is due at once: requests are
  /// then handled between the attempts at a child that keeps failing.
  static void try_again(Pid former, Child& child) {
    const Duration delay = child.history.wait(child.spec, now());
    if (delay == infinite) return;
    if (delay > Duration::zero())
      send_after(delay, self(), TryAgain{former});
    else
      static_cast<void>(send(self(), TryAgain{former}));
  }

  /// Starts a child under a new key, counted against the restart limit. A null pid (nothing to
  /// supervise) removes the child.
  Then restart(Children::iterator child) {
    const Pid former = child->first;
    Child again = std::move(child->second);
    children_.erase(child);
    if (!intensity_.allow(now())) {
      detail::log_restart_limit(again.spec.id, intensity_);
      return kith::stop("shutdown");
    }
    again.history.note_restart();
    again.history.note_start(now());
    const Result<StartedChild> started = detail::start_child(again.spec);
    again.restarting = !started;
    if (!started) {
      detail::log_failed_restart(again.spec.id, started.error());
      try_again(former, again);
    }
    const Pid key = started ? Pid(*started) : former;
    if (key) children_.insert_or_assign(key, std::move(again));
    return {};
  }

  std::size_t max_children_;
  RestartIntensity intensity_;
  Children children_;
};

template <typename M>
Result<typename M::Reply> ask(const ServerAddress& whom, M request) {
  return detail::typed_call<typename M::Reply>(whom, std::move(request), infinite);
}

}  // namespace

Result<DynamicSupervisor> DynamicSupervisor::begin(System& system,
                                                   DynamicSupervisorOptions options) {
  if (auto fine = detail::check_positive("within", options.within); !fine) return fine.error();
  StartOptions start;
  start.name = options.name;
  start.label = options.name.empty() ? "dynamic supervisor" : options.name;
  auto started = DynamicServer::start_link(system, start, std::move(options));
  if (!started) return started.error();
  return DynamicSupervisor(ServerAddress(&system, started->pid()));
}

Result<DynamicSupervisor> DynamicSupervisor::start_link(DynamicSupervisorOptions options) {
  return begin(detail::this_system(), std::move(options));
}

ChildSpec DynamicSupervisor::child(std::string id, DynamicSupervisorOptions options) {
  ChildSpec spec = kith::child<DynamicSupervisor>(std::move(id), std::move(options));
  spec.shutdown = infinite;
  spec.is_supervisor = true;
  return spec;
}

Result<StartedChild> DynamicSupervisor::start_child(ChildSpec spec) const {
  return ask(address_, StartChild{std::move(spec)});
}
Result<void> DynamicSupervisor::terminate_child(Pid pid) const {
  return ask(address_, TerminateChild{pid});
}
Result<std::vector<ChildInfo>> DynamicSupervisor::children() const {
  return ask(address_, ListChildren{});
}

Result<ChildCounts> DynamicSupervisor::count() const {
  const auto all = children();
  if (!all) return all.error();
  return detail::count_children(*all);
}

Result<void> DynamicSupervisor::stop(ExitReason reason, Duration timeout) const {
  return stop_server(address_, std::move(reason), timeout);
}

}  // namespace kith
