// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/rule_machine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

const std::map<std::string, EventType> types = {
    {"call", EventType::call},
    {"cast", EventType::cast},
    {"info", EventType::info},
    {"internal", EventType::internal},
    {"timeout", EventType::event_timeout},
    {"state_timeout", EventType::state_timeout},
    {"enter", EventType::enter},
};
const std::string named = "timeout:";
const std::string crash = "crash";
constexpr Duration no_time = Duration::min();

std::string written_type(const MachineEvent& event) {
  if (event.type() == EventType::named_timeout) return named + event.name();
  const auto it =
      std::ranges::find(types, event.type(), &std::pair<const std::string, EventType>::second);
  return it->first;
}

Value content_of(const MachineEvent& event) {
  if (const auto* call = event.get<RuleCall>()) return call->content;
  if (const auto* cast = event.get<RuleCast>()) return cast->content;
  if (const auto* state = event.get<std::string>()) return *state;
  if (const auto* exit = event.get<Exit>()) return pair("EXIT", written_reason(exit->reason));
  const auto* value = event.get<Value>();
  return value == nullptr ? Value() : *value;
}

bool holds(const Value& condition, const Value& data) {
  const Value& left = field(data, text_at(condition, 0));
  const Value& right = at(condition, 2);
  const std::string compare = text_at(condition, 1);
  if (compare == "==") return left == right;
  if (compare == "!=") return left != right;
  if (compare == "<") return left < right;
  if (compare == "<=") return left <= right;
  if (compare == ">") return left > right;
  return left >= right;
}

}  // namespace

ExitReason reason_of(const Value& written) {
  const Value* text = written.find("shutdown");
  return text == nullptr ? written : pair("shutdown", *text);
}

Value written_reason(const ExitReason& reason) {
  if (reason == raised(crash)) return crash;
  if (text_at(reason, 0) == "shutdown") return Value::map({{"shutdown", at(reason, 1)}});
  return reason;
}

/// Performs an action that is not allowed.
static void do_wrong(MachineStep<std::string, Value>& step) {
  step.next_event(EventType::enter, Value());
}

RuleMachine::Step RuleMachine::init() {
  const Value& setup = options_.setup;
  const Value& instead = field(setup, "init");
  if (instead == Value("ignore")) return ignore();
  if (const Value* reason = instead.find("stop")) return stop(reason_of(*reason));
  if (instead.find("crash") != nullptr) throw std::runtime_error(crash);
  trap_exits(is_true(field(setup, "trap_exit")));
  options_.started(self());
  Step step = begin(text(field(setup, "initial_state")), field(setup, "data"))
                  .with_enter_calls(is_true(field(setup, "state_enter")));
  const Scope scope{nullptr, {}, *step.state, *step.data};
  for (const Value& action : items(field(setup, "init_actions"))) act(action, scope, step);
  return step;
}

RuleMachine::Step RuleMachine::handle_event(const MachineEvent& event, const std::string& state,
                                            const Value& data) {
  Scope scope{&event, content_of(event), state, data};
  const std::string type = written_type(event);
  options_.observe(Value::map({{"event", Value::array({state, type, scope.content, data})}}));
  const Value* rule = rule_for(scope, type);
  if (rule != nullptr) return carry_out(field(*rule, "do"), std::move(scope));
  if (event.type() == EventType::enter) return keep();
  throw std::runtime_error(crash);
}

void RuleMachine::terminate(const ExitReason& reason, const std::string& state, const Value& data) {
  options_.observe(
      Value::map({{"terminate", Value::array({written_reason(reason), state, data})}}));
}

const Value* RuleMachine::rule_for(const Scope& scope, const std::string& type) const {
  const auto fits = [](const Value& pattern, const Value& value) {
    return pattern == Value("*") || pattern == value;
  };
  for (const Value& rule : items(field(options_.setup, "rules"))) {
    const Value& wanted = field(rule, "event_type");
    const bool is_type = wanted == Value(type) || (wanted == Value("*") && type != "enter");
    const auto& conditions = items(field(rule, "when"));
    if (is_type && fits(field(rule, "state"), scope.state) &&
        fits(field(rule, "event"), scope.content) &&
        std::ranges::all_of(conditions, [&](const Value& c) { return holds(c, scope.data); })) {
      return &rule;
    }
  }
  return nullptr;
}

/// Resolves a value of a rule: itself, or the value to which it refers.
static Value evaluate(const Value& written, const Value& content, const std::string& state,
                      const Value& data) {
  const Value* what = written.find("$");
  if (what == nullptr) return written;
  if (*what == Value("content")) return content;
  if (*what == Value("state")) return state;
  if (*what == Value("data")) return data;
  if (*what == Value("field")) return field(data, text(field(written, "name")));
  return written;
}

RuleMachine::Step RuleMachine::carry_out(const Value& what, Scope scope) {
  for (const Value& change : items(field(what, "data"))) update(change, scope);
  const Value& to = field(what, "next");
  if (to.find("crash") != nullptr) throw std::runtime_error(crash);
  if (to.find("bad_return") != nullptr) return {};
  Step step = keep();
  const Value* actions = &field(what, "actions");
  if (const Value* reason = to.find("stop")) {
    step = stop(reason_of(*reason));
    actions = &field(what, "replies");
  } else if (to == Value("repeat")) {
    step = repeat();
  } else if (!text(to).empty() && text(to) != "keep") {
    step = next(text(to));
  }
  for (const Value& action : items(*actions)) act(action, scope, step);
  step.data = std::move(scope.data);
  return step;
}

void RuleMachine::update(const Value& change, Scope& scope) {
  const std::string kind = text_at(change, 0);
  const std::string name = text_at(change, 1);
  if (kind == "save_from") {
    slots_.insert_or_assign(name, scope.event->from<Value>());
    return;
  }
  const auto* const present = scope.data.get_if<ValueMap>();
  ValueMap fields = present == nullptr ? ValueMap() : *present;
  const Value operand = evaluate(at(change, 2), scope.content, scope.state, scope.data);
  Value& place = fields[name];
  if (kind == "set") {
    place = operand;
  } else if (kind == "incr") {
    place = place.integer_or(0) + operand.integer_or(0);
  } else {
    ValueArray longer = items(place);
    longer.push_back(operand);
    place = longer;
  }
  scope.data = std::move(fields);
}

void RuleMachine::act(const Value& action, const Scope& scope, Step& step) {
  const std::string kind = text_at(action, 0);
  const auto value = [&](std::size_t index) {
    return evaluate(at(action, index), scope.content, scope.state, scope.data);
  };
  if (kind == "reply" && scope.event == nullptr) {
    do_wrong(step);  // there is no caller at the start
  } else if (kind == "reply") {
    step.reply(scope.event->from<Value>(), value(1));
  } else if (kind == "reply_to") {
    const auto slot = slots_.find(text_at(action, 1));
    if (slot != slots_.end()) step.reply(slot->second, value(2));
  } else if (kind == "postpone") {
    const Value& on = at(action, 1);
    if (on.is_null() || on.get_if<bool>() != nullptr)
      step.postpone(on != Value(false));
    else
      do_wrong(step);
  } else if (kind == "next_event") {
    const std::string type = text_at(action, 1);
    if (type.starts_with(named))
      step.next_event(EventType::named_timeout, value(2), type.substr(named.size()));
    else if (types.contains(type))
      step.next_event(types.at(type), value(2));
    else
      do_wrong(step);
  } else if (kind == "state_timeout" || kind == "event_timeout" || kind == "named_timeout") {
    time_out(kind, action, scope, step);
  } else if (kind == "hibernate") {
    step.hibernate();
  } else {
    do_wrong(step);
  }
}

void RuleMachine::time_out(const std::string& kind, const Value& action, const Scope& scope,
                           Step& step) {
  const bool has_name = kind == "named_timeout";
  const std::string name = has_name ? text_at(action, 1) : "";
  const Value& after = at(action, has_name ? 2 : 1);
  const Value content =
      evaluate(at(action, has_name ? 3 : 2), scope.content, scope.state, scope.data);
  const bool is_state = kind == "state_timeout";
  if (after == Value("cancel")) {
    if (has_name)
      step.cancel_timeout(name);
    else
      is_state ? step.cancel_state_timeout() : step.cancel_event_timeout();
  } else if (after == Value("update")) {
    if (has_name)
      step.update_timeout(name, content);
    else
      is_state ? step.update_state_timeout(content) : step.update_event_timeout(content);
  } else {
    const Duration time = milliseconds(after, no_time);
    if (time == no_time) return do_wrong(step);
    if (has_name)
      step.timeout(name, time, content);
    else
      is_state ? step.state_timeout(time, content) : step.event_timeout(time, content);
  }
}

}  // namespace kith::conformance
