// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/performer.hpp"

#include <algorithm>
#include <stdexcept>
#include <variant>

#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

const Value bad_argument = Value::array({"error", "badarg"});

}  // namespace

std::optional<Value> Performer::perform(const Value& operation) {
  const auto handler = handlers().find(text_at(operation, 0));
  if (handler == handlers().end()) {
    throw std::invalid_argument("an operation that nobody knows: " + to_json(operation));
  }
  try {
    return (this->*handler->second)(operation);
  } catch (const std::runtime_error& problem) {  // the actor survives
    if (text_at(operation, 0) == "raise") throw;
    return pair("raise", problem.what());
  }
}

const std::map<std::string, Performer::Handler>& Performer::handlers() {
  static const auto all = [] {
    std::map<std::string, Handler> made;
    add_process_handlers(made);
    add_server_handlers(made);
    add_task_handlers(made);
    add_partition_handlers(made);
    add_registry_handlers(made);
    return made;
  }();
  return all;
}

void Performer::add_process_handlers(std::map<std::string, Handler>& all) {
  all["quit"] = &Performer::quit;
  all["return"] = &Performer::finish;
  all["raise"] = &Performer::raise;
  all["throw"] = &Performer::throw_value;
  all["link"] = &Performer::link_to;
  all["unlink"] = &Performer::unlink_from;
  all["links"] = &Performer::list_links;
  all["trap"] = &Performer::trap;
  all["exit"] = &Performer::exit_other;
  all["monitor"] = &Performer::watch;
  all["demonitor"] = &Performer::unwatch;
  all["alive"] = &Performer::alive;
  all["send"] = &Performer::send_message;
  all["burst"] = &Performer::burst;
  all["register"] = &Performer::register_self;
  all["register_pid"] = &Performer::register_other;
  all["unregister"] = &Performer::unregister;
  all["whereis"] = &Performer::whereis;
  all["names"] = &Performer::own_name;
  all["spawn"] = &Performer::spawn_actor;
  all["send_after"] = &Performer::start_timer;
  all["cancel_timer"] = &Performer::stop_timer;
  all["read_timer"] = &Performer::read_timer;
  all["flush"] = &Performer::flush;
  all["receive"] = &Performer::receive_tagged;
  all["queue_len"] = &Performer::queue_length;
  all["sleep"] = &Performer::sleep;
  all["alias"] = &Performer::add_alias;
  all["send_alias"] = &Performer::send_to_alias;
  all["unalias"] = &Performer::end_alias;
}

// --- messages as they are observed ------------------------------------------------

std::string Performer::tag_of(Reference reference) const {
  const auto it = tags_.find(reference);
  return it == tags_.end() ? "?" : it->second;
}

Value Performer::seen(const Down& down) const {
  return Value::array({"down", tag_of(down.reference), down.reason});
}

Value Performer::seen(const RegistryEvent& event) const {
  const Value owner = world_.name_of(event.pid);
  if (event.kind == RegistryEvent::Kind::registered) {
    return pair("got", Value::array({"register", event.key, owner, event.value}));
  }
  return pair("got", Value::array({"unregister", event.key, owner}));
}

Value Performer::seen(const Exit& signal) const {
  return Value::array({"exit_msg", world_.name_of(signal.from), signal.reason});
}

Value Performer::seen(const TaskResult<Value>& result) const {
  return Value::array({"result", tag_of(result.task), result.value});
}

// --- ends, links, monitors ----------------------------------------------------------

std::optional<Value> Performer::quit(const Value& operation) {
  exit(at(operation, 1));
}

std::optional<Value> Performer::finish(const Value&) {
  exit("normal");
}

std::optional<Value> Performer::raise(const Value& operation) {
  throw std::runtime_error(text_at(operation, 1));
}

std::optional<Value> Performer::throw_value(const Value& operation) {
  exit(pair("throw", at(operation, 1)));
}

std::optional<Value> Performer::link_to(const Value& operation) {
  const auto target = world_.resolve(at(operation, 1));
  if (!target) return bad_argument;
  if (link(*target)) return std::nullopt;
  return pair("error", "noproc");
}

std::optional<Value> Performer::unlink_from(const Value& operation) {
  const auto target = world_.resolve(at(operation, 1));
  if (!target) return bad_argument;
  unlink(*target);
  return std::nullopt;
}

std::optional<Value> Performer::list_links(const Value&) {
  ValueArray names;
  for (const Pid pid : links()) {
    if (const Value name = world_.name_of(pid); name != Value()) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<Value> Performer::trap(const Value& operation) {
  return trap_exits(is_true(at(operation, 1)));
}

std::optional<Value> Performer::exit_other(const Value& operation) {
  const auto target = world_.resolve(at(operation, 1));
  if (!target) return bad_argument;
  exit(*target, at(operation, 2));
  return std::nullopt;
}

std::optional<Value> Performer::watch(const Value& operation) {
  const Reference reference = monitor(world_.resolve_or_nobody(at(operation, 1)));
  monitors_[text_at(operation, 2)] = reference;
  tag(reference, text_at(operation, 2));
  return std::nullopt;
}

std::optional<Value> Performer::unwatch(const Value& operation) {
  const auto it = monitors_.find(text_at(operation, 1));
  if (it == monitors_.end()) return bad_argument;
  const bool was_active = demonitor(it->second, text_at(operation, 2) == "flush");
  if (text_at(operation, 2) == "info") return was_active;
  return std::nullopt;
}

std::optional<Value> Performer::alive(const Value& operation) {
  return world_.is_alive(text_at(operation, 1));
}

// --- messages -----------------------------------------------------------------------

std::optional<Value> Performer::send_message(const Value& operation) {
  const auto target = world_.resolve(at(operation, 1));
  if (!target) return bad_argument;
  static_cast<void>(send(*target, Value(at(operation, 2))));
  return std::nullopt;
}

std::optional<Value> Performer::burst(const Value& operation) {
  const auto target = world_.resolve(at(operation, 1));
  if (!target) return bad_argument;
  for (std::int64_t i = 1; i <= at(operation, 2).integer_or(0); ++i) {
    static_cast<void>(send(*target, pair(at(operation, 3), i)));
  }
  return std::nullopt;
}

std::optional<Value> Performer::flush(const Value&) {
  ValueArray messages;
  for (;;) {
    const auto next =
        receive<Value, Down, Exit, TaskResult<Value>, RegistryEvent>(Duration::zero());
    if (!next) return messages;
    messages.push_back(std::visit([this](const auto& content) { return seen(content); }, *next));
  }
}

std::optional<Value> Performer::receive_tagged(const Value& operation) {
  const Value& tag = at(operation, 1);
  const auto message =
      receive_where<Value>([&](const Value& value) { return value == tag || at(value, 0) == tag; },
                           milliseconds(at(operation, 2), infinite));
  if (!message) return Value("timeout");
  return seen(*message);
}

std::optional<Value> Performer::queue_length(const Value&) {
  return static_cast<std::int64_t>(world_.system().message_queue_length(self()).value_or(0));
}

std::optional<Value> Performer::sleep(const Value& operation) {
  sleep_for(milliseconds(at(operation, 1), Duration::zero()));
  return std::nullopt;
}

std::optional<Value> Performer::add_alias(const Value& operation) {
  const Value& options = at(operation, 2);
  const bool once = options == Value("reply") || text_at(options, 0) == "reply";
  world_.put_alias(text_at(operation, 1), make_alias(once));
  return std::nullopt;
}

std::optional<Value> Performer::send_to_alias(const Value& operation) {
  const auto alias = world_.alias(text_at(operation, 1));
  if (!alias) return bad_argument;
  static_cast<void>(send(*alias, Value(at(operation, 2))));
  return std::nullopt;
}

std::optional<Value> Performer::end_alias(const Value& operation) {
  const auto alias = world_.alias(text_at(operation, 1));
  return alias && remove_alias(*alias);
}

// --- names --------------------------------------------------------------------------

std::optional<Value> Performer::register_self(const Value& operation) {
  if (world_.system().register_name(text_at(operation, 1), self())) return std::nullopt;
  return bad_argument;
}

std::optional<Value> Performer::register_other(const Value& operation) {
  const Pid pid = world_.resolve_or_nobody(at(operation, 1));
  if (world_.system().register_name(text_at(operation, 2), pid)) return std::nullopt;
  return bad_argument;
}

std::optional<Value> Performer::unregister(const Value& operation) {
  if (world_.system().unregister_name(text_at(operation, 1))) return std::nullopt;
  return bad_argument;
}

std::optional<Value> Performer::whereis(const Value& operation) {
  const auto pid = world_.system().whereis(text_at(operation, 1));
  return pid ? world_.name_of(*pid) : Value();
}

std::optional<Value> Performer::own_name(const Value&) {
  const auto name = world_.system().name_of(self());
  return name ? Value(*name) : Value();
}

// --- processes and timers -------------------------------------------------------------

std::optional<Value> Performer::spawn_actor(const Value& operation) {
  const std::string name = text_at(operation, 1);
  const Value& options = at(operation, 2);
  auto body = actor_body(world_, name, actor_options(options));
  const bool linked = is_true(field(options, "link"));
  const std::string watched = text(field(options, "monitor"));
  if (watched.empty()) {
    const Pid pid = linked ? spawn_link(std::move(body)) : spawn(std::move(body));
    world_.set_name(pid, name);
    return std::nullopt;
  }
  const auto [pid, reference] =
      linked ? spawn_link_monitor(std::move(body)) : spawn_monitor(std::move(body));
  world_.set_name(pid, name);
  monitors_[watched] = reference;
  tag(reference, watched);
  return std::nullopt;
}

std::optional<Value> Performer::start_timer(const Value& operation) {
  const Value& whom = at(operation, 1);
  Pid target = world_.resolve_or_nobody(whom);
  if (whom.get_if<ValueArray>() != nullptr) {  // a name is looked up when the timer fires
    target = spawn([&world = world_, whom] {
      const auto message = receive<Value>();
      if (const auto pid = world.resolve(whom)) static_cast<void>(send(*pid, Value(*message)));
    });
  }
  timers_[text_at(operation, 4)] =
      send_after(milliseconds(at(operation, 2), Duration::zero()), target, Value(at(operation, 3)));
  return std::nullopt;
}

std::optional<Value> Performer::stop_timer(const Value& operation) {
  const auto it = timers_.find(text_at(operation, 1));
  if (it != timers_.end() && cancel_timer(it->second)) return Value("cancelled");
  return Value(false);
}

std::optional<Value> Performer::read_timer(const Value& operation) {
  const auto it = timers_.find(text_at(operation, 1));
  if (it != timers_.end() && time_left(it->second)) return Value("pending");
  return Value(false);
}

}  // namespace kith::conformance
