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

/// Which field of a line is the key of the limit.
enum class KeyField : std::uint8_t { ip, user, path };

/// The field's stable name, e.g. "ip".
[[nodiscard]] std::string_view to_string(KeyField field);
/// The field with that name, if there is one.
[[nodiscard]] std::optional<KeyField> key_field_from_string(std::string_view name);

/// Status codes from the first to the last. Thread-safety: plain value.
struct StatusRange {
  std::uint16_t first = 500;
  std::uint16_t last = 599;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// Reads "500-599", "503" or several of these with commas between. Errors: `invalid_argument`.
[[nodiscard]] Result<std::vector<StatusRange>> parse_status_ranges(std::string_view text);

/// What a log is played against. Thread-safety: plain value.
struct ReplayOptions {
  RateLimiterOptions limiter{.limit = 60};
  KeyField by = KeyField::ip;
  /// Absent: no breakers.
  std::optional<CircuitBreakerOptions> breaker = std::nullopt;
  /// Status codes that are failures to a breaker.
  std::vector<StatusRange> failure_status{StatusRange{}};
};

/// Success, or `invalid_argument` with what is wrong with the limit or the breaker.
[[nodiscard]] Result<void> validate(const ReplayOptions& options);
/// The key of a line.
[[nodiscard]] const std::string& key_of(const ReplayOptions& options, const LogLine& line);
/// Whether a status is a failure.
[[nodiscard]] bool is_failure(const ReplayOptions& options, std::uint16_t status);
/// What lines must have for these options.
[[nodiscard]] RequiredFields required_fields(const ReplayOptions& options);

}  // namespace kith::replay
