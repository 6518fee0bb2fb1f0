#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/clock.hpp"

namespace kith::cluster {

/// The pace of membership; the defaults are those of `lan()`. Thread-safety: plain value.
/// Source: memberlist's DefaultLANConfig,
/// docs/cluster-protocol.md#profiles.
struct MembershipOptions {
  /// Members of another cluster are refused.
  std::string cluster = "kith";
  /// One member is probed per interval (times the local health multiplier).
  Duration probe_interval = std::chrono::seconds{1};
  /// Without an answer for so long others are asked to probe.
  Duration probe_timeout = std::chrono::milliseconds{500};
  /// How many others are asked.
  std::size_t indirect_probes = 3;
  /// Shortest life of a suspicion: this × max(1, log10 n) × `probe_interval`.
  std::size_t suspicion_multiplier = 4;
  /// Longest life of a suspicion: this × the shortest.
  std::size_t suspicion_max_multiplier = 6;
  /// Between unreachable and removed; never removed by a minority (nor one of two).
  Duration removal_delay = std::chrono::milliseconds{250};
  /// News is sent so often, to so many, each piece retransmit × ceil(log10(n + 1)) times.
  Duration gossip_interval = std::chrono::milliseconds{200};
  std::size_t gossip_fanout = 3;
  std::size_t retransmit_multiplier = 4;
  /// News in one message.
  std::size_t gossip_size_bytes_max = 4096;
  /// Members given up hear news for so long, so that they can refute (M-026).
  Duration gossip_to_dead = std::chrono::seconds{30};
  /// Full exchange with one random member (× `push_pull_scale`).
  Duration push_pull_interval = std::chrono::seconds{30};
  /// Seeds and lost members are dialled for ever, from the first to the longest back-off.
  Duration dial_first = std::chrono::milliseconds{500};
  Duration dial_longest = std::chrono::seconds{30};
  /// Whoever hears nothing for 2.5 intervals suspects himself, not the others.
  bool quiet_line = true;
  /// ... but not for longer than this: when all others died at once he must say so some time.
  Duration isolation_max = std::chrono::seconds{30};
  /// Removed and left members that are remembered; the oldest are forgotten beyond it.
  std::size_t gone_members_max = 256;

  /// One data centre, real machines.
  [[nodiscard]] static MembershipOptions lan() { return {}; }
  /// Loopback: a killed node is removed within 3 s.
  [[nodiscard]] static MembershipOptions local() { return paced(std::chrono::milliseconds{400}); }
  /// Containers on one machine: machines stall each other, but the line is good.
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
