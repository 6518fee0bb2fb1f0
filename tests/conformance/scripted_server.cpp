// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/scripted_server.hpp"

#include <stdexcept>

#include "tests/conformance/functions.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {

ScriptedServer::ScriptedServer(World& world, Value description)
    : world_(world),
      description_(std::move(description)),
      performer_(world, text(field(description_, "name"))),
      state_(field(description_, "state")) {}

Then ScriptedServer::init() {
  world_.set_name(self(), performer_.name());
  trap_exits(is_true(field(description_, "traps")));
  return run(field(description_, "init"), {}, nullptr);
}

Then ScriptedServer::handle_call(const ScriptCall& call, From<Value> from) {
  return handle("call", call.message, &from);
}

Then ScriptedServer::handle_cast(const ScriptCast& cast) {
  return handle("cast", cast.message, nullptr);
}

Then ScriptedServer::handle_info(const Value& message) {
  return handle("info", message, nullptr);
}

Then ScriptedServer::handle_info(const Timeout&) {
  return handle("info", "timeout", nullptr);
}

void ScriptedServer::handle_info(const Down& down) {
  performer_.observe(down);
}

void ScriptedServer::handle_info(const Exit& signal) {
  performer_.observe(signal);
}

Then ScriptedServer::handle_continue(const std::string& tag) {
  return handle("continue", tag, nullptr);
}

void ScriptedServer::terminate(const ExitReason& reason) {
  world_.observe({"terminate", performer_.name(), reason});
  ValueArray script;  // its result or exception is ignored
  for (const Value& action : items(field(description_, "terminate"))) {
    if (text_at(action, 0) == "throw") break;
    if (text_at(action, 0) != "bad_return") script.push_back(action);
  }
  static_cast<void>(run(script, {}, nullptr));
}

Then ScriptedServer::handle(const std::string& kind, const Value& message,
                            const From<Value>* from) {
  const bool is_pair = items(message).size() == 2;
  const std::string tag = is_pair ? text_at(message, 0) : text(message);
  const Value* script = field(description_, kind).find(tag);
  if (script == nullptr) {
    world_.observe({"unhandled", performer_.name(), kind, message});
    return {};
  }
  const Value before = state_;
  try {
    return run(*script, is_pair ? at(message, 1) : Value(), from);
  } catch (...) {
    state_ = before;  // a failed handler changes nothing
    throw;
  }
}

Then ScriptedServer::run(const Value& script, const Value& argument, const From<Value>* from) {
  Then then;
  std::optional<Value> reply;
  std::optional<Value> nonsense;
  for (const Value& written : items(script)) {
    const Value action = substitute(substitute(written, "$arg", argument), "$state", state_);
    const std::string name = text_at(action, 0);
    const Value& first = at(action, 1);
    if (name == "reply") {
      reply = first;
    } else if (name == "reply_now") {
      if (from != nullptr) from->reply(first);
    } else if (name == "stop") {
      then.stop = first;
    } else if (name == "stop_reply") {
      then.stop = first;
      reply = at(action, 2);
    } else if (name == "ignore") {
      then.ignore = true;
    } else if (name == "continue") {
      then.then_continue = text(first);
    } else if (name == "timeout") {
      then.timeout = milliseconds(first, infinite);
    } else if (name == "raise") {
      throw std::runtime_error(text(first));
    } else if (name == "throw") {
      exit(pair("bad_return_value", first));
    } else if (name == "bad_return") {
      nonsense = first;
    } else if (name == "exit") {
      exit(first);
    } else if (name == "set" || name == "add" || name == "append") {
      change_state(name, first);
    } else if (name == "sleep") {
      sleep_for(milliseconds(first, Duration::zero()));
    } else if (name == "log") {
      world_.observe({"log", performer_.name(), first});
    } else if (name == "save_from") {
      if (from != nullptr) world_.put_caller(text(first), *from);
    } else if (name == "send_self") {
      static_cast<void>(send(self(), Value(first)));
    } else if (name == "send_after") {
      send_after(milliseconds(first, Duration::zero()), self(), Value(at(action, 2)));
    } else if (name == "try") {
      world_.observe({"log", performer_.name(), performer_.perform(first).value_or(Value())});
    } else if (name == "do") {
      performer_.perform(first);
    } else if (name != "noreply" && name != "hibernate") {
      performer_.perform(action);  // `send`, `reply_to`
    }
  }
  if (nonsense) exit(pair("bad_return_value", *nonsense));
  if (reply && from != nullptr) from->reply(*reply);
  return then;
}

void ScriptedServer::change_state(const std::string& action, const Value& operand) {
  if (action == "set")
    state_ = operand;
  else
    state_ = apply(pair(action, operand), state_, world_);
}

}  // namespace kith::conformance
