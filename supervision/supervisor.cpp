#include "supervision/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actor/gen_server.hpp"
#include "supervision/restart_intensity.hpp"

namespace kith {
namespace {

struct StartChild {
  using Reply = Pid;
  ChildSpec spec;
};
struct TerminateChild {
  using Reply = void;
  std::string id;
};
struct RestartChild {
  using Reply = Pid;
  std::string id;
};
struct DeleteChild {
  using Reply = void;
  std::string id;
};
struct ListChildren {
  using Reply = std::vector<ChildInfo>;
};
struct GetSpec {
  using Reply = ChildSpec;
  std::string id;
};
/// To itself: the last start of this child failed.
struct TryAgain {
  std::string id;
};
using SupervisorProtocol = Protocol<StartChild, TerminateChild, RestartChild, DeleteChild,
                                    ListChildren, GetSpec, TryAgain>;

struct Child {
  ChildSpec spec;
  Pid pid;
  bool restarting = false;
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

/// The first reason to refuse these specifications.
Result<void> check(const std::vector<ChildSpec>& specs) {
  for (auto spec = specs.begin(); spec != specs.end(); ++spec) {
    if (spec->id.empty()) return Error(ErrorCode::invalid_argument, "a child has no id");
    if (!spec->start) {
      return Error(ErrorCode::invalid_argument,
                   "the child '" + spec->id + "' has no start function");
    }
    if (std::any_of(specs.begin(), spec, [&](const auto& each) { return each.id == spec->id; })) {
      return Error(ErrorCode::already_exists, "two children have the id '" + spec->id + "'");
    }
  }
  return {};
}

ExitReason failed_to_start(const std::string& id, const Error& error) {
  return ValueArray{"shutdown", ValueArray{"failed_to_start_child", id, error.to_string()}};
}

class SupervisorServer : public GenServer<SupervisorServer, SupervisorProtocol> {
 public:
  SupervisorServer(std::vector<ChildSpec> specs, const SupervisorOptions& options)
      : strategy_(options.strategy), intensity_(options.max_restarts, options.within) {
    for (ChildSpec& spec : specs) children_.push_back({std::move(spec), Pid{}});
  }

  Then init() {
    trap_exits(true);
    for (std::size_t i = 0; i < children_.size(); ++i) {
      const Result<Pid> pid = detail::start_child(children_[i].spec);
      if (pid) {
        children_[i].pid = *pid;
        continue;
      }
      const ExitReason reason = failed_to_start(children_[i].spec.id, pid.error());
      stop_from(0);
      return kith::stop(reason);
    }
    std::erase_if(children_, forgettable);
    return {};
  }

  void terminate(const ExitReason&) { stop_from(0); }

  Result<Pid> handle_call(const StartChild& request) {
    if (const Result<void> fine = check({request.spec}); !fine) return fine.error();
    if (find(request.spec.id) != children_.end()) {
      return Error(ErrorCode::already_exists,
                   "the supervisor has a child '" + request.spec.id + "' already");
    }
    const Result<Pid> pid = detail::start_child(request.spec);
    if (!pid) return pid;
    const Child& added = children_.emplace_back(request.spec, *pid);
    if (forgettable(added)) children_.pop_back();
    return pid;
  }

  Result<void> handle_call(const TerminateChild& request) {
    const auto child = find(request.id);
    if (child == children_.end()) return not_found(request.id);
    stop_one(*child);
    if (forgettable(*child)) children_.erase(child);
    return {};
  }

  Result<Pid> handle_call(const RestartChild& request) {
    const auto child = find(request.id);
    if (child == children_.end()) return not_found(request.id);
    if (child->pid || child->restarting) return not_stopped(*child);
    const Result<Pid> pid = detail::start_child(child->spec);
    if (pid) child->pid = *pid;
    return pid;
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
      infos.push_back({each.spec.id, each.pid, each.restarting, each.spec.is_supervisor});
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
    if (child == children_.end()) return {};  // stopped by this supervisor, or a stranger's signal
    child->pid = {};
    if (detail::wants_restart(child->spec.restart, signal.reason)) return restart(child);
    if (forgettable(*child)) children_.erase(child);
    return {};
  }

  Then handle_cast(const TryAgain& message) {
    const auto child = find(message.id);
    if (child == children_.end() || !child->restarting) return {};  // terminated meanwhile
    return restart(child);
  }

 private:
  /// A temporary child without a process leaves nothing behind.
  static bool forgettable(const Child& child) {
    return child.spec.restart == Restart::temporary && !child.pid;
  }

  Children::iterator find(const std::string& id) {
    return std::find_if(children_.begin(), children_.end(),
                        [&](const Child& each) { return each.spec.id == id; });
  }

  /// Starts an ended child, and others as the strategy says.
  Then restart(Children::iterator child) {
    if (!intensity_.allow(detail::this_system().clock().now())) {
      child->restarting = false;
      return kith::stop("shutdown");
    }
    switch (strategy_) {
      case Strategy::one_for_one: start_or_try_again(*child); break;
      case Strategy::one_for_all: restart_from(0); break;
      case Strategy::rest_for_one:
        restart_from(static_cast<std::size_t>(child - children_.begin()));
        break;
    }
    return {};
  }

  bool start_or_try_again(Child& child) {
    const Result<Pid> pid = detail::start_child(child.spec);
    child.restarting = !pid;
    child.pid = pid.value_or(Pid{});
    if (!pid) static_cast<void>(send(self(), TryAgain{child.spec.id}));
    return pid.has_value();
  }

  /// Stops and starts the children from this place on, up to the first whose start fails.
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
    if (child.pid) detail::stop_child(child.spec, child.pid);
    child.pid = {};
  }

  Strategy strategy_;
  RestartIntensity intensity_;
  Children children_;
};

template <typename M>
Result<typename M::Reply> ask(const ServerAddress& whom, M request) {
  return detail::typed_call<typename M::Reply>(whom, std::move(request), infinite);
}

}  // namespace

Result<Supervisor> Supervisor::begin(System& system, std::vector<ChildSpec> children,
                                     SupervisorOptions options) {
  if (const Result<void> fine = check(children); !fine) return fine.error();
  StartOptions start;
  start.name = options.name;
  start.label = options.name.empty() ? "supervisor" : options.name;
  start.timeout = infinite;  // children have their own time-outs
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

Result<Pid> Supervisor::start_child(ChildSpec spec) const {
  return ask(address_, StartChild{std::move(spec)});
}
Result<void> Supervisor::terminate_child(const std::string& id) const {
  return ask(address_, TerminateChild{id});
}
Result<Pid> Supervisor::restart_child(const std::string& id) const {
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
