// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/access_log.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "cli/replay/common_line.hpp"
#include "cli/replay/json_line.hpp"
#include "cli/replay/line_text.hpp"

namespace kith::replay {
namespace {

constexpr std::array formats{std::pair{AccessLogFormat::combined, "combined"},
                             std::pair{AccessLogFormat::common, "common"},
                             std::pair{AccessLogFormat::main, "main"},
                             std::pair{AccessLogFormat::vhost_combined, "vhost_combined"},
                             std::pair{AccessLogFormat::json, "json"}};

/// Drops NUL bytes at the start of a line. If a file is truncated while a server writes to it, the
/// next write leaves a hole of NUL bytes up to the server's old offset.
std::string_view without_hole(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of('\0'), line.size()));
}

}  // namespace

std::string_view to_string(AccessLogFormat format) {
  for (const auto& [known, name] : formats) {
    if (known == format) return name;
  }
  return "unknown";
}

std::optional<AccessLogFormat> access_log_format_from_string(std::string_view name) {
  for (const auto& [format, known] : formats) {
    if (known == name) return format;
  }
  return std::nullopt;
}

Result<std::optional<LogLine>> AccessLogParser::parse(std::string_view line) {
  if (is_blank(line)) return std::optional<LogLine>();
  const std::string_view text = without_hole(line);
  if (is_blank(text)) return {ErrorCode::decode, "the line has only NUL bytes"};
  Result<LogLine> parsed = parse_any(text);
  if (!parsed) return parsed.error();
  return std::optional<LogLine>(*std::move(parsed));
}

Result<LogLine> AccessLogParser::parse_any(std::string_view line) {
  if (format_string_) return format_string_->parse(line);
  if (format_ == AccessLogFormat::json) return parse_json_line(line, required_);
  if (format_) {
    const bool vhost = format_ == AccessLogFormat::vhost_combined;
    return parse_common_line(line, required_, vhost ? VirtualHost::always : VirtualHost::never);
  }
  const bool json = json_.value_or(*std::ranges::find_if_not(line, is_space) == '{');
  Result<LogLine> parsed =
      json ? parse_json_line(line, required_) : parse_common_line(line, required_);
  if (parsed) json_ = json;
  return parsed;
}

}  // namespace kith::replay
