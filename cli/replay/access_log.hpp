#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/replay/format_string.hpp"
#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

/// Reads the lines of a web server's access log.
namespace kith::replay {

/// Which kind of lines a log has. The first three are read alike: each line may have the fields of
/// any of them.
enum class AccessLogFormat : std::uint8_t {
  combined,        ///< host ident user [time zone] "request" status size "referer" "agent"
  common,          ///< the same without the two last fields
  main,            ///< combined and "addresses that were passed on", as packages of nginx log
  vhost_combined,  ///< a virtual host, then combined
  json,            ///< {"time":..., "ip":..., "user":..., "path":..., "status":...}
};

/// The format's stable name, e.g. "combined".
[[nodiscard]] std::string_view to_string(AccessLogFormat format);
/// The format with that name, if there is one.
[[nodiscard]] std::optional<AccessLogFormat> access_log_format_from_string(std::string_view name);

/// Reads the lines of one log. Without a format the first readable line decides whether all are
/// JSON, and each of the others may begin with a virtual host. Thread-safety: none; one owner.
class AccessLogParser {
 public:
  explicit AccessLogParser(std::optional<AccessLogFormat> format, RequiredFields required = {})
      : format_(format), required_(required) {}
  explicit AccessLogParser(FormatString format) : format_string_(std::move(format)) {}

  /// The content of a line, nothing for an empty one (or one of white space). NUL bytes at its
  /// beginning do not count. Errors: `decode`, saying why it is unreadable.
  [[nodiscard]] Result<std::optional<LogLine>> parse(std::string_view line);

 private:
  [[nodiscard]] Result<LogLine> parse_any(std::string_view line);

  std::optional<AccessLogFormat> format_;
  std::optional<FormatString> format_string_;
  std::optional<bool> json_;  // without a format: what the first readable line was
  RequiredFields required_;
};

}  // namespace kith::replay
