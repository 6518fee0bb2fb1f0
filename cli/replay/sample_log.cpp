// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/sample_log.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "core/random.hpp"

namespace kith::replay {
namespace {

constexpr std::int64_t begin_seconds = 1'718'010'000;  // 2024-06-10T09:00:00Z
constexpr double length_seconds = 3600;
constexpr double outage_begin = 0.45;  // fractions of the log
constexpr double outage_end = outage_begin + 600 / length_seconds;
constexpr std::size_t unreadable_every = 4000;

constexpr std::array<std::string_view, 8> paths{
    "/",          "/products/17",  "/products/99?ref=mail", "/search?q=boots",
    "/cart/view", "/checkout/pay", "/checkout/confirm",     "/static/site.css"};
constexpr std::array<std::string_view, 3> agents{"Mozilla/5.0 (X11; Linux x86_64)", "curl/8.5.0",
                                                 "ExampleBot/2.1 (+http://bot.example)"};

std::string address(Random& random) {
  const double kind = random.unit();
  if (kind < 0.25) return "203.0.113.7";  // a client that exceeds the limit
  if (kind < 0.45) return fmt::format("198.51.100.{}", 1 + random.below(4));
  return fmt::format("192.0.2.{}", 1 + random.below(250));
}

std::string time_text(std::int64_t seconds) {
  const std::chrono::sys_seconds at{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format("{:02}/Jun/{}:{:02}:{:02}:{:02} +0000", static_cast<unsigned>(date.day()),
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

int status(Random& random, std::string_view path, double when) {
  const bool outage = when >= outage_begin && when < outage_end;
  if (outage && path.starts_with("/checkout")) return random.chance(0.95) ? 503 : 200;
  const double kind = random.unit();
  if (kind < 0.003) return 500;
  return kind < 0.03 ? 404 : 200;
}

}  // namespace

std::string sample_log(const SampleLogOptions& options) {
  Random random(options.seed);
  std::string log;
  for (std::size_t i = 0; i < options.lines; ++i) {
    const double when = static_cast<double>(i) / static_cast<double>(options.lines);
    // Servers write a line after the response: slow requests come late, with an older time.
    const auto late = static_cast<std::int64_t>(random.chance(0.3) ? random.below(8) : 0);
    const auto seconds = begin_seconds + static_cast<std::int64_t>(when * length_seconds) - late;
    const std::string_view path = paths[random.below(paths.size())];
    const std::string_view agent = agents[random.below(agents.size())];
    std::string line =
        fmt::format(R"({} - {} [{}] "GET {} HTTP/1.1" {} {} "-" "{}")", address(random),
                    random.chance(0.2) ? "ann" : "-", time_text(seconds), path,
                    status(random, path, when), 200 + random.below(50'000), agent);
    if (i % unreadable_every == unreadable_every / 2) line.resize(line.size() - agent.size() / 2);
    log += line + '\n';
  }
  return log;
}

}  // namespace kith::replay
