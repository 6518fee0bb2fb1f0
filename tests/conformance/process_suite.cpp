// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actor/agent.hpp"
#include "tests/conformance/functions.hpp"
#include "tests/conformance/performer.hpp"
#include "tests/conformance/scenario.hpp"
#include "tests/conformance/scripted_server.hpp"
#include "tests/conformance/term.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {
namespace {

/// Performs the steps of one scenario from a plain thread.
class Driver {
 public:
  explicit Driver(const PlayOptions& options) : world_(options) {}

  void set_up(const Value& setup) {
    for (const Value& each : items(field(setup, "registries"))) add_registry(each);
    for (const Value& each : items(field(setup, "task_supervisors"))) add_task_supervisor(each);
    for (const Value& each : items(field(setup, "actors"))) {
      const bool is_name = each.get_if<std::string>() != nullptr;
      add_actor(is_name ? text(each) : text_at(each, 0), at(each, 1));
    }
    for (const Value& each : items(field(setup, "servers"))) {
      do_at_once(Value::array({"start_server", each, "nolink"}));
    }
    for (const Value& each : items(field(setup, "agents"))) {
      ValueMap options;
      if (const auto* given = at(each, 2).get_if<ValueMap>()) options = *given;
      options["nolink"] = true;
      do_at_once(Value::array({"start_agent", at(each, 0), at(each, 1), options}));
    }
    world_.run_until_quiet();
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
  using Outcome = std::shared_ptr<Order::Outcome>;

  void take(const Value& step, ValueArray& answers) {
    const std::string what = text_at(step, 0);
    if (what == "timed") return timed(at(step, 1), answers);
    if (what == "wait") return world_.pass(milliseconds(at(step, 1), Duration::zero()));
    if (what == "spawn") return add_actor(text_at(step, 1), at(step, 2));
    if (what == "do_all") return do_all(at(step, 1), answers);
    if (what != "do" && what != "do_async") {
      throw std::invalid_argument("a step that nobody knows: " + to_json(step));
    }
    const std::string actor = text_at(step, 1);
    if (!world_.is_alive(actor)) return answers.push_back(pair("dead", actor));
    if (what == "do_async") {
      order(actor, at(step, 2), nullptr);
      return;
    }
    const Outcome outcome = std::make_shared<Order::Outcome>();
    order(actor, at(step, 2), outcome);
    world_.run_until([&] { return outcome->done || !world_.is_alive(actor); });
    if (outcome->done && outcome->result) answers.push_back(pair("ret", *outcome->result));
    finished_at_ = outcome->done ? outcome->at : world_.now();
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

  void do_all(const Value& orders, ValueArray& answers) {
    std::vector<std::pair<std::string, Outcome>> open;
    for (const Value& each : items(orders)) {
      const std::string actor = text_at(each, 0);
      if (!world_.is_alive(actor)) {
        answers.push_back(pair("dead", actor));
        continue;
      }
      open.emplace_back(actor, std::make_shared<Order::Outcome>());
      order(actor, at(each, 1), open.back().second);
    }
    world_.run_until([&] {
      return std::ranges::all_of(open, [&](const auto& each) {
        return each.second->done || !world_.is_alive(each.first);
      });
    });
    for (const auto& [actor, outcome] : open) {
      if (outcome->done && outcome->result) {
        answers.push_back(Value::array({"ret", actor, *outcome->result}));
      }
    }
  }

  void order(const std::string& actor, const Value& operation, Outcome outcome) {
    static_cast<void>(
        send(world_.system(), world_.process(actor), Order{operation, std::move(outcome)}));
  }

  /// Ends a step: waits until the system is idle and every live supervisor has answered a request.
  void settle() {
    for (const auto& [name, supervisor] : world_.task_supervisors) {
      if (!world_.is_alive(name)) continue;
      const auto answered = std::make_shared<std::atomic<bool>>(false);
      spawn(world_.system(), [supervisor, answered] {
        static_cast<void>(supervisor.children());
        *answered = true;
      });
      world_.run_until([&] { return answered->load(); });
    }
    world_.run_until_quiet();
  }

  void add_actor(const std::string& name, const Value& options) {
    const Pid pid = spawn(world_.system(), actor_body(world_, name, actor_options(options)));
    world_.set_name(pid, name);
  }

  void add_registry(const Value& description) {
    RegistryOptions options;
    options.name = text(field(description, "name"));
    if (field(description, "keys") == Value("duplicate")) options.keys = RegistryKeys::duplicate;
    options.partitions = static_cast<std::size_t>(field(description, "partitions").integer_or(1));
    for (const Value& each : items(field(description, "listeners"))) {
      options.listeners.push_back(text(each));
    }
    if (const auto* metadata = field(description, "meta").get_if<ValueMap>()) {
      options.metadata = *metadata;
    }
    const auto registry = Registry::start_link(world_.system(), options).value();
    world_.set_name(registry.pid(), options.name);
    world_.registries.emplace(options.name, registry);
  }

  void add_task_supervisor(const Value& description) {
    TaskSupervisorOptions options;
    const Value& given = at(description, 1);
    const auto number = [&](const char* name, std::int64_t otherwise) {
      return field(given, name).integer_or(otherwise);
    };
    options.max_children = static_cast<std::size_t>(number("max_children", INT32_MAX));
    options.max_restarts = static_cast<std::uint32_t>(number("max_restarts", 3));
    options.within = std::chrono::seconds(number("max_seconds", 5));
    const auto supervisor = TaskSupervisor::start_link(world_.system(), options).value();
    world_.set_name(supervisor.pid(), text_at(description, 0));
    world_.task_supervisors.emplace(text_at(description, 0), supervisor);
  }

  /// Performs an operation in a process that ends afterwards.
  void do_at_once(const Value& operation) {
    world_.system().run([&] { Performer(world_, "").perform(operation); });
  }

  World world_;
  TimePoint finished_at_;
};

}  // namespace

Observed play_processes(const Scenario& scenario, const PlayOptions& options) {
  Driver driver(options);
  driver.set_up(scenario.setup);
  Observed observed;
  for (const Value& step : scenario.steps) observed.push_back(driver.perform(step));
  return observed;
}

}  // namespace kith::conformance
