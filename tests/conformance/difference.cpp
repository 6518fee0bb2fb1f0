// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "tests/conformance/scenario.hpp"

namespace kith::conformance {
namespace {

enum class Order { total, by_process, none };

Order order_of(const Scenario& scenario) {
  const Value* order = scenario.setup.find("order");
  const std::string name = order == nullptr ? "total" : order->text_or("total");
  if (name == "actor") return Order::by_process;
  return name == "set" ? Order::none : Order::total;
}

const ValueArray& items_of(const Value& observations) {
  static const ValueArray empty;
  const auto* array = observations.get_if<ValueArray>();
  return array == nullptr ? empty : *array;
}

Value element(const Value& observation, std::size_t index) {
  const ValueArray& items = items_of(observation);
  return index < items.size() ? items[index] : Value();
}

/// The reply of a step and its duration: their order always matters.
bool is_answer(const Value& observation) {
  const Value kind = element(observation, 0);
  return kind == Value("ret") || kind == Value("took");
}

/// Sorts observations whose order does not matter.
Value normal(const Value& observation) {
  const Value* const unordered = observation.find("unordered");
  if (unordered == nullptr) return observation;
  ValueArray sorted = items_of(*unordered);
  std::ranges::sort(sorted);
  return Value::map({{"unordered", std::move(sorted)}});
}

/// Returns the observations in a canonical order, so that equal ones are equal arrays.
ValueArray normal(const ValueArray& given, Order order) {
  ValueArray observations;
  for (const Value& each : given) observations.push_back(normal(each));
  if (order == Order::total) return observations;
  ValueArray answers;
  ValueArray others;
  for (const Value& each : observations) (is_answer(each) ? answers : others).push_back(each);
  if (order == Order::none) {
    std::ranges::sort(others);
  } else {
    std::ranges::stable_sort(others, {}, [](const Value& each) { return element(each, 1); });
  }
  answers.insert(answers.end(), others.begin(), others.end());
  return answers;
}

std::string listed(const ValueArray& observations) {
  std::string text;
  for (const Value& each : observations) text += "\n      " + to_json(each);
  return text.empty() ? "\n      (nothing)" : text;
}

}  // namespace

std::string difference(const Scenario& scenario, const Observed& observed) {
  const Order order = order_of(scenario);
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const ValueArray& expected = items_of(scenario.expect[i]);
    const ValueArray& seen = i < observed.size() ? observed[i] : ValueArray{};
    if (normal(expected, order) == normal(seen, order)) continue;
    return "  step " + std::to_string(i + 1) + ": " + to_json(scenario.steps[i]) +
           "\n    expected:" + listed(expected) + "\n    seen:" + listed(seen) + "\n";
  }
  return {};
}

}  // namespace kith::conformance
