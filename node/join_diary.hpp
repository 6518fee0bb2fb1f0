#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "node/join_look.hpp"

namespace kith::node {

/// A seed that does not let this node in, for people.
struct JoinTrouble {
  transport::Address seed;
  JoinObstacle obstacle;
  TimePoint since;  ///< when it was first dialled in vain
};

/// Remembers of each seed whose node is no member since when and why, when to look at it again, and
/// what has been told of it: a warning at once, at each change of the cause, and after that after
/// pauses that double up to ten minutes. Thread-safety: none; plain value.
class JoinDiary {
 public:
  /// Makes these, and no others, the seeds that are missing.
  void set_missing(const std::set<transport::Address>& seeds, TimePoint now);
  /// The seeds to look at now, each given once until its look was noted.
  std::vector<transport::Address> due(TimePoint now);
  /// Notes what was seen of a seed; true when that is to be told. Nothing for one that is not
  /// missing any more, or in whose way nothing is.
  bool note(const transport::Address& seed, const JoinObstacle& obstacle, TimePoint now);
  /// What was seen of the missing, in order.
  [[nodiscard]] std::vector<JoinTrouble> troubles() const;
  /// When the next look is due.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

 private:
  struct Page {
    TimePoint since;
    std::optional<TimePoint> next_look;  ///< null while somebody looks
    Duration look_pause;
    TimePoint next_telling;
    Duration telling_pause;
    JoinObstacle obstacle;
  };

  std::map<transport::Address, Page> pages_;
};

}  // namespace kith::node
