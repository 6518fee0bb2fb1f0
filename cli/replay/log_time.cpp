// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/log_time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace kith::replay {
namespace {

constexpr std::int64_t year_min = 1678;  // one year inside the range of 64-bit nanoseconds
constexpr std::int64_t year_max = 2261;
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Consumes a text from the left; the first mistake is kept.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  /// Consumes exactly `digits` digits with a value in [min, max].
  std::int64_t number(std::size_t digits, std::int64_t min, std::int64_t max) {
    const std::string_view word = take(digits);
    if (!std::ranges::all_of(word, is_digit)) good_ = false;
    std::int64_t value = 0;
    for (const char c : word) value = value * 10 + (c - '0');
    if (value < min || value > max) good_ = false;
    return good_ ? value : min;
  }
  void expect(char c) {
    if (take(1) != std::string_view(&c, 1)) good_ = false;
  }
  /// Consumes and returns one of the characters of `choice`.
  char one_of(std::string_view choice) {
    const std::string_view word = take(1);
    if (!good_ || !choice.contains(word.front())) {
      good_ = false;
      return '\0';
    }
    return word.front();
  }
  std::string_view take(std::size_t size) {
    if (rest_.size() < size) good_ = false;
    if (!good_) return {};
    const std::string_view word = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return word;
  }
  /// Consumes all digits.
  std::string_view digits() {
    const auto end = std::ranges::find_if_not(rest_, is_digit);
    return take(static_cast<std::size_t>(end - rest_.begin()));
  }
  [[nodiscard]] bool starts_with(char c) const { return good_ && rest_.starts_with(c); }
  void fail() { good_ = false; }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

/// Consumes "+hhmm" or, with `colon`, "+hh:mm"; returns the offset from UTC in seconds.
std::int64_t zone(Scanner& scan, bool colon) {
  const bool behind = scan.one_of("+-") == '-';
  const std::int64_t hours = scan.number(2, 0, 23);
  if (colon) scan.expect(':');
  const std::int64_t seconds = hours * 3600 + scan.number(2, 0, 59) * 60;
  return behind ? -seconds : seconds;
}

/// Returns the days since 1970; marks a mistake in the scanner for an invalid date.
std::int64_t days(Scanner& scan, std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) {
    scan.fail();
    return 0;
  }
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::int64_t month_number(Scanner& scan) {
  const auto found = std::ranges::find(month_names, scan.take(3));
  if (found == month_names.end()) scan.fail();
  return found - month_names.begin() + 1;
}

/// Converts digits after a decimal point to nanoseconds; drops further digits.
std::int64_t fraction(std::string_view digits) {
  std::int64_t nanoseconds = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    nanoseconds = nanoseconds * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  return nanoseconds;
}

Duration at_seconds(std::int64_t seconds, std::int64_t nanoseconds) {
  return std::chrono::seconds(seconds) + Duration(nanoseconds);
}

/// Consumes the second of a minute. A leap second 60 does not exist in time since 1970 and counts
/// as 59, with its fraction. This does not move the time of a key back (see `plan.hpp`).
std::int64_t second_of_minute(Scanner& scan) {
  return std::min<std::int64_t>(scan.number(2, 0, 60), 59);
}

}  // namespace

std::optional<Duration> parse_apache_time(std::string_view text) {
  Scanner scan(text);
  const std::int64_t day = scan.number(2, 1, 31);
  scan.expect('/');
  const std::int64_t month = month_number(scan);
  scan.expect('/');
  const std::int64_t year = scan.number(4, year_min, year_max);
  scan.expect(':');
  const std::int64_t hour = scan.number(2, 0, 23);
  scan.expect(':');
  const std::int64_t minute = scan.number(2, 0, 59);
  scan.expect(':');
  const std::int64_t second = second_of_minute(scan);
  scan.expect(' ');
  const std::int64_t ahead = zone(scan, false);
  if (!scan.complete()) return std::nullopt;
  const std::int64_t date = days(scan, year, month, day);
  if (!scan.good()) return std::nullopt;
  return at_seconds(date * 86'400 + hour * 3600 + minute * 60 + second - ahead, 0);
}

std::optional<Duration> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const std::int64_t year = scan.number(4, year_min, year_max);
  scan.expect('-');
  const std::int64_t month = scan.number(2, 1, 12);
  scan.expect('-');
  const std::int64_t day = scan.number(2, 1, 31);
  scan.one_of("Tt ");
  const std::int64_t hour = scan.number(2, 0, 23);
  scan.expect(':');
  const std::int64_t minute = scan.number(2, 0, 59);
  scan.expect(':');
  const std::int64_t second = second_of_minute(scan);
  std::string_view digits;
  if (scan.starts_with('.')) {
    scan.expect('.');
    digits = scan.digits();
    if (digits.empty()) scan.fail();
  }
  const bool utc = scan.starts_with('Z') || scan.starts_with('z');
  const std::int64_t ahead = utc ? (scan.take(1), 0) : zone(scan, true);
  if (!scan.complete()) return std::nullopt;
  const std::int64_t date = days(scan, year, month, day);
  if (!scan.good()) return std::nullopt;
  const std::int64_t total = date * 86'400 + hour * 3600 + minute * 60 + second - ahead;
  return at_seconds(total, fraction(digits));
}

std::optional<Duration> parse_unix_seconds(std::string_view text) {
  Scanner scan(text);
  const bool negative = scan.starts_with('-');
  if (negative) scan.expect('-');
  std::string digits(scan.digits());
  if (digits.empty()) return std::nullopt;
  auto point = static_cast<std::int64_t>(digits.size());
  if (scan.starts_with('.')) {
    scan.expect('.');
    const std::string_view more = scan.digits();
    if (more.empty()) return std::nullopt;
    digits += more;
  }
  if (scan.starts_with('e') || scan.starts_with('E')) {
    scan.take(1);
    const bool left = scan.starts_with('-');
    if (left || scan.starts_with('+')) scan.take(1);
    const std::string_view exponent = scan.digits();
    if (exponent.empty() || exponent.size() > 4) return std::nullopt;
    std::int64_t places = 0;
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), places);
    point += left ? -places : places;
  }
  if (!scan.complete()) return std::nullopt;
  if (point < 0) {
    digits.insert(0, static_cast<std::size_t>(-point), '0');
    point = 0;
  }
  const auto size = static_cast<std::size_t>(point);
  if (digits.size() < size) digits.append(size - digits.size(), '0');
  std::int64_t seconds = 0;
  for (const char c : std::string_view(digits).substr(0, size)) {
    seconds = seconds * 10 + (c - '0');
    if (seconds > 9'214'646'400) return std::nullopt;  // 2262-01-01; the minimum is in 1678
  }
  const Duration at = at_seconds(seconds, fraction(std::string_view(digits).substr(size)));
  return negative ? -at : at;
}

std::optional<Duration> parse_log_time(std::string_view text) {
  if (const auto at = parse_apache_time(text)) return at;
  if (const auto at = parse_rfc3339(text)) return at;
  return parse_unix_seconds(text);
}

std::string format_rfc3339(Duration at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const std::chrono::hh_mm_ss time(at - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  if (const auto below = time.subseconds().count(); below != 0) {
    text += fmt::format(".{:09}", below);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + 'Z';
}

}  // namespace kith::replay
