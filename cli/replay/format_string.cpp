// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/format_string.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "cli/replay/line_text.hpp"
#include "cli/replay/log_time.hpp"

namespace kith::replay {
namespace {

constexpr std::size_t npos = std::string_view::npos;
/// Longest text that is parsed as a time; bounds the work per line.
constexpr std::size_t time_size_max = 64;

bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

Error refuse(std::string text) {
  return {ErrorCode::invalid_argument, "the format of lines " + std::move(text)};
}

Error unreadable(std::string text) {
  return {ErrorCode::decode, std::move(text)};
}

/// Consumes the variable name after a `$`, with or without braces.
std::string_view take_name(std::string_view& text) {
  const bool braces = text.starts_with('{');
  const std::string_view rest = text.substr(braces ? 1 : 0);
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_name) - rest.begin());
  if (braces && !rest.substr(end).starts_with('}')) return {};
  text = rest.substr(end + (braces ? 1 : 0));
  return rest.substr(0, end);
}

/// Returns the index of a variable in `field_names()`, or their number if it has no meaning.
std::size_t rank_of(std::string_view variable) {
  const auto names = field_names();
  const auto found = std::ranges::find_if(
      names, [&](const FieldName& name) { return name.parent.empty() && name.name == variable; });
  return static_cast<std::size_t>(found - names.begin());
}

LineField meaning_of(LineField field) {
  return field == LineField::request ? LineField::path : field;
}

}  // namespace

Result<FormatString> FormatString::compile(std::string_view text, const RequiredFields& required) {
  FormatString format;
  format.status_required_ = required.status;
  if (auto done = format.split(trim_end(text)); !done) return done.error();
  format.choose();
  if (auto done = format.check(required); !done) return done.error();
  return format;
}

Result<void> FormatString::split(std::string_view text) {
  const std::size_t first = std::min(text.find('$'), text.size());
  before_ = text.substr(0, first);
  text.remove_prefix(first);
  while (!text.empty()) {
    text.remove_prefix(1);  // the $
    const std::string_view name = take_name(text);
    if (name.empty()) return refuse("has a '$' without a variable name after it");
    const std::size_t next = std::min(text.find('$'), text.size());
    parts_.push_back({std::string(name), std::nullopt, std::string(text.substr(0, next))});
    text.remove_prefix(next);
    if (!text.empty() && next == 0) {
      return refuse(
          fmt::format("is ambiguous: no text separates ${} from the variable after it", name));
    }
  }
  return {};
}

/// If several variables have one meaning, keeps that of the first in `field_names()`.
void FormatString::choose() {
  const auto names = field_names();
  for (std::size_t rank = 0; rank < names.size(); ++rank) {
    const auto part = std::ranges::find_if(
        parts_, [&](const Part& each) { return rank_of(each.variable) == rank; });
    const LineField meaning = meaning_of(names[rank].field);
    if (part != parts_.end() && !has(meaning)) part->field = names[rank].field;
  }
}

bool FormatString::has(LineField field) const {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    return part.field && meaning_of(*part.field) == meaning_of(field);
  });
}

Result<void> FormatString::check(const RequiredFields& required) const {
  if (!has(LineField::time)) {
    return refuse("has no time: it needs $time_local, $time_iso8601 or $msec");
  }
  if (required.ip && !has(LineField::ip)) {
    return refuse(
        "has no client address, the key of the limit: it needs $remote_addr, or "
        "--by another field");
  }
  if (required.user && !has(LineField::user)) {
    return refuse(
        "has no user, the key of the limit: it needs $remote_user, or --by another "
        "field");
  }
  if (required.path && !has(LineField::path)) {
    return refuse(
        "has no path, which --by path and breakers need: it needs $request or "
        "$request_uri");
  }
  if (required.status && !has(LineField::status)) {
    return refuse("has no status, which breakers need: it needs $status");
  }
  return {};
}

// -- lines ----------------------------------------------------------------------------------------

/// Returns whether the text can start with the value of a part. Only times and statuses have a form
/// that can fail.
bool FormatString::may_begin(std::string_view text, std::size_t part) const {
  const Part& next = parts_[part];
  if (next.field == LineField::status) {
    const std::string_view value = text.starts_with('-') ? text.substr(0, 1) : text.substr(0, 3);
    return status_of(value, false).has_value() && text.substr(value.size()).starts_with(next.after);
  }
  if (next.field != LineField::time) return true;
  const std::string_view beginning = text.substr(0, time_size_max);
  const std::size_t end = next.after.empty() ? npos : beginning.find(next.after);
  return parse_log_time(beginning.substr(0, end)).has_value();
}

/// Returns the end of the value at the start of the text, or `npos` if the text after it is
/// missing.
std::size_t FormatString::end_of_value(std::string_view text, std::size_t part) const {
  const std::string& after = parts_[part].after;
  const bool last = part + 1 == parts_.size();
  if (last && after.empty()) return trim_end(text).size();
  const bool escapes = after.starts_with('"');
  std::size_t first = npos;
  for (std::size_t i = 0; i + after.size() <= text.size(); ++i) {
    if (escapes && text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] != after.front() || text.compare(i, after.size(), after) != 0) continue;
    if (last || may_begin(text.substr(i + after.size()), part + 1)) return i;
    if (first == npos) first = i;
  }
  // No valid value follows anywhere: the first place, so that the error names the next field.
  return first;
}

Result<void> FormatString::take(LogLine& line, LineField field, std::string_view value) const {
  switch (field) {
    case LineField::time: {
      const auto at = parse_log_time(value);
      if (!at) return unreadable(std::string(no_such_time));
      line.at = *at;
      return {};
    }
    case LineField::status: {
      const auto status = status_of(value, status_required_);
      if (!status) return status.error();
      line.status = *status;
      return {};
    }
    case LineField::ip:
      line.ip = first_address(value);
      return line.ip.empty() ? Result<void>(unreadable("the host is missing")) : Result<void>();
    case LineField::user:
      line.user = value;
      return {};
    case LineField::path:
      line.path = value;
      return {};
    case LineField::request:
      line.path = second_word(value);
      return {};
  }
  return {};
}

Result<LogLine> FormatString::parse(std::string_view line) const {
  if (!line.starts_with(before_)) return unreadable("the line does not start as the format does");
  line.remove_prefix(before_.size());
  LogLine read;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::size_t end = end_of_value(line, i);
    if (end == npos) {
      return unreadable(fmt::format("'{}' does not follow ${}", part.after, part.variable));
    }
    if (part.field) {
      if (auto taken = take(read, *part.field, line.substr(0, end)); !taken) return taken.error();
    }
    line.remove_prefix(end + part.after.size());
  }
  if (!is_blank(line)) return unreadable("the line continues after the last field of the format");
  return read;
}

}  // namespace kith::replay
