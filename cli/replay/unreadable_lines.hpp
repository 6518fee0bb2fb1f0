// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kith::replay {

/// A line that was skipped. Thread-safety: plain value.
struct UnreadableLine {
  std::uint64_t number = 0;  ///< in the log, from 1
  std::string why;
  friend bool operator==(const UnreadableLine&, const UnreadableLine&) = default;
};

/// Counts the unreadable lines of a log by reason, and keeps the first ones.
/// Thread-safety: plain value.
class UnreadableLines {
 public:
  /// Number of lines that are kept; all are counted.
  static constexpr std::size_t kept_max = 20;

  void add(std::uint64_t number, std::string why);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Returns the first ones, in the order of the log.
  [[nodiscard]] const std::vector<UnreadableLine>& first() const { return first_; }
  /// Formats one line per kept line and, if there are more, one per reason with its count, the most
  /// frequent first. Returns an empty string if all lines were readable.
  [[nodiscard]] std::string text() const;

 private:
  std::uint64_t count_ = 0;
  std::vector<UnreadableLine> first_;
  std::map<std::string, std::uint64_t, std::less<>> reasons_;
};

}  // namespace kith::replay
