#pragma once

#include "core/clock.hpp"

namespace kith::cluster {

/// How much a node trusts its own health: 0 is good, each sign of trouble adds, and a node in
/// trouble probes more slowly and waits longer before it accuses others. Source: Lifeguard, section
/// IV-A (local health multiplier, S = 8; M-005). Thread-safety: none; plain value.
class Awareness {
 public:
  /// One below S.
  static constexpr int score_max = 7;

  /// Adds, and stays within 0 and `score_max`.
  void apply(int delta);
  [[nodiscard]] int score() const { return score_; }
  /// The duration times score + 1.
  [[nodiscard]] Duration scale(Duration duration) const { return duration * (score_ + 1); }

 private:
  int score_ = 0;
};

}  // namespace kith::cluster
