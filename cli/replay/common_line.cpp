// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/common_line.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "cli/replay/line_text.hpp"
#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

constexpr std::size_t npos = std::string_view::npos;

/// Returns the position of the closing quote of the text, which starts with a quote.
std::size_t end_of_quoted(std::string_view text) {
  std::size_t quote = text.find('"', 1);
  std::size_t at = 1;
  while (quote != npos) {
    const std::size_t backslash = text.substr(0, quote).find('\\', at);
    if (backslash == npos) return quote;
    at = backslash + 2;
    if (at > quote) quote = text.find('"', at);
  }
  return npos;
}

/// Consumes fields from the left of a text. The first mistake is kept.
class FieldReader {
 public:
  explicit FieldReader(std::string_view text) : rest_(text) {}

  /// Consumes a non-empty word.
  std::string_view word(const char* name) {
    const auto end = std::ranges::find_if(rest_, is_space);
    const std::string_view text(rest_.begin(), end);
    if (text.empty()) fail(std::string("the ") + name + " is missing");
    return advance(text.size(), text);
  }
  /// Consumes a quoted field and returns its content; a backslash escapes the next byte.
  std::string_view quoted(const char* name) {
    const std::size_t end = end_of_quoted(rest_);
    if (end != npos) return advance(end + 1, rest_.substr(1, end - 1));
    fail(std::string("the ") + name + " has no closing quote");
    return {};
  }
  void space() {
    if (!rest_.starts_with(' '))
      fail("a space is missing between two fields");
    else
      rest_.remove_prefix(1);
  }
  [[nodiscard]] bool at_quote() const { return rest_.starts_with('"'); }
  /// Returns whether only white space is left.
  [[nodiscard]] bool at_end() const { return is_blank(rest_); }
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

/// The three parts of a line: the head before the time, the time, and the tail, which starts with
/// the quote of the request.
struct Parts {
  std::string_view head;
  std::string_view time;
  std::string_view rest;
};

/// Finds the time. It ends with the first `] "`: a user name before it may contain brackets, but no
/// quotes, which servers escape. It starts with the last bracket before its end.
Result<Parts> split(std::string_view line) {
  const auto fail = [](const char* text) { return Result<Parts>(ErrorCode::decode, text); };
  const std::size_t end = line.find("] \"");
  if (end == npos) {
    return fail(line.contains('[') ? "no quoted request follows the time"
                                   : "the time is not in brackets");
  }
  const std::size_t begin = line.rfind('[', end);
  if (begin == npos) return fail("the time is not in brackets");
  if (begin == 0 || line[begin - 1] != ' ') return fail("no space precedes the time");
  return Parts{.head = line.substr(0, begin - 1),
               .time = line.substr(begin + 1, end - begin - 1),
               .rest = line.substr(end + 2)};
}

/// The fields before the time.
struct Head {
  std::string_view host;
  std::string_view user;
};

/// Consumes the text up to `end` and the space there.
std::string_view take(std::string_view& text, std::size_t end) {
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == npos ? text.size() : end + 1);
  return taken;
}

std::string_view take_word(std::string_view& text) {
  return take(text, text.find(' '));
}

/// Returns the end of a host, which may be a list: a comma before a space continues it.
std::size_t end_of_list(std::string_view text) {
  std::size_t end = text.find(' ');
  while (end != npos && end > 0 && text[end - 1] == ',') {
    const std::size_t next = text.find_first_not_of(' ', end);
    end = next == npos ? npos : text.find(' ', next);
  }
  return end;
}

bool is_ip_address(std::string_view text) {
  const auto colons = std::ranges::count(text, ':');
  const auto dots = std::ranges::count(text, '.');
  const char* allowed = colons == 0 ? "0123456789." : "0123456789abcdefABCDEF:.";
  return text.find_first_not_of(allowed) == npos && (colons >= 2 || (colons == 0 && dots == 3));
}

bool has_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == npos || colon == 0 || colon + 1 == text.size()) return false;
  const std::string_view name = text.substr(0, colon);
  return std::ranges::all_of(text.substr(colon + 1), is_digit) &&
         (name.ends_with(']') || !name.contains(':'));
}

/// Distinguishes `www.example.com:80 10.0.0.1 - ann` from `10.0.0.1 - ann lee`.
bool begins_with_vhost(std::string_view head) {
  const std::string_view first = take_word(head);
  std::string_view second = take_word(head);
  if (second == "-" || first.ends_with(',')) return false;
  if (std::ranges::count(head, ' ') == 0) return false;  // only three words
  if (second.ends_with(',')) second.remove_suffix(1);
  return has_port(first) || is_ip_address(second);
}

Result<Head> parse_head(std::string_view text, VirtualHost vhost) {
  const auto fail = [](const char* what) { return Result<Head>(ErrorCode::decode, what); };
  const bool drops =
      vhost == VirtualHost::always || (vhost == VirtualHost::detect && begins_with_vhost(text));
  if (drops && take_word(text).empty()) return fail("the virtual host is missing");
  const std::string_view host = first_address(take(text, end_of_list(text)));
  if (host.empty()) return fail("the host is missing");
  const std::size_t ident_end = text.find(' ');
  if (text.empty() || ident_end == 0) return fail("the ident is missing");
  if (ident_end == npos) return fail("the user is missing");
  return Head{.host = host, .user = text.substr(ident_end + 1)};
}

bool is_size(std::string_view text) {
  return text == "-" || (!text.empty() && std::ranges::all_of(text, is_digit));
}

bool is_number(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == npos) return is_size(text);
  return is_size(text.substr(0, point)) && is_size(text.substr(point + 1)) && !text.contains('-');
}

/// Checks the fields after the size: a duration, referer and agent, forwarded addresses.
void read_further_fields(FieldReader& fields) {
  std::size_t quoted = 0;
  while (!fields.at_end()) {
    fields.space();
    if (fields.at_quote()) {
      fields.quoted(quoted == 0 ? "referer" : quoted == 1 ? "agent" : "field after the agent");
      ++quoted;
    } else if (!is_number(fields.word("field"))) {
      fields.fail("a field after the size is neither quoted nor a number");
    }
  }
  if (quoted == 1) fields.fail("the agent is missing");
}

}  // namespace

Result<LogLine> parse_common_line(std::string_view line, RequiredFields required,
                                  VirtualHost vhost) {
  const auto fail = [](std::string_view text) {
    return Result<LogLine>(ErrorCode::decode, std::string(text));
  };
  const auto parts = split(line);
  if (!parts) return parts.error();
  const auto head = parse_head(parts->head, vhost);
  if (!head) return head.error();
  FieldReader fields(parts->rest);
  const std::string_view request = fields.quoted("request");
  fields.space();
  const std::string_view status_text = fields.word("status");
  fields.space();
  const std::string_view size = fields.word("size");
  read_further_fields(fields);
  if (!fields.error().empty()) return fail(fields.error());
  const auto status = status_of(status_text, required.status);
  if (!status) return status.error();
  if (!is_size(size)) return fail("the size is neither digits nor '-'");
  const auto at = parse_log_time(parts->time);
  if (!at) return fail(no_such_time);
  return LogLine{.at = *at,
                 .ip = std::string(head->host),
                 .user = std::string(head->user),
                 .path = std::string(second_word(request)),
                 .status = *status};
}

}  // namespace kith::replay
