// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/duration.hpp"
#include "cli/replay/comparison.hpp"
#include "cli/replay/log_time.hpp"
#include "cli/replay/text_table.hpp"

namespace kith::replay {
namespace {

using Json = nlohmann::ordered_json;
using Counts = Comparison::Counts;

constexpr std::int64_t chart_columns = 64;

/// The time axis of a chart; each column covers the same number of intervals.
struct Span {
  std::int64_t first = 0;
  std::int64_t stretches_a_column = 1;
  std::int64_t columns = 0;
};

Span span_of(const Comparison& comparison) {
  const auto& over_time = comparison.runs().front().over_time;
  if (over_time.empty()) return {};
  Span span{.first = over_time.begin()->first};
  const std::int64_t stretches = over_time.rbegin()->first - span.first + 1;
  span.stretches_a_column = (stretches + chart_columns - 1) / chart_columns;
  span.columns = (stretches + span.stretches_a_column - 1) / span.stretches_a_column;
  return span;
}

std::vector<Counts> columns_of(const Comparison::Run& run, const Span& span) {
  std::vector<Counts> columns(static_cast<std::size_t>(span.columns));
  for (const auto& [number, counts] : run.over_time) {
    Counts& column =
        columns[static_cast<std::size_t>((number - span.first) / span.stretches_a_column)];
    column.admitted += counts.admitted;
    column.limited += counts.limited;
  }
  return columns;
}

/// Returns a bar in steps of an eighth: blank for zero, at least the lowest for one.
std::string bar(std::uint64_t count, std::uint64_t highest) {
  static constexpr std::array<const char*, 9> bars{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  return bars.at(static_cast<std::size_t>(highest == 0 ? 0 : (count * 8 + highest - 1) / highest));
}

std::string chart(const Comparison& comparison) {
  const Span span = span_of(comparison);
  std::uint64_t highest = 0;
  for (const Counts& column : columns_of(comparison.runs().front(), span)) {
    highest = std::max(highest, column.admitted + column.limited);
  }
  const Duration column = comparison.stretch() * span.stretches_a_column;
  std::string text = fmt::format("from {}, {} per column, a full bar is {} requests\n",
                                 format_rfc3339(comparison.stretch() * span.first),
                                 cli::format_duration(column), grouped(highest));
  for (const auto& run : comparison.runs()) {
    std::string admitted;
    std::string limited;
    for (const Counts& each : columns_of(run, span)) {
      admitted += bar(each.admitted, highest);
      limited += bar(each.limited, highest);
    }
    text += fmt::format("\n{:<15}  admitted |{}|\n{:<15}  limited  |{}|\n",
                        kith::to_string(run.algorithm), admitted, "", limited);
  }
  return text;
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  const Span span = span_of(comparison);
  Json algorithms = Json::array();
  for (const auto& run : comparison.runs()) {
    Json admitted = Json::array();
    Json limited = Json::array();
    for (const Counts& each : columns_of(run, span)) {
      admitted.push_back(each.admitted);
      limited.push_back(each.limited);
    }
    algorithms.push_back({{"algorithm", kith::to_string(run.algorithm)},
                          {"admitted", run.total.admitted},
                          {"limited", run.total.limited},
                          {"admitted_only_here", run.admitted_only_here},
                          {"limited_only_here", run.limited_only_here},
                          {"admitted_over_time", std::move(admitted)},
                          {"limited_over_time", std::move(limited)}});
  }
  const auto seconds = [](Duration length) {
    return std::chrono::duration<double>(length).count();
  };
  const RateLimiterOptions& limiter = comparison.options().limiter;
  return Json{{"requests", comparison.requests()},
              {"unreadable", comparison.unreadable().count()},
              {"by", to_string(comparison.options().by)},
              {"limit", limiter.limit},
              {"window_s", seconds(limiter.window)},
              {"column_s", seconds(comparison.stretch() * span.stretches_a_column)},
              {"algorithms", std::move(algorithms)}}
      .dump();
}

std::string to_text(const Comparison& comparison) {
  const RateLimiterOptions& limiter = comparison.options().limiter;
  std::string text = fmt::format(
      "{} requests, limit {} per {} by {}\n", grouped(comparison.requests()), limiter.limit,
      cli::format_duration(limiter.window), to_string(comparison.options().by));
  if (const std::uint64_t unreadable = comparison.unreadable().count(); unreadable > 0) {
    text += fmt::format("unreadable: {}\n", grouped(unreadable));
  }
  const std::string first(kith::to_string(comparison.runs().front().algorithm));
  TextTable table("algorithm", {"admitted", "limited", first + " limited", first + " admitted"});
  for (const auto& run : comparison.runs()) {
    table.row(kith::to_string(run.algorithm),
              {grouped(run.total.admitted), grouped(run.total.limited),
               grouped(run.admitted_only_here), grouped(run.limited_only_here)});
  }
  text += '\n' + table.text();
  return comparison.requests() == 0 ? text : text + '\n' + chart(comparison);
}

}  // namespace kith::replay
