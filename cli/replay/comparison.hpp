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

/// Plays the lines of a log against several algorithms of one limit, each by itself, and tells how
/// they differ. Lines count in the order in which they are added, at their own time. No cluster is
/// needed: algorithms are values. Thread-safety: plain value.
class Comparison {
 public:
  /// What became of requests in one stretch of time. Thread-safety: plain value.
  struct Counts {
    std::uint64_t admitted = 0;
    std::uint64_t limited = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };

  /// One algorithm. Thread-safety: plain value.
  struct Run {
    LimiterAlgorithm algorithm;
    KeyedLimiter limiter;
    Counts total;
    std::uint64_t admitted_only_here = 0;      ///< where the first algorithm limited
    std::uint64_t limited_only_here = 0;       ///< where the first algorithm admitted
    std::map<std::int64_t, Counts> over_time;  ///< by number of the stretch
  };

  /// `options` must pass `validate` with each of the algorithms, of which there is at least one.
  Comparison(ReplayOptions options, const std::vector<LimiterAlgorithm>& algorithms);

  /// Counts a line. Errors: `overloaded` when too many keys are in use at once.
  Result<void> add(const LogLine& line);
  /// A line that is skipped: number in the file and the reason.
  void add_unreadable(std::uint64_t number, std::string why);

  [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] const UnreadableLines& unreadable() const { return unreadable_; }
  /// How long a stretch of `over_time` is: a second at first, twice as long whenever there would be
  /// too many.
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
  std::map<std::string, std::string, std::less<>> long_keys_;  // with the names they count under
};

/// The algorithms of a list such as "sliding_log,token,gcra". Errors: `invalid_argument` for one
/// that does not exist or comes twice.
[[nodiscard]] Result<std::vector<LimiterAlgorithm>> parse_algorithms(std::string_view text);

/// One line of JSON.
[[nodiscard]] std::string to_json(const Comparison& comparison);
/// A table, and a chart of admitted and limited requests over time for each algorithm.
[[nodiscard]] std::string to_text(const Comparison& comparison);

}  // namespace kith::replay
