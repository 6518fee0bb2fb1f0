// SPDX-License-Identifier: Apache-2.0
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

/// Schedules the dialling of addresses until a node there is a member. Each has its own back-off,
/// which doubles up to a limit and never gives up: so any split heals without an operator.
/// Thread-safety: none; plain value.
class Dialler {
 public:
  Dialler(Duration first, Duration longest);
  /// Replaces the set of addresses; new ones are due at `now`, others keep their back-off.
  void set_targets(const std::set<transport::Address>& targets, TimePoint now);
  /// Resets the back-off of an address to the first one.
  void hurry(const transport::Address& address, TimePoint now);
  /// Returns the addresses that are due, in order. Each is due again after its back-off, less a
  /// random part of up to a fifth, so that nodes do not dial in step.
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
