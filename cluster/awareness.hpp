// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/clock.hpp"

namespace kith::cluster {

/// Scores a node's own health: 0 is good, signs of trouble raise it. A node with a higher score
/// probes more slowly and waits longer before it accuses others. Source: Lifeguard, section IV-A
/// (local health multiplier, S = 8; M-005). Thread-safety: none; plain value.
class Awareness {
 public:
  static constexpr int score_max = 7;  ///< S - 1

  /// Adds `delta`, clamped to 0 .. `score_max`.
  void apply(int delta);
  [[nodiscard]] int score() const { return score_; }
  /// Returns the duration times (score + 1).
  [[nodiscard]] Duration scale(Duration duration) const { return duration * (score_ + 1); }

 private:
  int score_ = 0;
};

}  // namespace kith::cluster
