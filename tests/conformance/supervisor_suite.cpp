// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/conformance/performer.hpp"
#include "tests/conformance/scenario.hpp"
#include "tests/conformance/supervised.hpp"
#include "tests/conformance/term.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {
namespace {

/// With "busy" the system never becomes idle: a step then ends after this many turns.
constexpr std::size_t busy_turns = 1000;

Value noproc(const std::string& operation) {
  return exit_during("noproc", operation);
}

/// Returns why an operation failed: the term of the supervisor, or that it does not exist.
Value failed(const Error& error) {
  if (error.code() == ErrorCode::no_process && error.reason() == nullptr) return noproc("call");
  if (error.code() == ErrorCode::invalid_argument) return pair("error", "bad_spec");
  if (error.code() == ErrorCode::overloaded) return pair("error", "max_children");
  return pair("error", error.reason() == nullptr ? Value(error.text()) : *error.reason());
}

/// Performs the steps of one scenario from a plain thread; the tree belongs to a separate process
/// that traps exits.
class Driver {
 public:
  Driver(const Scenario& scenario, const PlayOptions& options)
      : world_(options),
        trees_(world_),
        setup_(scenario.setup),
        is_busy_(is_true(field(scenario.setup, "busy"))) {
    for (const Value& each : items(field(setup_, "actors"))) {
      const bool is_name = each.get_if<std::string>() != nullptr;
      const std::string name = is_name ? text(each) : text_at(each, 0);
      const Pid pid = spawn(world_.system(), actor_body(world_, name, actor_options(at(each, 1))));
      world_.set_name(pid, name);
    }
    parent_ = spawn(world_.system(), [] {
      trap_exits(true);
      for (;;) {
        const auto work = receive<std::function<void()>>();
        if (work) (*work)();
      }
    });
    settle();
    static_cast<void>(world_.take_observations());
  }

  ValueArray perform(const Value& step) {
    ValueArray answers;
    take(step, answers);
    settle();
    ValueArray seen = world_.take_observations();
    answers.insert(answers.end(), seen.begin(), seen.end());
    return answers;
  }

 private:
  void take(const Value& step, ValueArray& answers) {
    const std::string what = text_at(step, 0);
    if (what == "timed") return timed(at(step, 1), answers);
    if (what == "wait") return world_.pass(milliseconds(at(step, 1), Duration::zero()));
    if (what == "signal") return signal(Value::array({at(step, 1)}), at(step, 2), answers);
    if (what == "signal_all") return signal(at(step, 1), at(step, 2), answers);
    if (what == "make") return make(text_at(step, 1), at(step, 2), answers);
    if (what == "parent_exit") {
      return in_parent([reason = at(step, 1)] { exit(reason); });
    }
    if (what == "alive") {
      return answers.push_back(pair("ret", world_.is_alive(text_at(step, 1))));
    }
    if (what == "do") return do_order(text_at(step, 1), at(step, 2), answers);
    if (const auto result = operate(what, step)) answers.push_back(pair("ret", *result));
  }

  void timed(const Value& step, ValueArray& answers) {
    const TimePoint begin = world_.now();
    finished_at_ = begin;
    take(step, answers);
    constexpr std::int64_t grain = 200;
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(finished_at_ - begin).count();
    const auto after_answer = answers.begin() + (answers.empty() ? 0 : 1);
    answers.insert(after_answer, pair("took", took / grain * grain));
  }

  // --- running work -------------------------------------------------------------

  void until(const std::function<bool()>& done) {
    if (!is_busy_) return world_.run_until(done);
    while (!done()) world_.run_turns(1);
  }

  void in_parent(std::function<void()> work) {
    static_cast<void>(send(world_.system(), parent_, std::move(work)));
  }

  /// Runs `work` in the parent, or in a new process, until it has a result.
  Value run(std::function<Value()> work, bool by_parent = false) {
    struct Outcome {
      std::atomic<bool> done{false};
      Value result;
      TimePoint at;
    };
    const auto outcome = std::make_shared<Outcome>();
    const auto carry_out = [this, outcome, work = std::move(work)] {
      outcome->result = work();
      outcome->at = world_.now();
      outcome->done = true;
    };
    if (by_parent)
      in_parent(carry_out);
    else
      spawn(world_.system(), carry_out);
    until([&] { return outcome->done.load(); });
    finished_at_ = outcome->at;
    return outcome->result;
  }

  /// Ends a step: waits until the system is idle and every live supervisor has answered a request.
  void settle() {
    if (is_busy_) return world_.run_turns(busy_turns);
    world_.run_until_quiet();
    const auto supervisors = trees_.supervisors();
    for (const auto& [id, supervisor] : supervisors) {
      if (!world_.is_alive(id)) continue;
      const TimePoint before = finished_at_;
      run([&supervisor] {
        return std::visit([](const auto& each) { return Value(each.children().has_value()); },
                          supervisor);
      });
      finished_at_ = before;
    }
    world_.run_until_quiet();
  }

  // --- steps ----------------------------------------------------------------------

  void signal(const Value& ids, const Value& reason, ValueArray& answers) {
    std::vector<Pid> all;
    for (const Value& id : items(ids)) {
      if (world_.is_alive(text(id)))
        all.push_back(world_.process(text(id)));
      else
        answers.push_back(pair("dead", id));
    }
    spawn(world_.system(), [all, reason] {
      for (const Pid pid : all) exit(pid, reason);
    });
  }

  void make(const std::string& id, const Value& order, ValueArray& answers) {
    if (!world_.is_alive(id)) return answers.push_back(pair("dead", id));
    static_cast<void>(send(world_.system(), world_.process(id), Value(order)));
  }

  void do_order(const std::string& actor, const Value& operation, ValueArray& answers) {
    if (!world_.is_alive(actor)) return answers.push_back(pair("dead", actor));
    const auto outcome = std::make_shared<Order::Outcome>();
    static_cast<void>(send(world_.system(), world_.process(actor), Order{operation, outcome}));
    until([&] { return outcome->done || !world_.is_alive(actor); });
    if (outcome->done && outcome->result) answers.push_back(pair("ret", *outcome->result));
    finished_at_ = outcome->done ? outcome->at : world_.now();
  }

  std::optional<Value> operate(const std::string& what, const Value& step) {
    if (what == "start") return run([this] { return start(); }, true);
    const std::string id = text_at(step, 1);
    const Trees::AnySupervisor* supervisor = trees_.supervisor(id);
    if (supervisor == nullptr) return noproc(what == "stop" ? "stop" : "call");
    if (what == "stop") {
      return run([supervisor, reason = at(step, 2)] { return stop(*supervisor, reason); });
    }
    return run([this, what, step, id, copy = *supervisor] {
      if (const auto* dynamic = std::get_if<DynamicSupervisor>(&copy)) {
        return ask(*dynamic, what, id, at(step, 2));
      }
      return ask(std::get<Supervisor>(copy), what, at(step, 2));
    });
  }

  Value start() {
    const auto started = trees_.start_supervisor(field(setup_, "sup"));
    if (!started && started.error().reason() == nullptr) return pair("error", "bad_spec");
    if (!started) return failed(started.error());
    if (!*started) return "ignore";
    return started_to_value(*started);
  }

  static Value stop(const Trees::AnySupervisor& supervisor, const Value& reason) {
    const Result<void> stopped =
        std::visit([&](const auto& each) { return each.stop(reason); }, supervisor);
    if (stopped) return "ok";
    const Error& error = stopped.error();
    return exit_during(error.reason() == nullptr ? Value("noproc") : *error.reason(), "stop");
  }

  [[nodiscard]] Value started_to_value(const StartedChild& child) const {
    ValueArray parts{"ok", world_.name_of(child)};
    if (child.info != Value()) parts.push_back(child.info);
    return parts;
  }

  // --- operations on a supervisor ---------------------------------------------------

  Value ask(const Supervisor& supervisor, const std::string& what, const Value& argument) {
    const std::string id = text(argument);
    if (what == "start_child") return start_child(supervisor, argument);
    if (what == "restart_child") {
      const auto started = supervisor.restart_child(id);
      return started ? started_to_value(*started) : refused(started.error());
    }
    if (what == "terminate_child") return done(supervisor.terminate_child(id));
    if (what == "delete_child") return done(supervisor.delete_child(id));
    if (what == "which_children") {
      const auto children = supervisor.children();
      return children ? listed(*children, true) : failed(children.error());
    }
    if (what == "count_children") return counted(supervisor.count());
    if (what == "get_childspec") {
      const auto spec = supervisor.spec(id);
      return spec ? pair("ok", child_spec_to_value(*spec)) : refused(spec.error());
    }
    throw std::invalid_argument("an operation that nobody knows: " + what);
  }

  Value ask(const DynamicSupervisor& supervisor, const std::string& what, const std::string& id,
            const Value& argument) {
    if (what == "dyn_start_child") {
      if (is_refused(argument)) return pair("error", "bad_spec");
      Value known = argument;  // a dynamic supervisor does not know the word
      if (auto* fields = known.get_if<ValueMap>()) fields->erase("significant");
      const auto spec = trees_.spec(known, trees_.extra_arguments(id));
      if (!spec) return failed(spec.error());
      const auto started = supervisor.start_child(*spec);
      if (!started) return failed(started.error());
      return *started ? started_to_value(*started) : Value("ignore");
    }
    if (what == "dyn_terminate_child") {
      return done(supervisor.terminate_child(world_.process(text(argument))));
    }
    if (what == "dyn_which_children" || what == "which_children") {
      const auto children = supervisor.children();
      return children ? listed(*children, false) : failed(children.error());
    }
    if (what == "dyn_count_children" || what == "count_children")
      return counted(supervisor.count());
    throw std::invalid_argument("an operation that nobody knows: " + what);
  }

  /// Checks that only apply to a dynamic supervisor, before the request.
  static bool is_refused(const Value& description) {
    const Value* start = description.find("start");
    return (start != nullptr && *start == Value()) || field(description, "shutdown") == Value(0);
  }

  Value start_child(const Supervisor& supervisor, const Value& description) {
    const auto spec = trees_.spec(description);
    if (!spec) return supervisor.children() ? failed(spec.error()) : noproc("call");
    const auto started = supervisor.start_child(*spec);
    if (started) return started_to_value(*started);
    const Value failure = failed(started.error());
    const Value& reason = at(failure, 1);
    if (text_at(failure, 0) == "exit" || reason == Value("bad_spec")) return failure;
    if (started.error().code() == ErrorCode::already_exists) {
      const Pid* pid = at(reason, 1).get_if<Pid>();
      return pid == nullptr ? failure
                            : pair("error", pair("already_started", world_.name_of(*pid)));
    }
    return pair("error", pair(reason, pair("child", field(description, "id"))));
  }

  static Value refused(const Error& error) {
    if (error.code() == ErrorCode::not_found) return pair("error", "not_found");
    if (error.code() == ErrorCode::conflict) {
      const bool restarting = error.text().find("restarted") != std::string::npos;
      return pair("error", restarting ? "restarting" : "running");
    }
    return failed(error);
  }
  static Value done(const Result<void>& result) {
    return result ? Value("ok") : refused(result.error());
  }
  static Value counted(const Result<ChildCounts>& counts) {
    return counts ? counts_to_value(*counts) : failed(counts.error());
  }

  /// Returns the sorted children, with or without ids.
  [[nodiscard]] Value listed(const std::vector<ChildInfo>& children, bool with_id) const {
    ValueArray all;
    for (const ChildInfo& each : children) {
      ValueArray parts;
      if (with_id) parts.emplace_back(each.id);
      parts.push_back(each.restarting ? Value("restarting") : world_.name_of(each.pid));
      parts.emplace_back(each.is_supervisor ? "supervisor" : "worker");
      all.emplace_back(std::move(parts));
    }
    std::ranges::sort(all, {}, [](const Value& each) { return to_json(each); });
    return all;
  }

  World world_;
  Trees trees_;
  Value setup_;
  bool is_busy_;
  Pid parent_;
  TimePoint finished_at_;
};

}  // namespace

Observed play_supervisors(const Scenario& scenario, const PlayOptions& options) {
  Driver driver(scenario, options);
  Observed observed;
  for (const Value& step : scenario.steps) observed.push_back(driver.perform(step));
  return observed;
}

}  // namespace kith::conformance
