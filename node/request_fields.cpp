// SPDX-License-Identifier: Apache-2.0
#include "node/request_fields.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace kith::node {
namespace {

Error wrong(std::string_view name, std::string_view expected) {
  return Error(ErrorCode::invalid_argument,
               "the field '" + std::string(name) + "' must be " + std::string(expected));
}

}  // namespace

Result<std::string> Fields::text(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) {
    return Error(ErrorCode::invalid_argument, "the field '" + std::string(name) + "' is missing");
  }
  const auto* text = value->get_if<std::string>();
  if (text == nullptr) return wrong(name, "a string");
  return *text;
}

Result<std::string> Fields::text(std::string_view name, std::string otherwise) const {
  const Value* value = find(name);
  if (value == nullptr || value->is_null()) return otherwise;
  return text(name);
}

Result<std::uint32_t> Fields::natural(std::string_view name, std::uint32_t otherwise) const {
  const Value* value = find(name);
  if (value == nullptr || value->is_null()) return otherwise;
  const auto* number = value->get_if<std::int64_t>();
  if (number == nullptr || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    return wrong(name, "a whole number from 0 to 4294967295");
  }
  return static_cast<std::uint32_t>(*number);
}

Result<std::int64_t> Fields::integer(std::string_view name, std::int64_t otherwise) const {
  const Value* value = find(name);
  if (value == nullptr || value->is_null()) return otherwise;
  const auto* number = value->get_if<std::int64_t>();
  if (number == nullptr) return wrong(name, "a whole number");
  return *number;
}

Result<bool> Fields::boolean(std::string_view name, bool otherwise) const {
  const Value* value = find(name);
  if (value == nullptr || value->is_null()) return otherwise;
  const auto* truth = value->get_if<bool>();
  if (truth == nullptr) return wrong(name, "true or false");
  return *truth;
}

Result<double> Fields::number(std::string_view name, double otherwise) const {
  const Value* value = find(name);
  if (value == nullptr || value->is_null()) return otherwise;
  if (const auto* whole = value->get_if<std::int64_t>()) return static_cast<double>(*whole);
  const auto* number = value->get_if<double>();
  if (number == nullptr) return wrong(name, "a number");
  return *number;
}

Result<Duration> Fields::duration(std::string_view name, Duration otherwise) const {
  const Value* value = find(name);
  if (value == nullptr || value->is_null()) return otherwise;
  const auto* number = value->get_if<std::int64_t>();
  if (number == nullptr || *number < 0) return wrong(name, "a whole number of nanoseconds");
  return Duration(*number);
}

Result<ValueArray> Fields::array(std::string_view name) const {
  const Value* value = find(name);
  const auto* array = value == nullptr ? nullptr : value->get_if<ValueArray>();
  if (array == nullptr) return wrong(name, "an array");
  return *array;
}

Result<Bytes> Fields::bytes(std::string_view name) const {
  const Value* value = find(name);
  const auto* bytes = value == nullptr ? nullptr : value->get_if<Bytes>();
  if (bytes == nullptr) return wrong(name, "bytes");
  return *bytes;
}

bool Fields::has_any(std::initializer_list<std::string_view> names) const {
  return std::ranges::any_of(names, [this](std::string_view name) {
    const Value* value = find(name);
    return value != nullptr && !value->is_null();
  });
}

bool Fields::defines_limit() const {
  return has_any({"limit", "window_ns", "algorithm", "burst", "calendar", "shadow"});
}

bool Fields::defines_breaker() const {
  return has_any({"policy", "failure_threshold", "open_for_ns", "half_open_probes", "window_calls",
                  "window_time_ns", "minimum_calls", "failure_rate", "open_backoff"});
}

Result<RateLimiterOptions> Fields::limiter_options() const {
  RateLimiterOptions options;
  const auto limit = natural("limit", options.limit);
  if (!limit) return limit.error();
  const auto window = duration("window_ns", options.window);
  if (!window) return window.error();
  const auto burst = natural("burst", options.burst);
  if (!burst) return burst.error();
  // A value of another type is an unknown algorithm.
  const auto algorithm =
      limiter_algorithm_from_string(text("algorithm", "sliding_log").value_or(""));
  if (!algorithm) {
    return wrong("algorithm",
                 "sliding_log, token_bucket, sliding_counter, leaky_bucket, gcra, fixed_window or "
                 "concurrency");
  }
  const auto calendar = calendar_unit_from_string(text("calendar", "none").value_or(""));
  if (!calendar) return wrong("calendar", "none, minute, hour, day, week, month or year");
  const auto shadow = boolean("shadow", false);
  if (!shadow) return shadow.error();
  options = {*limit, *window, *algorithm, *burst, *calendar, *shadow};
  if (const auto good = validate(options); !good) return good.error();
  return options;
}

Result<CircuitBreakerOptions> Fields::breaker_options() const {
  CircuitBreakerOptions options;
  std::optional<Error> problem;
  const auto read = [&problem](auto field, auto& target) {
    if (field)
      target = *field;
    else if (!problem)
      problem = field.error();
  };
  const auto policy = breaker_policy_from_string(text("policy", "consecutive").value_or(""));
  if (!policy) {
    return wrong("policy", "consecutive, count_window, time_window or failures_in_time");
  }
  options.policy = *policy;
  read(natural("failure_threshold", options.failure_threshold), options.failure_threshold);
  read(duration("open_for_ns", options.open_for), options.open_for);
  read(natural("half_open_probes", options.half_open_probes), options.half_open_probes);
  read(natural("window_calls", options.window_calls), options.window_calls);
  read(duration("window_time_ns", options.window_time), options.window_time);
  read(natural("minimum_calls", options.minimum_calls), options.minimum_calls);
  read(number("failure_rate", options.failure_rate), options.failure_rate);
  read(number("open_backoff", options.open_backoff), options.open_backoff);
  if (problem) return *problem;
  if (const auto good = validate(options); !good) return good.error();
  return options;
}

}  // namespace kith::node
