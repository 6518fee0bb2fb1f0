// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/replay/log_line.hpp"
#include "cli/replay/replay_options.hpp"
#include "cli/replay/unreadable_lines.hpp"
#include "core/result.hpp"
#include "resilience/keyed_limiter.hpp"

namespace kith::replay {

/// Replays the lines of a log through several algorithms of one limit, independently, and compares
/// their decisions. Lines are processed in the order in which they are added, at their own time.
/// Needs no cluster, because algorithms are values. Thread-safety: plain value.
class Comparison {
 public:
  /// Decisions in one interval. Thread-safety: plain value.
  struct Counts {
    std::uint64_t admitted = 0;
    std::uint64_t limited = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };

  /// The state and results of one algorithm. Thread-safety: plain value.
  struct Run {
    LimiterAlgorithm algorithm;
    KeyedLimiter limiter;
    Counts total;
    std::uint64_t admitted_only_here = 0;      ///< limited by the first algorithm
    std::uint64_t limited_only_here = 0;       ///< admitted by the first algorithm
    std::map<std::int64_t, Counts> over_time;  ///< by interval number
  };

  /// `options` must pass `validate` with each algorithm; there must be at least one.
  Comparison(ReplayOptions options, const std::vector<LimiterAlgorithm>& algorithms);

  /// Counts a line. Errors: `overloaded` if too many keys are in use at once.
  Result<void> add(const LogLine& line);
  /// Records a skipped line: its number in the file and the reason.
  void add_unreadable(std::uint64_t number, std::string why);

  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] const UnreadableLines& unreadable() const { return unreadable_; }
  /// Returns the length of an interval of `over_time`: one second, doubled whenever there are too
  /// many intervals.
  [[nodiscard]] Duration stretch() const { return stretch_; }
  [[nodiscard]] const ReplayOptions& options() const { return options_; }

 private:
  void widen();
  [[nodiscard]] const std::string& counted_key(const std::string& key);

  ReplayOptions options_;
  std::vector<Run> runs_;
  Duration stretch_ = std::chrono::seconds(1);
  std::uint64_t requests_ = 0;
  UnreadableLines unreadable_;
  std::map<std::string, std::string, std::less<>>
      long_keys_;  // with the names under which they are counted
};

/// Parses a list of algorithms such as "sliding_log,token,gcra". Errors: `invalid_argument` for an
/// unknown or repeated one.
[[nodiscard]] Result<std::vector<LimiterAlgorithm>> parse_algorithms(std::string_view text);

/// Formats a comparison as one line of JSON.
[[nodiscard]] std::string to_json(const Comparison& comparison);
/// Formats a table, and per algorithm a chart of admitted and limited requests over time.
[[nodiscard]] std::string to_text(const Comparison& comparison);

}  // namespace kith::replay
