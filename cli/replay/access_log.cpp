#include "cli/replay/access_log.hpp"

#include <algorithm>
#include <cstddef>

#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Error unreadable(std::string text) { return {ErrorCode::decode, std::move(text)}; }

/// Takes a line of the common format apart from the left. The first mistake sticks.
class FieldReader {
 public:
  explicit FieldReader(std::string_view line) : rest_(line) {}

  /// Bytes up to the next white space; there must be some.
  std::string_view word(const char* name) {
    const auto end = std::ranges::find_if(rest_, is_space);
    const std::string_view text(rest_.begin(), end);
    if (text.empty()) fail(std::string("the ") + name + " is missing");
    return advance(text.size(), text);
  }
  /// What stands between `[` and the next `]`.
  std::string_view bracketed(const char* name) {
    const std::size_t end = rest_.find(']');
    if (!rest_.starts_with('[') || end == std::string_view::npos) {
      fail(std::string("the ") + name + " is not in brackets");
      return {};
    }
    return advance(end + 1, rest_.substr(1, end - 1));
  }
  /// What stands between two quotes; a backslash makes the next byte an ordinary one.
  std::string_view quoted(const char* name) {
    if (!rest_.starts_with('"')) {
      fail(std::string("the ") + name + " is not in quotes");
      return {};
    }
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') ++i;
      else if (rest_[i] == '"') return advance(i + 1, rest_.substr(1, i - 1));
    }
    fail(std::string("the ") + name + " has no closing quote");
    return {};
  }
  void space() {
    if (!rest_.starts_with(' ')) fail("a space is missing between two fields");
    else rest_.remove_prefix(1);
  }
  /// Whether nothing but white space is left.
  [[nodiscard]] bool at_end() const {
    return std::ranges::all_of(rest_, is_space);
  }
  void fail(std::string text) {
    if (error_.empty()) error_ = std::move(text);
    rest_ = {};
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  std::string_view advance(std::size_t size, std::string_view field) {
    if (!error_.empty()) return {};
    rest_.remove_prefix(size);
    return field;
  }
  std::string_view rest_;
  std::string error_;
};

bool is_status(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, is_digit);
}

bool is_size(std::string_view text) {
  return text == "-" || (!text.empty() && std::ranges::all_of(text, is_digit));
}

std::uint16_t status_number(std::string_view text) {
  return static_cast<std::uint16_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
}

std::string_view second_word(std::string_view request) {
  std::string_view word;
  for (int i = 0; i < 2; ++i) {
    const auto begin = std::ranges::find_if_not(request, is_space);
    const auto end = std::find_if(begin, request.end(), is_space);
    word = {begin, end};
    request = {end, request.end()};
  }
  return word;
}

}  // namespace

std::string_view to_string(AccessLogFormat format) {
  switch (format) {
    case AccessLogFormat::combined: return "combined";
    case AccessLogFormat::common: return "common";
    case AccessLogFormat::json: return "json";
  }
  return "unknown";
}

std::optional<AccessLogFormat> access_log_format_from_string(std::string_view name) {
  for (const auto format :
       {AccessLogFormat::combined, AccessLogFormat::common, AccessLogFormat::json}) {
    if (to_string(format) == name) return format;
  }
  return std::nullopt;
}

Result<LogLine> parse_common_line(std::string_view line) {
  FieldReader fields(line);
  const std::string_view host = fields.word("host");
  fields.space();
  fields.word("ident");
  fields.space();
  const std::string_view user = fields.word("user");
  fields.space();
  const std::string_view time = fields.bracketed("time");
  fields.space();
  const std::string_view request = fields.quoted("request");
  fields.space();
  const std::string_view status = fields.word("status");
  fields.space();
  const std::string_view size = fields.word("size");
  if (!fields.at_end()) {
    fields.space();
    fields.quoted("referer");
    fields.space();
    fields.quoted("agent");
  }
  if (!fields.error().empty()) return unreadable(fields.error());
  if (!fields.at_end()) return unreadable("something follows the last field");
  if (!is_status(status)) return unreadable("the status is not three digits");
  if (!is_size(size)) return unreadable("the size is neither digits nor '-'");
  const auto at = parse_apache_time(time);
  if (!at) return unreadable("there is no such time (as 17/May/2015:10:05:03 +0000)");
  return LogLine{.at = *at,
                 .ip = std::string(host),
                 .user = std::string(user),
                 .path = std::string(second_word(request)),
                 .status = status_number(status)};
}

Result<std::optional<LogLine>> AccessLogParser::parse(std::string_view line) {
  if (std::ranges::all_of(line, is_space)) return std::optional<LogLine>();
  Result<LogLine> parsed = parse_any(line);
  if (!parsed) return parsed.error();
  return std::optional<LogLine>(*std::move(parsed));
}

Result<LogLine> AccessLogParser::parse_any(std::string_view line) {
  if (format_) {
    return format_ == AccessLogFormat::json ? parse_json_line(line, required_)
                                            : parse_common_line(line);
  }
  const bool json = *std::ranges::find_if_not(line, is_space) == '{';
  Result<LogLine> parsed = json ? parse_json_line(line, required_) : parse_common_line(line);
  if (parsed) format_ = json ? AccessLogFormat::json : AccessLogFormat::combined;
  return parsed;
}

std::string breaker_name(std::string_view path) {
  path = path.substr(0, path.find_first_of("?#"));
  const std::size_t scheme = path.find("://");
  const bool absolute = scheme != std::string_view::npos && is_letter(path.front()) &&
                        std::ranges::all_of(path.substr(0, scheme), [](char c) {
                          return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
                        });
  if (absolute) {
    path.remove_prefix(scheme + 3);
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  if (path.starts_with('/')) path.remove_prefix(1);
  return '/' + std::string(path.substr(0, path.find('/')));
}

}  // namespace kith::replay
