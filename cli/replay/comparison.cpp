// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/comparison.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/replay/wire_name.hpp"
#include "core/limits.hpp"

namespace kith::replay {
namespace {

constexpr std::size_t stretches_max = 4096;

std::int64_t floor_divide(Duration at, Duration length) {
  const std::int64_t quotient = at / length;
  return at % length < Duration::zero() ? quotient - 1 : quotient;
}

}  // namespace

Comparison::Comparison(ReplayOptions options, const std::vector<LimiterAlgorithm>& algorithms)
    : options_(std::move(options)) {
  for (const LimiterAlgorithm algorithm : algorithms) {
    RateLimiterOptions limiter = options_.limiter;
    limiter.algorithm = algorithm;
    runs_.push_back({.algorithm = algorithm, .limiter = KeyedLimiter(limiter)});
  }
}

Result<void> Comparison::add(const LogLine& line) {
  const std::int64_t number = floor_divide(line.at, stretch_);
  bool first_admitted = false;
  const std::string& key = counted_key(key_of(options_, line));
  for (Run& run : runs_) {
    const auto decision = run.limiter.check(key, line.at);
    if (!decision) return decision.error();
    const bool admitted = decision->admitted;
    if (&run == &runs_.front()) first_admitted = admitted;
    run.admitted_only_here += admitted && !first_admitted ? 1 : 0;
    run.limited_only_here += !admitted && first_admitted ? 1 : 0;
    Counts& counts = run.over_time[number];
    ++(admitted ? counts.admitted : counts.limited);
    ++(admitted ? run.total.admitted : run.total.limited);
  }
  ++requests_;
  while (runs_.front().over_time.size() > stretches_max) widen();
  return {};
}

void Comparison::add_unreadable(std::uint64_t number, std::string why) {
  unreadable_.add(number, std::move(why));
}

/// Shortens keys that a limiter would refuse, as a replay on nodes does.
const std::string& Comparison::counted_key(const std::string& key) {
  if (key.size() < limits::key_size_bytes_max) return key;
  const auto [found, is_new] = long_keys_.try_emplace(key);
  if (is_new) found->second = wire_name(key, long_keys_.size(), limits::key_size_bytes_max);
  return found->second;
}

/// Doubles the length of the intervals.
void Comparison::widen() {
  stretch_ *= 2;
  for (Run& run : runs_) {
    std::map<std::int64_t, Counts> wider;
    for (const auto& [number, counts] : run.over_time) {
      Counts& sum = wider[number >> 1];
      sum.admitted += counts.admitted;
      sum.limited += counts.limited;
    }
    run.over_time = std::move(wider);
  }
}

Result<std::vector<LimiterAlgorithm>> parse_algorithms(std::string_view text) {
  std::vector<LimiterAlgorithm> algorithms;
  while (true) {
    const std::string_view name = text.substr(0, text.find(','));
    const auto algorithm = limiter_algorithm_from_string(name);
    if (!algorithm) {
      return {ErrorCode::invalid_argument,
              fmt::format("unknown algorithm '{}'; choose one of sliding_log, token_bucket, "
                          "sliding_counter, leaky_bucket, gcra, fixed_window, concurrency",
                          name)};
    }
    if (std::ranges::find(algorithms, *algorithm) != algorithms.end()) {
      return {ErrorCode::invalid_argument, fmt::format("the algorithm '{}' is listed twice", name)};
    }
    algorithms.push_back(*algorithm);
    if (name.size() == text.size()) return algorithms;
    text.remove_prefix(name.size() + 1);
  }
}

}  // namespace kith::replay
