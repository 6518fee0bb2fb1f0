#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/result.hpp"

/// Reads the lines of a web server's access log.
namespace kith::replay {

/// Which kind of lines a log has.
enum class AccessLogFormat : std::uint8_t {
  combined,  ///< host ident user [time zone] "request" status size "referer" "agent"
  common,    ///< the same; each of its lines may or may not have the two last fields
  json,      ///< {"time":..., "ip":..., "user":..., "path":..., "status":...}
};

/// The format's stable name, e.g. "combined".
[[nodiscard]] std::string_view to_string(AccessLogFormat format);
/// The format with that name, if there is one.
[[nodiscard]] std::optional<AccessLogFormat> access_log_format_from_string(std::string_view name);

/// What a replay needs of a line. Texts are the bytes of the log, in any encoding.
/// Thread-safety: plain value.
struct LogLine {
  Duration at{};  ///< since 1970, UTC
  std::string ip{};
  std::string user{};
  std::string path{};  ///< second word of the request as it stands; empty when there is none
  std::uint16_t status = 0;

  friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// The fields that a JSON line must have besides `time` and `status`; others count as empty when
/// they are missing. Thread-safety: plain value.
struct RequiredFields {
  bool ip = true;
  bool user = false;
  bool path = false;
};

/// Reads a line of the common format, alone or followed by combined's two quoted fields, with
/// nothing but white space after them. Fields are one space apart; inside quotes any bytes may
/// stand, and a backslash makes the byte after it an ordinary one. Errors: `decode`, saying what is
/// wrong. Pure.
[[nodiscard]] Result<LogLine> parse_common_line(std::string_view line);

/// Reads a JSON line. `time` is a text in RFC 3339 or seconds since 1970 (a number, or its text),
/// `status` a number or text of three digits; `ip`, `user` and `path` are texts, numbers or null
/// (empty). Of a field that comes twice the last counts; further fields are passed over. Bytes that
/// are not UTF-8 are kept. Errors: `decode`, saying what is wrong. Pure.
[[nodiscard]] Result<LogLine> parse_json_line(std::string_view line,
                                              RequiredFields required = {});

/// Reads the lines of one log. Without a format the first readable line decides whether it is JSON.
/// Thread-safety: none; one owner.
class AccessLogParser {
 public:
  explicit AccessLogParser(std::optional<AccessLogFormat> format, RequiredFields required = {})
      : format_(format), required_(required) {}

  /// The content of a line, nothing for an empty one (or one of white space). Errors: `decode`,
  /// saying why it is unreadable.
  [[nodiscard]] Result<std::optional<LogLine>> parse(std::string_view line);
  /// The format, once it is known.
  [[nodiscard]] std::optional<AccessLogFormat> format() const { return format_; }

 private:
  [[nodiscard]] Result<LogLine> parse_any(std::string_view line);

  std::optional<AccessLogFormat> format_;
  RequiredFields required_;
};

/// The name of the breaker for a path: its first segment with a slash before it, after scheme,
/// host, query and fragment are dropped; "/" when there is none or it is empty ("//x"). Pure.
[[nodiscard]] std::string breaker_name(std::string_view path);

}  // namespace kith::replay
