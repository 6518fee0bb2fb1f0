// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/bench.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/rate_limiter.hpp"

namespace kith::bench {
namespace {

constexpr std::uint32_t keys = 10'000;

std::vector<std::string> key_names() {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < keys; ++i) names.push_back(std::to_string(i));
  return names;
}

/// Draws keys with the generator of the peers.
std::uint64_t next_key(std::uint64_t seed) {
  return seed * 16807 % 2147483647;
}

/// Runs `work(thread)` on N threads and returns the seconds until all have ended.
template <typename Work>
double on_threads(int threads, Work work) {
  return seconds_of([&] {
    std::vector<std::jthread> running;
    for (int t = 1; t < threads; ++t) running.emplace_back([&, t] { work(t); });
    work(0);
  });
}

/// Checks random keys on N threads; with `own`, threads never share a key.
double check_keys(RateLimiter& limiter, const std::vector<std::string>& names, int threads,
                  bool own, Count n) {
  return on_threads(threads, [&](int thread) {
    std::uint64_t seed = static_cast<std::uint64_t>(thread + 1) * 7919;
    for (Count i = 0; i < n / static_cast<Count>(threads); ++i) {
      seed = next_key(seed);
      const std::uint64_t key = seed % keys;
      must(limiter.check(names[own ? key / 2 * 2 + static_cast<std::uint64_t>(thread) : key]));
    }
  });
}

double ask_and_report(CircuitBreaker& breaker, int threads, Count n) {
  return on_threads(threads, [&](int) {
    for (Count i = 0; i < n / static_cast<Count>(threads); ++i) {
      auto permit = breaker.acquire();
      permit->success();
    }
  });
}

void limiters(const Bench& bench, const SystemClock& clock) {
  const std::vector<std::string> names = key_names();
  const Count n = bench.count(1e7);
  const std::vector<std::pair<std::string, LimiterAlgorithm>> items{
      {"w11.limiter_sliding_log", LimiterAlgorithm::sliding_log},
      {"w11.limiter_token_bucket", LimiterAlgorithm::token_bucket},
      {"w11.limiter_gcra", LimiterAlgorithm::gcra},
      {"w11.limiter_sliding_counter", LimiterAlgorithm::sliding_counter},
      {"w11.limiter_fixed_window", LimiterAlgorithm::fixed_window}};
  for (const auto& [item, algorithm] : items) {
    for (const auto& [suffix, threads] : {std::pair{"_1t", 1}, {"_2t", 2}, {"_2t_own_keys", 2}}) {
      const std::string name = item + suffix;
      if (!bench.wants(name)) continue;
      RateLimiter limiter({.limit = 100, .window = std::chrono::seconds(1), .algorithm = algorithm},
                          clock);
      const bool own = name.ends_with("own_keys");
      bench.report(name, "check/s",
                   static_cast<double>(n) / check_keys(limiter, names, threads, own, n));
    }
  }
}

void breakers(const Bench& bench, const SystemClock& clock) {
  const Count n = bench.count(3e7);
  for (const int threads : {1, 2}) {
    const std::string name = std::string("w12.breaker_ask_report_") + (threads == 1 ? "1t" : "2t");
    if (!bench.wants(name)) continue;
    CircuitBreaker breaker({}, clock);
    bench.report(name, "1/s", static_cast<double>(n) / ask_and_report(breaker, threads, n));
  }
  if (bench.wants("w12.breaker_ask_report_rates_1t")) {
    CircuitBreaker breaker({.policy = BreakerPolicy::count_window}, clock);
    bench.report("w12.breaker_ask_report_rates_1t", "1/s",
                 static_cast<double>(n) / ask_and_report(breaker, 1, n));
  }
}

}  // namespace

/// w11 and w12: limits and breakers in one process.
void limits(const Bench& bench) {
  const SystemClock clock;
  limiters(bench, clock);
  breakers(bench, clock);
}

}  // namespace kith::bench
