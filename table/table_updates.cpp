// SPDX-License-Identifier: Apache-2.0
#include "table/table_updates.hpp"

#include <string>

#include "core/value_json.hpp"

namespace kith {
namespace {

Error refused(const Value& term, const char* what) {
  return {ErrorCode::invalid_argument, json_excerpt(term) + " is no " + what};
}

const std::int64_t* integer_at(const Value& term, std::string_view field) {
  const Value* const content = term.find(field);
  return content == nullptr ? nullptr : content->get_if<std::int64_t>();
}

/// Returns the position in a term, from 1; 0 if absent or invalid.
std::size_t position_in(const Value& term) {
  const auto* const position = integer_at(term, "pos");
  return position == nullptr || *position < 1 ? 0 : static_cast<std::size_t>(*position);
}

Result<CounterUpdate> counter_update_from(const Value& term) {
  const auto* const increment = integer_at(term, "incr");
  CounterUpdate update;
  update.position = position_in(term);
  if (increment == nullptr || update.position == 0) return refused(term, "counter update");
  update.increment = *increment;
  const bool bounded = term.find("threshold") != nullptr || term.find("set") != nullptr;
  if (!bounded) return update;
  const auto* const threshold = integer_at(term, "threshold");
  const auto* const set = integer_at(term, "set");
  if (threshold == nullptr || set == nullptr) return refused(term, "counter update");
  update.bound = {*threshold, *set};
  return update;
}

Result<ElementUpdate> element_update_from(const Value& term) {
  const Value* const value = term.find("value");
  const std::size_t position = position_in(term);
  if (value == nullptr || position == 0) return refused(term, "element update");
  return ElementUpdate{position, *value};
}

template <typename Update>
Result<std::vector<Update>> all_from(const Value& term, Result<Update> (*from)(const Value&)) {
  std::vector<Update> updates;
  const auto* const list = term.get_if<ValueArray>();
  const ValueArray single = {term};
  for (const Value& each : list == nullptr ? single : *list) {
    auto update = from(each);
    if (!update) return update.error();
    updates.push_back(std::move(*update));
  }
  return updates;
}

}  // namespace

Result<std::vector<CounterUpdate>> counter_updates_from(const Value& term,
                                                        std::size_t key_position) {
  if (const auto* const increment = term.get_if<std::int64_t>()) {
    return std::vector{CounterUpdate{key_position + 1, *increment}};
  }
  return all_from(term, counter_update_from);
}

Result<std::vector<ElementUpdate>> element_updates_from(const Value& term) {
  return all_from(term, element_update_from);
}

}  // namespace kith
