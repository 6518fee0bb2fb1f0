// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/replay/log_line.hpp"
#include "core/result.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/limiter_machine.hpp"

namespace kith::replay {

/// The field of a line that is the key of the limit.
enum class KeyField : std::uint8_t { ip, user, path };

/// Returns the field's stable name, e.g. "ip".
[[nodiscard]] std::string_view to_string(KeyField field);
/// Returns the field with that name, or nullopt.
[[nodiscard]] std::optional<KeyField> key_field_from_string(std::string_view name);

/// An inclusive range of status codes. Thread-safety: plain value.
struct StatusRange {
  std::uint16_t first = 500;
  std::uint16_t last = 599;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// Parses "500-599", "503" or a comma-separated list of these. Errors: `invalid_argument`.
[[nodiscard]] Result<std::vector<StatusRange>> parse_status_ranges(std::string_view text);

/// The limit and breakers through which a log is replayed. Thread-safety: plain value.
struct ReplayOptions {
  RateLimiterOptions limiter{.limit = 60};
  KeyField by = KeyField::ip;
  /// nullopt: no breakers.
  std::optional<CircuitBreakerOptions> breaker = std::nullopt;
  /// Status codes that a breaker counts as failures.
  std::vector<StatusRange> failure_status{StatusRange{}};
};

/// Returns success, or `invalid_argument` with the invalid option of limit or breaker.
[[nodiscard]] Result<void> validate(const ReplayOptions& options);
/// Returns the key of a line.
[[nodiscard]] const std::string& key_of(const ReplayOptions& options, const LogLine& line);
/// Returns whether a status is a failure.
[[nodiscard]] bool is_failure(const ReplayOptions& options, std::uint16_t status);
/// Returns the fields that lines must have for these options.
[[nodiscard]] RequiredFields required_fields(const ReplayOptions& options);

}  // namespace kith::replay
