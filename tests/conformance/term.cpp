// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/term.hpp"

#include "actor/process.hpp"

namespace kith::conformance {

const Value& at(const Value& array, std::size_t index) {
  static const Value null;
  const ValueArray& all = items(array);
  return index < all.size() ? all[index] : null;
}

const ValueArray& items(const Value& value) {
  static const ValueArray none;
  const auto* array = value.get_if<ValueArray>();
  return array == nullptr ? none : *array;
}

std::string text(const Value& value) {
  return value.text_or("");
}

std::string text_at(const Value& array, std::size_t index) {
  return text(at(array, index));
}

const Value& field(const Value& object, std::string_view name) {
  static const Value null;
  const Value* found = object.find(name);
  return found == nullptr ? null : *found;
}

bool is_true(const Value& value) {
  return value == Value(true);
}

Duration milliseconds(const Value& value, Duration otherwise) {
  if (value == Value("infinity")) return infinite;
  const auto* number = value.get_if<std::int64_t>();
  return number == nullptr ? otherwise : std::chrono::milliseconds(*number);
}

Value pair(Value first, Value second) {
  return Value::array({std::move(first), std::move(second)});
}

Value exit_during(Value reason, std::string operation) {
  return pair("exit", Value::array({"during", std::move(reason), std::move(operation)}));
}

Value substitute(const Value& value, std::string_view variable, const Value& by) {
  if (value == Value(std::string(variable))) return by;
  if (const auto* array = value.get_if<ValueArray>()) {
    ValueArray replaced;
    for (const Value& each : *array) replaced.push_back(substitute(each, variable, by));
    return replaced;
  }
  if (const auto* map = value.get_if<ValueMap>()) {
    ValueMap replaced;
    for (const auto& [name, each] : *map) replaced[name] = substitute(each, variable, by);
    return replaced;
  }
  return value;
}

}  // namespace kith::conformance
