#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/random.hpp"
#include "transport/transport.hpp"

namespace kith::cluster {

/// The addresses that are to be dialled until somebody answers, each with a back-off of its own
/// that doubles up to a limit and never ends: that is why any split heals by itself. Thread-safety:
/// none; plain value.
class Dialler {
 public:
  Dialler(Duration first, Duration longest);
  /// Makes these, and no others, the addresses to dial; new ones are due at `now`.
  void set_targets(const std::set<transport::Address>& targets, TimePoint now);
  /// Dials this one soon again, whatever its back-off had become.
  void hurry(const transport::Address& address, TimePoint now);
  /// The addresses to dial now, in order; the next dial of each is later by its back-off, varied by
  /// a fifth.
  std::vector<transport::Address> due(TimePoint now, Random& random);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

 private:
  struct Dial {
    TimePoint next;
    Duration back_off;
  };

  Duration first_;
  Duration longest_;
  std::map<transport::Address, Dial> dials_;
};

}  // namespace kith::cluster
