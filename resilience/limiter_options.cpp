// SPDX-License-Identifier: Apache-2.0
#include "resilience/limiter_options.hpp"

#include <array>
#include <string>
#include <utility>

namespace kith {
namespace {

constexpr std::array<std::pair<LimiterAlgorithm, std::string_view>, 7> algorithms{{
    {LimiterAlgorithm::sliding_log, "sliding_log"},
    {LimiterAlgorithm::token_bucket, "token_bucket"},
    {LimiterAlgorithm::sliding_counter, "sliding_counter"},
    {LimiterAlgorithm::leaky_bucket, "leaky_bucket"},
    {LimiterAlgorithm::gcra, "gcra"},
    {LimiterAlgorithm::fixed_window, "fixed_window"},
    {LimiterAlgorithm::concurrency, "concurrency"},
}};
constexpr std::array<std::string_view, 7> units{"none", "minute", "hour", "day",
                                                "week", "month",  "year"};

Result<void> refuse(std::string text) {
  return {ErrorCode::invalid_argument, std::move(text)};
}

Result<void> validate_calendar(const RateLimiterOptions& options) {
  if (options.calendar == CalendarUnit::none) return {};
  if (static_cast<std::size_t>(options.calendar) >= units.size()) {
    return refuse("calendar: unknown; choose one of none, minute, hour, day, week, month, year");
  }
  if (options.algorithm != LimiterAlgorithm::fixed_window &&
      options.algorithm != LimiterAlgorithm::leaky_bucket) {
    return refuse("calendar: only the algorithms fixed_window and leaky_bucket have calendars");
  }
  return {};
}

}  // namespace

std::string_view to_string(LimiterAlgorithm algorithm) {
  for (const auto& [known, name] : algorithms) {
    if (known == algorithm) return name;
  }
  return "unknown";
}

std::optional<LimiterAlgorithm> limiter_algorithm_from_string(std::string_view name) {
  for (const auto& [algorithm, known] : algorithms) {
    if (known == name) return algorithm;
  }
  if (name == "token") return LimiterAlgorithm::token_bucket;
  if (name == "leaky") return LimiterAlgorithm::leaky_bucket;
  if (name == "fixed") return LimiterAlgorithm::fixed_window;
  return std::nullopt;
}

std::string_view to_string(CalendarUnit unit) {
  const auto index = static_cast<std::size_t>(unit);
  return index < units.size() ? units.at(index) : "unknown";
}

std::optional<CalendarUnit> calendar_unit_from_string(std::string_view name) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units.at(i) == name) return static_cast<CalendarUnit>(i);
  }
  return std::nullopt;
}

Result<void> validate(const RateLimiterOptions& options) {
  if (options.limit > limiter_limit_max || options.burst > limiter_limit_max) {
    return refuse(std::string(options.limit > limiter_limit_max ? "limit" : "burst") +
                  ": must be at most " + std::to_string(limiter_limit_max));
  }
  if (options.window < Duration::zero() || options.window > limiter_window_max) {
    return refuse("window: must be from zero to 100 years");
  }
  if (to_string(options.algorithm) == "unknown") {
    std::string names;
    for (const auto& [algorithm, name] : algorithms) {
      names += (names.empty() ? "" : ", ") + std::string(name);
    }
    return refuse("algorithm: unknown; choose one of " + names);
  }
  return validate_calendar(options);
}

}  // namespace kith
