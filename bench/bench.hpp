// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "actor/process.hpp"
#include "actor/system.hpp"

/// Benchmarks with the work items that other runtimes are measured with; each item prints one
/// sample. Each source file of this folder is one group of items.
namespace kith::bench {

using Count = std::size_t;

/// Returns the time of the steady clock in seconds.
[[nodiscard]] inline double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Runs `f` and returns its duration in seconds.
template <typename F>
[[nodiscard]] double seconds_of(F f) {
  const double start = now_seconds();
  f();
  return now_seconds() - start;
}

/// Ends the benchmark if an operation failed.
template <typename T>
void must(const Result<T>& result) {
  static_cast<void>(result.value());
}

/// Selects items, scales their work and prints their samples. Thread-safety: one thread.
class Bench {
 public:
  /// `only` is a POSIX extended regular expression that selects items by name; empty: all.
  Bench(double scale, std::string only) : scale_(scale), only_(std::move(only)) {}

  /// Returns `full` times the scale, at least 100.
  [[nodiscard]] Count count(double full) const;
  [[nodiscard]] bool wants(const std::string& item) const;
  /// Prints a sample as one line of JSON.
  void report(const std::string& item, const char* unit, double value) const;

  /// Reports n per second: `work(n)` runs in a process of a new system and returns its seconds.
  template <typename Work>
  void rate(const std::string& item, const char* unit, int workers, Count n, Work work) const {
    if (!wants(item)) return;
    System system({.workers = workers});
    report(item, unit, static_cast<double>(n) / system.run([&] { return work(n); }));
  }
  /// Reports the rate with two workers and, as `<item>_1thread`, with one.
  template <typename Work>
  void rate_1_2(const std::string& item, const char* unit, Count n, Work work) const {
    rate(item + "_1thread", unit, 1, n, work);
    rate(item, unit, 2, n, work);
  }

 private:
  double scale_;
  std::string only_;
};

void memory(const Bench& bench);
void spawning(const Bench& bench);
void calls(const Bench& bench);
void messages(const Bench& bench);
void tasks(const Bench& bench);
void timers(const Bench& bench);
void monitors(const Bench& bench);
void state_machines(const Bench& bench);
void supervision(const Bench& bench);
void names(const Bench& bench);
void tables(const Bench& bench);
void limits(const Bench& bench);

}  // namespace kith::bench
