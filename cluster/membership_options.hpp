// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/clock.hpp"

namespace kith::cluster {

/// Timing of membership; the defaults are those of `lan()`. Thread-safety: plain value.
/// Source: memberlist's DefaultLANConfig,
/// docs/cluster-protocol.md#profiles.
struct MembershipOptions {
  /// Members of another cluster are refused.
  std::string cluster = "kith";
  /// Each interval one member is probed (times the local health score + 1). A higher value sends
  /// less, but detects failures later: suspicions last multiples of it.
  Duration probe_interval = std::chrono::seconds{1};
  /// Time after which others are asked to probe the member. A higher value tolerates more latency,
  /// but leaves less of the interval for the helpers.
  Duration probe_timeout = std::chrono::milliseconds{500};
  /// Members asked to probe. With more a bad link accuses fewer members, at the cost of messages.
  std::size_t indirect_probes = 3;
  /// Shortest life of a suspicion: this x max(1, log10 n) x `probe_interval`. A higher value gives
  /// members more time to refute, but detects failures later.
  std::size_t suspicion_multiplier = 4;
  /// Longest life of a suspicion (no other member confirms it): this x the shortest.
  std::size_t suspicion_max_multiplier = 6;
  /// Time from unreachable to removed. Only a majority removes members (not one of two).
  Duration removal_delay = std::chrono::milliseconds{250};
  /// Interval of gossip, and members it is sent to; each piece of news is sent
  /// `retransmit_multiplier` x ceil(log10(n + 1)) times. A longer interval spreads news more
  /// slowly; more receivers or transmissions spread it faster and send more.
  Duration gossip_interval = std::chrono::milliseconds{200};
  std::size_t gossip_fanout = 3;
  std::size_t retransmit_multiplier = 4;
  /// Size of the news in one message.
  std::size_t gossip_size_bytes_max = 4096;
  /// Time for which unreachable and removed members get gossip, so that they can refute (M-026).
  Duration gossip_to_dead = std::chrono::seconds{30};
  /// Interval of a full exchange with one random member (x `push_pull_scale`). A higher value sends
  /// less, but news that gossip missed arrives later.
  Duration push_pull_interval = std::chrono::seconds{30};
  /// First and longest back-off for dialling seeds and lost members, without end. A higher longest
  /// value sends less, but heals a split later.
  Duration dial_first = std::chrono::milliseconds{500};
  Duration dial_longest = std::chrono::seconds{30};
  /// A node that receives nothing for 2.5 probe intervals suspects itself, not the others.
  bool quiet_line = true;
  /// Time after which that rule gives up, since all others may have failed at once. A higher value
  /// accuses fewer members wrongly, but detects such a failure later.
  Duration isolation_max = std::chrono::seconds{30};
  /// Removed and left members that are remembered; beyond it the oldest are dropped.
  std::size_t gone_members_max = 256;

  /// One data centre, real machines.
  [[nodiscard]] static MembershipOptions lan() { return {}; }
  /// Loopback: a killed node is removed within 3 s.
  [[nodiscard]] static MembershipOptions local() { return paced(std::chrono::milliseconds{400}); }
  /// Containers on one machine: they stall each other, but the network is good.
  [[nodiscard]] static MembershipOptions compose() { return paced(std::chrono::milliseconds{600}); }

 private:
  static MembershipOptions paced(Duration probe_interval) {
    MembershipOptions options;
    options.probe_interval = probe_interval;
    options.probe_timeout = probe_interval / 2;
    options.removal_delay = std::chrono::milliseconds{100};
    options.gossip_interval = std::chrono::milliseconds{100};
    options.dial_first = std::chrono::milliseconds{200};
    options.isolation_max = std::chrono::seconds{10};
    return options;
  }
};

}  // namespace kith::cluster
