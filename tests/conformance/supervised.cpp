// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/supervised.hpp"

#include <stdexcept>
#include <utility>

#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

Error start_failed(const Value& reason) {
  return Error(ErrorCode::crashed, "the start failed").with_reason(reason);
}

/// Returns the outcome of an incarnation; the last one repeats.
Value outcome_of(const Value& description, std::uint64_t incarnation) {
  const ValueArray& outcomes = items(field(field(description, "behaviour"), "init"));
  if (outcomes.empty()) return "ok";
  return outcomes[std::min<std::size_t>(incarnation, outcomes.size()) - 1];
}

bool is_supervisor(const Value& description) {
  const std::string type = text(field(description, "type"));
  return field(description, "sup") != Value() && (type == "supervisor" || is_dynamic(description));
}

}  // namespace

// --- workers ----------------------------------------------------------------------

ScriptedChild::ScriptedChild(World& world, std::string id, std::string name, Value behaviour,
                             Value outcome)
    : world_(world),
      id_(std::move(id)),
      name_(std::move(name)),
      behaviour_(std::move(behaviour)),
      outcome_(std::move(outcome)) {}

Then ScriptedChild::init() {
  trap_exits(is_true(field(behaviour_, "traps")));
  const Duration delay = milliseconds(field(behaviour_, "init_delay"), Duration::zero());
  if (delay > Duration::zero()) sleep_for(delay);
  const bool is_word = outcome_.get_if<std::string>() != nullptr;
  const std::string what = is_word ? text(outcome_) : text_at(outcome_, 0);
  if (what == "ok") {
    world_.set_name(self(), name_);
    world_.set_latest(id_, self());
  }
  world_.observe({"start", name_, outcome_});
  Then then;
  if (what == "ignore") then.ignore = true;
  if (what == "stop") then.stop = at(outcome_, 1);
  if (what == "raise") throw std::runtime_error(text_at(outcome_, 1));
  if (what == "exit") exit(at(outcome_, 1));
  if (what == "throw") exit(pair("bad_return_value", at(outcome_, 1)));
  return then;
}

Then ScriptedChild::handle_info(const Value& order) {
  const std::string what = text_at(order, 0);
  const Value& argument = at(order, 1);
  if (what == "stop") return kith::stop(argument);
  if (what == "raise") throw std::runtime_error(text(argument));
  if (what == "exit") exit(argument);
  if (what == "unlink") unlink(detail::parent_of_this());
  if (what == "hang") sleep_for(milliseconds(argument, Duration::zero()));
  return {};
}

void ScriptedChild::handle_info(const Exit& signal) {
  const Value sender = world_.name_of(signal.from);
  world_.observe({"exit_msg", name_, sender == Value() ? Value("driver") : sender, signal.reason});
}

void ScriptedChild::terminate(const ExitReason& reason) {
  world_.observe({"terminate", name_, reason});
  const Duration delay = milliseconds(field(behaviour_, "terminate_delay"), Duration::zero());
  if (delay > Duration::zero()) sleep_for(delay);
  const Value& other = field(behaviour_, "terminate_exit");
  if (other != Value()) exit(other);
}

// --- specifications -----------------------------------------------------------------

Result<ChildSpec> Trees::spec(const Value& description, const ValueArray& extra) {
  ValueArray arguments = extra;
  for (const Value& each : items(field(description, "args"))) arguments.push_back(each);
  ChildStart start;
  const bool has_start =
      description.find("start") == nullptr || field(description, "start") != Value();
  if (has_start) {
    start = [this, description, arguments]() -> Result<StartedChild> {
      if (!is_supervisor(description)) return start_worker(description, arguments);
      ValueMap inner = *field(description, "sup").get_if<ValueMap>();
      inner["id"] = field(description, "id");
      inner["behaviour"] = field(description, "behaviour");
      if (is_dynamic(description)) inner["type"] = "dynamic_supervisor";
      return start_supervisor(inner);
    };
  }
  Value data = description;
  if (is_dynamic(data)) (*data.get_if<ValueMap>())["type"] = "supervisor";
  return child_spec_from_value(data, std::move(start));
}

Result<StartedChild> Trees::start_worker(const Value& description, const ValueArray& arguments) {
  const std::string id = text(field(description, "id"));
  const Value& behaviour = field(description, "behaviour");
  const std::uint64_t incarnation = world_.next_incarnation(id);
  const Value outcome = outcome_of(description, incarnation);
  const std::string name = id + "#" + std::to_string(incarnation);
  if (!arguments.empty()) world_.observe({"args", name, arguments});
  if (text_at(outcome, 0) == "return") {
    if (!is_true(field(behaviour, "quiet"))) world_.observe({"start", name, outcome});
    const Value& returned = at(outcome, 1);
    if (returned == Value("ignore")) return StartedChild{};
    return start_failed(text_at(returned, 0) == "error" ? at(returned, 1) : returned);
  }
  StartOptions options;
  options.name = text(field(behaviour, "register"));
  const Pid holder = world_.system().whereis(options.name).value_or(Pid{});
  const auto started =
      ScriptedChild::start_link(options, std::ref(world_), id, name, behaviour, outcome);
  if (started) {
    const bool has_info = text_at(outcome, 0) == "ok";
    return StartedChild(started->pid(), has_info ? at(outcome, 1) : Value());
  }
  if (started.error().code() == ErrorCode::already_exists) {
    const Value reason = pair("already_started", world_.name_of(holder));
    return start_failed(reason);
  }
  return started.error();
}

Result<StartedChild> Trees::start_supervisor(const Value& description) {
  const std::string id = text(field(description, "id"));
  std::vector<ChildSpec> specs;
  for (const Value& each : items(field(description, "children"))) {
    Result<ChildSpec> child = spec(each);
    if (!child) return child.error();
    specs.push_back(std::move(*child));
  }
  const auto dynamic = dynamic_supervisor_options_from_value(description);
  if (is_dynamic(description) && !dynamic) return dynamic.error();
  const Value& extra = field(description, "extra_arguments");
  if (extra != Value() && extra.get_if<ValueArray>() == nullptr) {
    return Error(ErrorCode::invalid_argument, "the extra arguments are no list");
  }
  const auto options = supervisor_options_from_value(description);
  if (!options) return options.error();
  const Result<void> fine = Supervisor::check(specs, *options);
  if (!fine) return fine.error();

  const std::uint64_t incarnation = world_.next_incarnation(id);
  const Value outcome = outcome_of(description, incarnation);
  const std::string name = id + "#" + std::to_string(incarnation);
  world_.observe({"start", name, outcome});
  const bool is_word = outcome.get_if<std::string>() != nullptr;
  const std::string what = is_word ? text(outcome) : text_at(outcome, 0);
  if (what == "ignore") return StartedChild{};
  if (what == "raise") return start_failed(pair("raise", at(outcome, 1)));
  if (what == "throw") return start_failed(pair("bad_return_value", at(outcome, 1)));
  if (what != "ok") return start_failed(at(outcome, 1));

  const auto keep = [&](const auto& supervisor) -> Result<StartedChild> {
    world_.set_name(supervisor.pid(), name);
    world_.set_latest(id, supervisor.pid());
    supervisors_.insert_or_assign(id, supervisor);
    return StartedChild(supervisor.pid());
  };
  if (is_dynamic(description)) {
    extra_arguments_[id] = items(field(description, "extra_arguments"));
    const auto started = DynamicSupervisor::start_link(*dynamic);
    return started ? keep(*started) : Result<StartedChild>(started.error());
  }
  const auto started = Supervisor::start_link(std::move(specs), *options);
  return started ? keep(*started) : Result<StartedChild>(started.error());
}

const Trees::AnySupervisor* Trees::supervisor(const std::string& id) const {
  const auto it = supervisors_.find(id);
  return it == supervisors_.end() ? nullptr : &it->second;
}

Value counts_to_value(const ChildCounts& counts) {
  const auto number = [](std::size_t count) { return static_cast<std::int64_t>(count); };
  ValueMap all;
  all["specs"] = number(counts.specs);
  all["active"] = number(counts.active);
  all["supervisors"] = number(counts.supervisors);
  all["workers"] = number(counts.workers);
  return all;
}

bool is_dynamic(const Value& description) {
  return text(field(description, "type")) == "dynamic_supervisor";
}

}  // namespace kith::conformance
