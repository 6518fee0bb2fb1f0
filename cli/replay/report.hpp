// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/replay/replay_options.hpp"
#include "cli/replay/unreadable_lines.hpp"
#include "core/clock.hpp"
#include "resilience/breaker_machine.hpp"

namespace kith::replay {

/// The results of one key. Thread-safety: plain value.
struct KeyReport {
  std::string key;  ///< bytes of the log
  std::uint64_t requests = 0;
  std::uint64_t admitted = 0;
  std::uint64_t limited = 0;
  friend bool operator==(const KeyReport&, const KeyReport&) = default;
};

/// The results of one breaker. Thread-safety: plain value.
struct BreakerReport {
  std::string name;            ///< bytes of the log
  std::uint64_t requests = 0;  ///< all that reached it, including refused ones
  std::uint64_t failures = 0;  ///< of those that were not refused
  std::uint64_t refused = 0;
  std::vector<BreakerTransition> transitions;
  friend bool operator==(const BreakerReport&, const BreakerReport&) = default;
};

/// The requests sent through one node. Thread-safety: plain value.
struct NodeReport {
  std::string name;
  std::uint64_t requests = 0;
  friend bool operator==(const NodeReport&, const NodeReport&) = default;
};

/// The results of a replay. Thread-safety: plain value.
struct ReplayReport {
  std::uint64_t requests = 0;  ///< readable lines
  UnreadableLines unreadable;
  KeyField by = KeyField::ip;
  RateLimiterOptions limiter;
  std::uint64_t admitted = 0;
  std::uint64_t limited = 0;
  std::vector<KeyReport> keys;
  std::vector<BreakerReport> breakers;
  std::vector<NodeReport> nodes;
  double seconds = 0;
};

/// Sorts keys by number of limited requests, most first, then by key; breakers by name. Names
/// compare as printed, then as bytes.
void sort(ReplayReport& report);

/// Formats one line of JSON with the fields in the documented order; U+FFFD replaces invalid UTF-8.
[[nodiscard]] std::string to_json(const ReplayReport& report);

/// Formats aligned tables: the first `keys_max` keys, all breakers, the share of each node, and the
/// number of unreadable lines. Control characters of the log are printed as '?'.
[[nodiscard]] std::string to_text(const ReplayReport& report, std::size_t keys_max = 10);

}  // namespace kith::replay
