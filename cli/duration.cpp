// SPDX-License-Identifier: Apache-2.0
#include "cli/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "core/printable.hpp"

namespace kith::cli {
namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};

// Ordered so that "m" is tried after "ms": a prefix of another name comes later.
constexpr std::array<Unit, 7> units = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}}};

Error not_a_duration(std::string_view text) {
  return Error(ErrorCode::invalid_argument,
               fmt::format("{} is not a duration; write a number and a unit: 500ms, 60s, 5m, 2h",
                           in_quotes(text)));
}

/// Consumes "NUMBER UNIT" at the start of `rest`; returns nullopt if it does not start so.
std::optional<double> take_part(std::string_view& rest) {
  double number = 0;
  const char* end = rest.data() + rest.size();
  const auto [stop, problem] = std::from_chars(rest.data(), end, number, std::chars_format::fixed);
  if (problem != std::errc{} || number < 0 || !std::isfinite(number)) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  for (const Unit& unit : units) {
    if (!rest.starts_with(unit.name)) continue;
    rest.remove_prefix(unit.name.size());
    return number * unit.nanoseconds;
  }
  return std::nullopt;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty() || text.front() == '-') return not_a_duration(text);
  double sum = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto part = take_part(rest);
    if (!part) return not_a_duration(text);
    sum += *part;
  }
  constexpr double longest = 9.2e18;  // below 2^63 nanoseconds
  if (sum > longest) {
    return Error(ErrorCode::invalid_argument, fmt::format("{} is too long", in_quotes(text)));
  }
  return Duration(std::llround(sum));
}

std::string format_duration(Duration duration) {
  const double nanoseconds = static_cast<double>(duration.count());
  Unit best = units.front();
  for (const Unit& unit : units) {
    if (std::abs(nanoseconds) >= unit.nanoseconds) best = unit;
  }
  std::string number = fmt::format("{:.3f}", nanoseconds / best.nanoseconds);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.pop_back();
  return number + " " + std::string(best.name);
}

}  // namespace kith::cli
