// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/replay/log_time.hpp"
#include "cli/replay/report.hpp"
#include "cli/replay/text_table.hpp"

namespace kith::replay {
namespace {

constexpr std::size_t transitions_shown_max = 6;

std::string transitions_text(const std::vector<BreakerTransition>& transitions) {
  std::string text;
  for (std::size_t i = 0; i < std::min(transitions.size(), transitions_shown_max); ++i) {
    if (i > 0) text += ", ";
    text +=
        fmt::format("{} {}", kith::to_string(transitions[i].to), format_rfc3339(transitions[i].at));
  }
  if (transitions.size() > transitions_shown_max) {
    text += fmt::format(", and {} more", transitions.size() - transitions_shown_max);
  }
  return text;
}

std::string summary(const ReplayReport& report) {
  const double rate =
      report.seconds > 0 ? static_cast<double>(report.requests) / report.seconds : 0;
  std::string text = fmt::format("{} requests in {:.2f} s ({}/s)", grouped(report.requests),
                                 report.seconds, grouped(static_cast<std::uint64_t>(rate)));
  text += fmt::format(
      "\nlimit {} per {:g} s by {} ({}): {} admitted, {} limited\n", report.limiter.limit,
      std::chrono::duration<double>(report.limiter.window).count(), to_string(report.by),
      kith::to_string(report.limiter.algorithm), grouped(report.admitted), grouped(report.limited));
  if (const std::uint64_t unreadable = report.unreadable.count(); unreadable > 0) {
    text += fmt::format("unreadable: {}\n", grouped(unreadable));
  }
  return text;
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace

std::string to_text(const ReplayReport& report, std::size_t keys_max) {
  std::string text = summary(report);
  TextTable keys(std::string(to_string(report.by)), {"requests", "admitted", "limited"});
  const std::size_t shown = std::min(keys_max, report.keys.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const KeyReport& key = report.keys[i];
    keys.row(key.key, {grouped(key.requests), grouped(key.admitted), grouped(key.limited)});
  }
  text += '\n' + keys.text();
  if (report.keys.size() > shown) {
    text += fmt::format("and {} more\n", grouped(report.keys.size() - shown));
  }
  if (!report.breakers.empty()) {
    TextTable breakers("breaker", {"requests", "failures", "refused"});
    for (const BreakerReport& breaker : report.breakers) {
      breakers.row(breaker.name,
                   {grouped(breaker.requests), grouped(breaker.failures), grouped(breaker.refused)},
                   transitions_text(breaker.transitions));
    }
    text += '\n' + breakers.text();
  }
  TextTable nodes("node", {"requests", "share"});
  for (const NodeReport& node : report.nodes) {
    nodes.row(node.name, {grouped(node.requests), share(node.requests, report.requests)});
  }
  return text + '\n' + nodes.text();
}

}  // namespace kith::replay
