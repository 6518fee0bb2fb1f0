// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/value_json.hpp"
#include "tests/conformance/rule_machine.hpp"
#include "tests/conformance/scenario.hpp"
#include "tests/conformance/term.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {
namespace {

constexpr const char* machine_name = "machine";

/// Tells the parent of the machine to end.
struct EndParent {
  ExitReason reason;
};

Value observation(const char* kind, Value value) {
  return Value::map({{kind, std::move(value)}});
}

Value written_error(const Error& error) {
  switch (error.code()) {
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::no_process:
      return "noproc";
    case ErrorCode::already_exists:
      return "already_started";
    default:
      return error.reason() == nullptr ? Value(error.to_string()) : written_reason(*error.reason());
  }
}

/// Performs the steps of one scenario from a plain thread.
class MachineDriver {
 public:
  MachineDriver(const Scenario& scenario, const PlayOptions& options)
      : world_(options),
        setup_(scenario.setup),
        machine_(&world_.system(), Pid{world_.system().boot(), 0, 0}) {}

  ValueArray perform(const Value& step) {
    first_.clear();
    take(step);
    world_.run_until_quiet();
    const std::scoped_lock lock(mutex_);
    ValueArray seen = std::move(first_);
    std::ranges::move(std::exchange(log_, {}), std::back_inserter(seen));
    if (stopped_) seen.push_back(*std::exchange(stopped_, std::nullopt));
    for (auto& [label, result] : std::exchange(results_, {})) seen.push_back(std::move(result));
    for (const Value& each : world_.take_observations()) {
      if (at(each, 1) == Value(machine_name)) {
        seen.push_back(observation("down", written_reason(at(each, 2))));
      }
    }
    return seen;
  }

 private:
  void take(const Value& step) {
    const std::string what = text_at(step, 0);
    const Value& first = at(step, 1);
    if (what == "start" || what == "start_second") return start();
    if (what == "call") return call_and_wait(first, milliseconds(at(step, 2), infinite));
    if (what == "wait") return world_.pass(milliseconds(first, Duration::zero()));
    if (what == "burst") return burst(first);
    if (what == "state") return replace_state(nullptr);
    if (what == "replace_state") {
      return replace_state([state = text(first), data = at(step, 2)](RuleMachine::Snapshot) {
        return RuleMachine::Snapshot{state, data};
      });
    }
    if (what == "suspend" || what == "resume") {
      held_ = what == "suspend";
      return hold(held_);
    }
    if (what == "stop") return stop(first.is_null() ? Value("normal") : reason_of(first));
    if (what == "parent_exit") return send_parent(EndParent{reason_of(first)});
    if (what == "exit_signal")
      return in_a_process([this, reason = reason_of(first)] { exit(machine_.pid(), reason); });
    send_one(step);
  }

  void start() {
    std::optional<RuleMachine::Ref> running;
    RuleMachineOptions options{setup_, [this](Value each) { log(std::move(each)); },
                               [&](Pid pid) {
                                 world_.set_name(pid, machine_name);
                                 put(running, RuleMachine::Ref(&world_.system(), pid));
                               }};
    StartOptions how;
    how.name = text(field(setup_, "name"));
    std::optional<Result<RuleMachine::Ref>> started;
    if (is_true(field(setup_, "linked"))) {
      parent_ = spawn(world_.system(), [&, options, how] {
        trap_exits(true);  // it outlives the machine
        put(started, RuleMachine::start_link(how, options));
        exit(receive<EndParent>().value().reason);
      });
    } else {
      spawn(world_.system(), [&, options, how] { put(started, RuleMachine::start(how, options)); });
    }
    world_.run_until([&] { return is_set(started); });
    if (!*started) return note("start_error", written_error(started->error()));
    if (!running) return note("ignored", true);
    machine_ = *running;
    note("started", true);
  }

  void call_and_wait(const Value& content, Duration timeout) {
    client("main", content, timeout);
    world_.run_until([&] {
      const std::scoped_lock lock(mutex_);
      return results_.contains("main");
    });
  }

  void client(const std::string& label, const Value& content, Duration timeout) {
    spawn(world_.system(), [this, label, content, timeout, machine = machine_] {
      const auto reply = call(machine, RuleCall{content}, timeout);
      const std::scoped_lock lock(mutex_);
      results_[label] = reply ? observation("reply", pair(label, *reply))
                              : observation("exit", pair(label, written_error(reply.error())));
    });
  }

  /// Sends a cast, an info, or a call from a new client.
  void send_one(const Value& message) {
    const std::string kind = text_at(message, 0);
    if (kind == "call" || kind == "call_async") {
      client(text_at(message, 1), at(message, 2), milliseconds(at(message, 3), infinite));
    } else if (kind == "cast") {
      static_cast<void>(cast(machine_, RuleCast{at(message, 1)}));
    } else if (kind == "info") {
      static_cast<void>(send(world_.system(), machine_.pid(), Value(at(message, 1))));
    } else {
      throw std::runtime_error("no such step: " + to_json(message));
    }
    world_.run_until_quiet();
  }

  void burst(const Value& messages) {
    if (!held_) hold(true);
    for (const Value& message : items(messages)) send_one(message);
    if (!held_) hold(false);
  }

  void hold(bool on) {
    in_a_process([on, machine = machine_] {
      static_cast<void>(on ? suspend_server(machine) : resume_server(machine));
    });
  }

  void stop(const ExitReason& reason) {
    in_a_process([this, reason, machine = machine_] {
      const auto stopped = stop_server(machine, reason);
      const std::scoped_lock lock(mutex_);
      stopped_ = observation("stopped", stopped ? "ok" : written_error(stopped.error()));
    });
  }

  void replace_state(std::function<RuleMachine::Snapshot(RuleMachine::Snapshot)> f) {
    in_a_process([this, f = std::move(f), machine = machine_] {
      const auto state = RuleMachine::replace_state(machine, f);
      if (state)
        note("state", pair(state->state, state->data));
      else
        note("exit", pair("main", written_error(state.error())));
    });
  }

  template <typename M>
  void send_parent(M message) {
    static_cast<void>(send(world_.system(), parent_, std::move(message)));
  }

  /// Runs a function in a new process and waits for its end.
  template <typename F>
  void in_a_process(F f) {
    const Pid pid = spawn(world_.system(), std::move(f));
    world_.run_until([&] { return !world_.system().is_alive(pid); });
  }

  void log(Value each) {
    const std::scoped_lock lock(mutex_);
    log_.push_back(std::move(each));
  }
  void note(const char* kind, Value value) {
    const std::scoped_lock lock(mutex_);
    first_.push_back(observation(kind, std::move(value)));
  }
  template <typename T>
  void put(std::optional<T>& place, T value) {
    const std::scoped_lock lock(mutex_);
    place.emplace(std::move(value));
  }
  template <typename T>
  bool is_set(const std::optional<T>& place) {
    const std::scoped_lock lock(mutex_);
    return place.has_value();
  }

  std::mutex mutex_;
  ValueArray first_;
  ValueArray log_;
  std::map<std::string, Value> results_;
  std::optional<Value> stopped_;
  World world_;  // destroyed before the objects that its processes write to
  Value setup_;
  RuleMachine::Ref machine_;  // null until one is started
  Pid parent_;
  bool held_ = false;
};

}  // namespace

Observed play_state_machine(const Scenario& scenario, const PlayOptions& options) {
  MachineDriver driver(scenario, options);
  Observed observed;
  for (const Value& step : scenario.steps) observed.push_back(driver.perform(step));
  return observed;
}

}  // namespace kith::conformance
