// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "node/join_look.hpp"

namespace kith::node {

/// Reports a seed through which this node could not join yet. Thread-safety: plain value.
struct JoinTrouble {
  transport::Address seed;
  JoinObstacle obstacle;
  TimePoint since;  ///< when it was first missing
};

/// Schedules looks at the seeds that are not members, and bounds the warnings about each: one at
/// once and at each change of the cause, then at intervals that double up to ten minutes.
/// Thread-safety: none; plain value.
class JoinDiary {
 public:
  /// Replaces the set of missing seeds.
  void set_missing(const std::set<transport::Address>& seeds, TimePoint now);
  /// Returns the seeds to look at now; each is returned once until `note` is called for it.
  std::vector<transport::Address> due(TimePoint now);
  /// Records the finding at a seed and returns true if it should be logged. False if the seed is
  /// not missing any more or there is no obstacle.
  bool note(const transport::Address& seed, const JoinObstacle& obstacle, TimePoint now);
  /// Returns the findings at the missing seeds, sorted by address.
  [[nodiscard]] std::vector<JoinTrouble> troubles() const;
  /// Returns when the next look is due, or nullopt.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

 private:
  struct Page {
    TimePoint since;
    std::optional<TimePoint> next_look;  ///< null while a look is in progress
    Duration look_pause;
    TimePoint next_telling;
    Duration telling_pause;
    JoinObstacle obstacle;
  };

  std::map<transport::Address, Page> pages_;
};

}  // namespace kith::node
