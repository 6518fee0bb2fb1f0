// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/replay_options.hpp"

#include <algorithm>

#include "cli/replay/line_text.hpp"

namespace kith::replay {

std::string_view to_string(KeyField field) {
  switch (field) {
    case KeyField::ip:
      return "ip";
    case KeyField::user:
      return "user";
    case KeyField::path:
      return "path";
  }
  return "unknown";
}

std::optional<KeyField> key_field_from_string(std::string_view name) {
  for (const auto field : {KeyField::ip, KeyField::user, KeyField::path}) {
    if (to_string(field) == name) return field;
  }
  return std::nullopt;
}

Result<std::vector<StatusRange>> parse_status_ranges(std::string_view text) {
  std::vector<StatusRange> ranges;
  while (true) {
    const std::string_view range = text.substr(0, text.find(','));
    const std::size_t dash = range.find('-');
    const auto first = parse_status(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_status(range.substr(dash + 1));
    if (!first || !last || *first > *last) {
      return {ErrorCode::invalid_argument,
              "'" + std::string(range) + "' is not a range of status codes such as 500-599 or 503"};
    }
    ranges.push_back({*first, *last});
    if (range.size() == text.size()) return ranges;
    text.remove_prefix(range.size() + 1);
  }
}

Result<void> validate(const ReplayOptions& options) {
  if (auto limiter = kith::validate(options.limiter); !limiter) return limiter;
  return options.breaker ? kith::validate(*options.breaker) : Result<void>();
}

const std::string& key_of(const ReplayOptions& options, const LogLine& line) {
  if (options.by == KeyField::user) return line.user;
  return options.by == KeyField::path ? line.path : line.ip;
}

bool is_failure(const ReplayOptions& options, std::uint16_t status) {
  return std::ranges::any_of(options.failure_status, [&](const StatusRange& range) {
    return range.first <= status && status <= range.last;
  });
}

RequiredFields required_fields(const ReplayOptions& options) {
  return {.ip = options.by == KeyField::ip,
          .user = options.by == KeyField::user,
          .path = options.by == KeyField::path || options.breaker.has_value(),
          .status = options.breaker.has_value()};
}

}  // namespace kith::replay
