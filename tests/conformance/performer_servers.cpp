// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "actor/agent.hpp"
#include "tests/conformance/functions.hpp"
#include "tests/conformance/performer.hpp"
#include "tests/conformance/scripted_server.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

/// Returns why an operation that waits for another process failed.
Value cause_of(const Error& error) {
  if (error.reason() != nullptr) return *error.reason();
  switch (error.code()) {
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::invalid_argument:
      return "calling_self";
    default:
      return "noproc";
  }
}

/// Returns the result of a failed start.
Value failed_start(const Error& error, const Value& name, const World& world) {
  if (error.code() == ErrorCode::timeout) return pair("error", "timeout");
  if (error.code() == ErrorCode::already_exists) {
    const auto holder = world.resolve(name.get_if<std::string>() ? pair("name", name) : name);
    return pair("error", pair("already_started", holder ? world.name_of(*holder) : Value()));
  }
  return pair("error", error.reason() == nullptr ? Value(error.text()) : *error.reason());
}

Value outcome(const Result<Value>& result, const char* operation = "call") {
  return result ? pair("ok", *result) : exit_during(cause_of(result.error()), operation);
}

Value outcome(const Result<void>& result, const char* operation = "call") {
  return result ? Value("ok") : exit_during(cause_of(result.error()), operation);
}

}  // namespace

void Performer::add_server_handlers(std::map<std::string, Handler>& all) {
  all["start_server"] = &Performer::start_server;
  all["call"] = &Performer::call_server;
  all["cast"] = &Performer::cast_server;
  all["stop"] = &Performer::stop_process;
  all["reply_to"] = &Performer::reply_to;
  all["server_whereis"] = &Performer::server_whereis;
  all["start_agent"] = &Performer::start_agent;
  all["agent_get"] = &Performer::agent_get;
  all["agent_update"] = &Performer::agent_update;
  all["agent_get_and_update"] = &Performer::agent_get_and_update;
  all["agent_cast"] = &Performer::agent_cast;
  all["agent_stop"] = &Performer::stop_process;
}

std::optional<Value> Performer::start_server(const Value& operation) {
  const Value& description = at(operation, 1);
  const Value& name = field(description, "register");
  const StartOptions options = world_.start_options(name, field(description, "start_timeout"));
  const auto started = text_at(operation, 2) == "link"
                           ? ScriptedServer::start_link(options, std::ref(world_), description)
                           : ScriptedServer::start(options, std::ref(world_), description);
  if (!started) return failed_start(started.error(), name, world_);
  if (!started->pid()) return Value("ignore");
  return pair("ok", world_.name_of(started->pid()));
}

std::optional<Value> Performer::call_server(const Value& operation) {
  const ServerRef<ScriptProtocol> server(&world_.system(),
                                         world_.resolve_or_nobody(at(operation, 1)));
  return outcome(call(server, ScriptCall{at(operation, 2)},
                      milliseconds(at(operation, 3), limits::call_timeout_default)));
}

std::optional<Value> Performer::cast_server(const Value& operation) {
  const ServerRef<ScriptProtocol> server(&world_.system(),
                                         world_.resolve_or_nobody(at(operation, 1)));
  static_cast<void>(cast(server, ScriptCast{at(operation, 2)}));
  return Value("ok");
}

std::optional<Value> Performer::stop_process(const Value& operation) {
  const ServerAddress server(&world_.system(), world_.resolve_or_nobody(at(operation, 1)));
  const Value& reason = at(operation, 2);
  return outcome(stop_server(server, reason == Value() ? Value("normal") : reason,
                             milliseconds(at(operation, 3), infinite)),
                 "stop");
}

std::optional<Value> Performer::reply_to(const Value& operation) {
  if (const auto caller = world_.caller(text_at(operation, 1))) caller->reply(at(operation, 2));
  return std::nullopt;
}

std::optional<Value> Performer::server_whereis(const Value& operation) {
  const auto pid = world_.resolve(at(operation, 1));
  return pid && world_.system().is_alive(*pid) ? world_.name_of(*pid) : Value();
}

// --- agents -------------------------------------------------------------------------

std::optional<Value> Performer::start_agent(const Value& operation) {
  const std::string name = text_at(operation, 1);
  const Value& options = at(operation, 3);
  const Value& registered = field(options, "register");
  auto make = [&world = world_, name, function = at(operation, 2),
               traps = is_true(field(options, "trap"))] {
    world.set_name(self(), name);
    trap_exits(traps);
    return apply(function, {}, world);
  };
  const StartOptions how = world_.start_options(registered, field(options, "timeout"));
  const auto started = is_true(field(options, "nolink"))
                           ? Agent<Value>::start(world_.system(), std::move(make), how)
                           : Agent<Value>::start_link(std::move(make), how);
  if (!started) return failed_start(started.error(), registered, world_);
  return pair("ok", world_.name_of(started->pid()));
}

namespace {

Agent<Value> agent_at(World& world, const Value& operation) {
  return Agent<Value>(ServerAddress(&world.system(), world.resolve_or_nobody(at(operation, 1))));
}

Duration patience(const Value& operation) {
  return milliseconds(at(operation, 3), limits::call_timeout_default);
}

}  // namespace

std::optional<Value> Performer::agent_get(const Value& operation) {
  return outcome(agent_at(world_, operation)
                     .get([&world = world_, function = at(operation, 2)](
                              const Value& state) { return apply(function, state, world); },
                          patience(operation)));
}

std::optional<Value> Performer::agent_update(const Value& operation) {
  return outcome(agent_at(world_, operation)
                     .update([&world = world_, function = at(operation, 2)](
                                 Value& state) { state = apply(function, state, world); },
                             patience(operation)));
}

std::optional<Value> Performer::agent_get_and_update(const Value& operation) {
  return outcome(agent_at(world_, operation)
                     .get_and_update(
                         [&world = world_, function = at(operation, 2)](Value& state) {
                           return apply_pair(function, state, world);
                         },
                         patience(operation)));
}

std::optional<Value> Performer::agent_cast(const Value& operation) {
  static_cast<void>(agent_at(world_, operation)
                        .cast([&world = world_, function = at(operation, 2)](Value& state) {
                          state = apply(function, state, world);
                        }));
  return Value("ok");
}

}  // namespace kith::conformance
