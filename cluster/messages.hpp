// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "cluster/member.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"
#include "transport/transport.hpp"

/// Messages of membership. The sender of each is the `transport::Peer` of its frame. `gossip` is
/// piggybacked news about members. Source: SWIM (Das et al. 2002), Lifeguard (Dadgar et al. 2017),
/// memberlist.
namespace kith::cluster {

/// Incremented for changes that older nodes cannot read.
inline constexpr std::uint32_t protocol_version = 1;

/// Probes a node. Answered with `Ack` by exactly the addressed boot (M-025).
struct Ping {
  std::uint64_t sequence = 0;
  std::string target_name;
  BootId target_boot = 0;
  std::vector<MemberState> gossip;
  KITH_WIRE("member.ping", sequence, target_name, target_boot, gossip)
};

/// Asks the receiver to probe the target. Answered with `Ack` if the target answers, otherwise with
/// `Nack`.
struct PingRequest {
  std::uint64_t sequence = 0;
  std::string target_name;
  BootId target_boot = 0;
  transport::Address target_address;
  std::vector<MemberState> gossip;
  KITH_WIRE("member.ping_request", sequence, target_name, target_boot, target_address, gossip)
};

/// Acknowledges a ping, or reports that the target of a ping request has done so.
struct Ack {
  std::uint64_t sequence = 0;
  std::vector<MemberState> gossip;
  KITH_WIRE("member.ack", sequence, gossip)
};

/// Reports that the target of a ping request did not answer; shows that the helper is alive.
struct Nack {
  std::uint64_t sequence = 0;
  KITH_WIRE("member.nack", sequence)
};

/// News about members.
struct Gossip {
  std::vector<MemberState> gossip;
  KITH_WIRE("member.gossip", gossip)
};

/// The whole list of the sender; the receiver answers with its own if wanted.
struct PushPull {
  std::vector<MemberState> members;
  bool wants_answer = false;
  KITH_WIRE("member.push_pull", members, wants_answer)
};

/// Asks to join, or to rejoin after a split. `members` is the sender's list, including itself.
struct JoinRequest {
  std::string cluster;
  std::uint32_t version = protocol_version;
  transport::Address dialled;  ///< the address this was sent to; echoed in the answer
  MemberState self;
  std::vector<MemberState> members;
  KITH_WIRE("member.join", cluster, version, dialled, self, members)
};

/// Reasons for refusing a join. The numbers are part of the wire format.
enum class Refusal : std::uint8_t {
  none = 0,           ///< accepted
  other_cluster = 1,  ///< the cluster has another name
  other_version = 2,  ///< the protocol versions differ
  name_taken = 3,     ///< a live node at another address has this name
  stale_start = 4,    ///< an earlier boot of this name has a later start: use one after `started`
  try_again = 5,      ///< an earlier boot of this name at another address does not answer: retry
  replaced = 6,       ///< a newer boot of this name has joined: this one must stop
};

/// Answers `JoinRequest`; also sent unasked to a boot that was replaced.
struct JoinAnswer {
  Refusal refusal = Refusal::none;
  std::string reason;          ///< for people: names the other node and its address
  transport::Address dialled;  ///< as in the request
  std::int64_t started = 0;    ///< stale_start: the start of the earlier boot
  std::vector<MemberState> members;
  KITH_WIRE("member.join_answer", refusal, reason, dialled, started, members)
};

/// Reports that the sender leaves.
struct Leave {
  std::uint64_t incarnation = 0;
  KITH_WIRE("member.leave", incarnation)
};

/// All messages of membership.
using MembershipMessage =
    std::variant<Ping, PingRequest, Ack, Nack, Gossip, PushPull, JoinRequest, JoinAnswer, Leave>;

/// Encodes a message. Thread-safety: any thread.
[[nodiscard]] Bytes encode(const MembershipMessage& message, const WireFormat& format);
/// Decodes an untrusted message; validates all enums, names and weights. Error: `decode`.
[[nodiscard]] Result<MembershipMessage> decode_membership(BytesView bytes,
                                                          const WireFormat& format);
/// Returns the channel of a message: `control` for probes and their answers, otherwise `state`.
[[nodiscard]] transport::Channel channel_of(const MembershipMessage& message);

}  // namespace kith::cluster
