// SPDX-License-Identifier: Apache-2.0
#include "supervision/spec_from_value.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/saturating.hpp"

namespace kith {
namespace {

template <typename T>
using Word = std::pair<std::string_view, T>;

constexpr std::array restarts{Word<Restart>("permanent", Restart::permanent),
                              Word<Restart>("transient", Restart::transient),
                              Word<Restart>("temporary", Restart::temporary)};
constexpr std::array types{Word<bool>("worker", false), Word<bool>("supervisor", true)};
constexpr std::array strategies{Word<Strategy>("one_for_one", Strategy::one_for_one),
                                Word<Strategy>("one_for_all", Strategy::one_for_all),
                                Word<Strategy>("rest_for_one", Strategy::rest_for_one)};
constexpr std::array auto_shutdowns{
    Word<AutoShutdown>("never", AutoShutdown::never),
    Word<AutoShutdown>("any_significant", AutoShutdown::any_significant),
    Word<AutoShutdown>("all_significant", AutoShutdown::all_significant)};

Error refused(const char* name, const Value& value, const std::string& wanted) {
  return {ErrorCode::invalid_argument,
          std::string("the field '") + name + "' is " + to_json(value) + "; it must be " + wanted};
}

/// Reads a field that must be one of `words`; a missing field leaves `result` unchanged.
template <typename T, std::size_t n>
Result<void> read_word(const Value& data, const char* name, const std::array<Word<T>, n>& words,
                       T& result) {
  const Value* value = data.find(name);
  if (value == nullptr) return {};
  std::string wanted;
  for (const auto& [word, meaning] : words) {
    if (*value == Value(std::string(word))) {
      result = meaning;
      return {};
    }
    wanted += (wanted.empty() ? "" : " or ") + std::string(word);
  }
  return refused(name, *value, wanted);
}

Result<void> read_shutdown(const Value& data, Duration& result) {
  const Value* value = data.find("shutdown");
  if (value == nullptr) return {};
  if (*value == Value("infinity")) {
    result = infinite;
  } else if (*value == Value("brutal_kill")) {
    result = brutal_kill;
  } else if (const auto* count = value->get_if<std::int64_t>(); count != nullptr && *count >= 0) {
    result = saturating_duration(std::chrono::milliseconds(*count));
  } else {
    return refused("shutdown", *value, "a number of milliseconds, infinity or brutal_kill");
  }
  return {};
}

/// Reads an integer of at least `least`; a missing field leaves `result` unchanged.
Result<void> read_count(const Value& data, const char* name, std::int64_t least,
                        std::int64_t& result) {
  const Value* value = data.find(name);
  if (value == nullptr) return {};
  const auto* count = value->get_if<std::int64_t>();
  if (count == nullptr || *count < least) {
    return refused(name, *value, "a whole number of at least " + std::to_string(least));
  }
  result = *count;
  return {};
}

std::string_view word_of(Restart restart) {
  for (const auto& [word, meaning] : restarts) {
    if (meaning == restart) return word;
  }
  return "permanent";
}

}  // namespace

Result<ChildSpec> child_spec_from_value(const Value& data, ChildStart start) {
  ChildSpec spec;
  spec.start = std::move(start);
  const Value* id = data.find("id");
  if (id == nullptr || id->text_or("").empty()) {
    return refused("id", id == nullptr ? Value() : *id, "a text that is not empty");
  }
  spec.id = id->text_or("");
  if (auto read = read_word(data, "restart", restarts, spec.restart); !read) return read.error();
  if (auto read = read_word(data, "type", types, spec.is_supervisor); !read) return read.error();
  if (spec.is_supervisor) spec.shutdown = infinite;
  if (auto read = read_shutdown(data, spec.shutdown); !read) return read.error();
  if (const Value* significant = data.find("significant")) {
    if (significant->get_if<bool>() == nullptr) {
      return refused("significant", *significant, "true or false");
    }
    spec.significant = *significant->get_if<bool>();
  }
  return spec;
}

Result<SupervisorOptions> supervisor_options_from_value(const Value& data) {
  SupervisorOptions options;
  std::int64_t max_restarts = options.max_restarts;
  std::int64_t max_seconds = 5;
  auto read = read_word(data, "strategy", strategies, options.strategy);
  if (read) read = read_word(data, "auto_shutdown", auto_shutdowns, options.auto_shutdown);
  if (read) read = read_count(data, "max_restarts", 0, max_restarts);
  if (read) read = read_count(data, "max_seconds", 1, max_seconds);
  if (!read) return read.error();
  options.max_restarts =
      static_cast<std::uint32_t>(std::min<std::int64_t>(max_restarts, UINT32_MAX));
  options.within = saturating_duration(std::chrono::seconds(max_seconds));
  return options;
}

Result<DynamicSupervisorOptions> dynamic_supervisor_options_from_value(const Value& data) {
  const auto common = supervisor_options_from_value(data);
  if (!common) return common.error();
  if (common->strategy != Strategy::one_for_one) {
    return refused("strategy", *data.find("strategy"), "one_for_one: its children are independent");
  }
  DynamicSupervisorOptions options;
  options.max_restarts = common->max_restarts;
  options.within = common->within;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (const auto read = read_count(data, "max_children", 0, most); !read) return read.error();
  options.max_children = static_cast<std::size_t>(most);
  return options;
}

Value child_spec_to_value(const ChildSpec& spec) {
  Value shutdown = std::chrono::duration_cast<std::chrono::milliseconds>(spec.shutdown).count();
  if (spec.shutdown == infinite) shutdown = "infinity";
  if (spec.shutdown == brutal_kill) shutdown = "brutal_kill";
  return ValueMap{{"id", spec.id},
                  {"restart", std::string(word_of(spec.restart))},
                  {"shutdown", std::move(shutdown)},
                  {"type", spec.is_supervisor ? "supervisor" : "worker"},
                  {"significant", spec.significant}};
}

}  // namespace kith
