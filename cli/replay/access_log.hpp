// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/replay/format_string.hpp"
#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

/// Parses the access log of a web server.
namespace kith::replay {

/// The format of a log. The first three are parsed alike: each line may have the fields of any of
/// them.
enum class AccessLogFormat : std::uint8_t {
  combined,        ///< host ident user [time zone] "request" status size "referer" "agent"
  common,          ///< the same without the last two fields
  main,            ///< combined and "forwarded addresses", the default of nginx packages
  vhost_combined,  ///< a virtual host, then combined
  json,            ///< {"time":..., "ip":..., "user":..., "path":..., "status":...}
};

/// Returns the format's stable name, e.g. "combined".
[[nodiscard]] std::string_view to_string(AccessLogFormat format);
/// Returns the format with that name, or nullopt.
[[nodiscard]] std::optional<AccessLogFormat> access_log_format_from_string(std::string_view name);

/// Parses the lines of one log. Without a format the first readable line decides whether all are
/// JSON, and each line of text may start with a virtual host. Thread-safety: none; one owner.
class AccessLogParser {
 public:
  explicit AccessLogParser(std::optional<AccessLogFormat> format, RequiredFields required = {})
      : format_(format), required_(required) {}
  explicit AccessLogParser(FormatString format) : format_string_(std::move(format)) {}

  /// Parses a line; returns nullopt for an empty or blank one. NUL bytes at its start are ignored.
  /// Errors: `decode` with the reason.
  [[nodiscard]] Result<std::optional<LogLine>> parse(std::string_view line);

 private:
  [[nodiscard]] Result<LogLine> parse_any(std::string_view line);

  std::optional<AccessLogFormat> format_;
  std::optional<FormatString> format_string_;
  std::optional<bool> json_;  // without a format: whether the first readable line was
  RequiredFields required_;
};

}  // namespace kith::replay
