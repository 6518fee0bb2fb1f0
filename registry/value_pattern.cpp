// SPDX-License-Identifier: Apache-2.0
#include "registry/value_pattern.hpp"

#include <algorithm>
#include <compare>

namespace kith {
namespace {

bool is_variable(const std::string& text) {
  return text.size() > 1 && text.front() == '$' &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

bool holds(const Value& guard, const Bindings& bindings) {
  const auto* parts = guard.get_if<ValueArray>();
  if (parts == nullptr || parts->size() < 2) return false;
  const std::string name = parts->front().text_or("");
  if (name == "and" || name == "or") {
    if (parts->size() != 3) return false;
    const bool first = holds((*parts)[1], bindings);
    return name == "and" ? first && holds((*parts)[2], bindings)
                         : first || holds((*parts)[2], bindings);
  }
  const Value a = fill_in((*parts)[1], bindings);
  if (name == "is_integer") return a.kind() == Value::Kind::integer;
  if (name == "is_string") return a.kind() == Value::Kind::string;
  if (parts->size() != 3) return false;
  const Value b = fill_in((*parts)[2], bindings);
  const std::weak_ordering order = order_by_value(a, b);
  if (name == "==") return order == 0;
  if (name == "!=") return order != 0;
  if (name == "<") return order < 0;
  if (name == ">") return order > 0;
  if (name == "<=") return order <= 0;
  return name == ">=" && order >= 0;
}

}  // namespace

bool matches(const Value& pattern, const Value& value, Bindings& bindings) {
  if (const auto* text = pattern.get_if<std::string>()) {
    if (*text == "_") return true;
    if (is_variable(*text)) return bindings.try_emplace(*text, value).first->second == value;
  }
  if (const auto* parts = pattern.get_if<ValueArray>()) {
    const auto* array = value.get_if<ValueArray>();
    return array != nullptr && array->size() == parts->size() &&
           std::ranges::equal(*parts, *array, [&](const Value& part, const Value& element) {
             return matches(part, element, bindings);
           });
  }
  if (const auto* fields = pattern.get_if<ValueMap>()) {
    return value.get_if<ValueMap>() != nullptr &&
           std::ranges::all_of(*fields, [&](const auto& field) {
             const Value* content = value.find(field.first);
             return content != nullptr && matches(field.second, *content, bindings);
           });
  }
  return pattern == value;
}

bool hold(const ValueArray& guards, const Bindings& bindings) {
  return std::ranges::all_of(guards, [&](const Value& guard) { return holds(guard, bindings); });
}

Value fill_in(const Value& pattern, const Bindings& bindings) {
  if (const auto* text = pattern.get_if<std::string>()) {
    const auto bound = bindings.find(*text);
    return bound == bindings.end() ? pattern : bound->second;
  }
  if (const auto* parts = pattern.get_if<ValueArray>()) {
    ValueArray filled;
    for (const Value& part : *parts) filled.push_back(fill_in(part, bindings));
    return filled;
  }
  if (const auto* fields = pattern.get_if<ValueMap>()) {
    ValueMap filled;
    for (const auto& [name, part] : *fields) filled[name] = fill_in(part, bindings);
    return filled;
  }
  return pattern;
}

}  // namespace kith
