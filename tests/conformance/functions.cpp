// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/functions.hpp"

#include <stdexcept>

#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

Value calculate(const std::string& operation, const Value& state, const Value& operand) {
  const auto* a = state.get_if<std::int64_t>();
  const auto* b = operand.get_if<std::int64_t>();
  if (a == nullptr || b == nullptr) throw std::runtime_error("not a number");
  return operation == "add" ? *a + *b : *a * *b;
}

ValueMap map_of(const Value& state) {
  const auto* map = state.get_if<ValueMap>();
  return map == nullptr ? ValueMap{} : *map;
}

Value size_of(const Value& state) {
  if (const auto* map = state.get_if<ValueMap>()) return static_cast<std::int64_t>(map->size());
  return static_cast<std::int64_t>(items(state).size());
}

}  // namespace

Value apply(const Value& function, const Value& state, World& world) {
  const std::string name = text_at(function, 0);
  const Value& first = at(function, 1);
  if (name == "id") return state;
  if (name == "const") return first;
  if (name == "add" || name == "mul") return calculate(name, state, first);
  if (name == "append") {
    ValueArray longer = items(state);
    longer.push_back(first);
    return longer;
  }
  if (name == "length") return size_of(state);
  if (name == "field") return field(state, text(first));
  if (name == "put" || name == "delete") {
    ValueMap map = map_of(state);
    if (name == "put")
      map[text(first)] = at(function, 2);
    else
      map.erase(text(first));
    return map;
  }
  if (name == "sleep") {
    sleep_for(milliseconds(first, Duration::zero()));
    return apply(at(function, 2), state, world);
  }
  if (name == "log") {
    world.observe({"log", world.name_of(self()), first});
    return apply(at(function, 2), state, world);
  }
  if (name == "self") return world.name_of(self());
  if (name == "raise") throw std::runtime_error(text(first));
  if (name == "throw") exit(pair("bad_return_value", first));
  if (name == "exit") exit(first);
  throw std::invalid_argument("a function that nobody knows: " + to_json(function));
}

Value apply_pair(const Value& function, Value& state, World& world) {
  const std::string name = text_at(function, 0);
  if (name == "sleep" || name == "log") {
    static_cast<void>(
        apply(Value::array({name, at(function, 1), Value::array({"id"})}), state, world));
    return apply_pair(at(function, 2), state, world);
  }
  if (name != "pair") exit(pair("bad_return_value", apply(function, state, world)));
  Value answer = apply(at(function, 1), state, world);
  state = apply(at(function, 2), state, world);
  return answer;
}

}  // namespace kith::conformance
