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

/// What members say to each other about who is there. The sender of each is the `transport::Peer`
/// of its frame. `gossip` is piggyback: news about members. Source: SWIM (Das et al. 2002),
/// Lifeguard (Dadgar et al. 2017), memberlist.
namespace kith::cluster {

/// Incremented when older nodes would misunderstand.
inline constexpr std::uint32_t protocol_version = 1;

/// "Are you there?" Answered with `Ack` by exactly the addressed boot (M-025).
struct Ping {
  std::uint64_t sequence = 0;
  std::string target_name;
  BootId target_boot = 0;
  std::vector<MemberState> gossip;
  KITH_WIRE("member.ping", sequence, target_name, target_boot, gossip)
};

/// "Please ask this one for me": answered with `Ack` when it answers, with `Nack` when it does not.
struct PingRequest {
  std::uint64_t sequence = 0;
  std::string target_name;
  BootId target_boot = 0;
  transport::Address target_address;
  std::vector<MemberState> gossip;
  KITH_WIRE("member.ping_request", sequence, target_name, target_boot, target_address, gossip)
};

/// "I am there" or "it is there".
struct Ack {
  std::uint64_t sequence = 0;
  std::vector<MemberState> gossip;
  KITH_WIRE("member.ack", sequence, gossip)
};

/// "I am there, but the one you asked for did not answer me."
struct Nack {
  std::uint64_t sequence = 0;
  KITH_WIRE("member.nack", sequence)
};

/// News about members.
struct Gossip {
  std::vector<MemberState> gossip;
  KITH_WIRE("member.gossip", gossip)
};

/// The whole list of the sender; the receiver answers with its own when asked to.
struct PushPull {
  std::vector<MemberState> members;
  bool wants_answer = false;
  KITH_WIRE("member.push_pull", members, wants_answer)
};

/// "Let me in", or "are we one cluster again?": `members` is the sender's list, itself included.
struct JoinRequest {
  std::string cluster;
  std::uint32_t version = protocol_version;
  transport::Address dialled;  ///< the address this was sent to; comes back in the answer
  MemberState self;
  std::vector<MemberState> members;
  KITH_WIRE("member.join", cluster, version, dialled, self, members)
};

/// Why a join was refused; numbers travel.
enum class Refusal : std::uint8_t {
  none = 0,           ///< welcome
  other_cluster = 1,  ///< the cluster has another name
  other_version = 2,  ///< the protocol versions do not fit
  name_taken = 3,     ///< a live node elsewhere has this name
  stale_start = 4,    ///< an earlier boot of this name has a later start: raise it to `started`
  try_again = 5,      ///< an earlier boot of this name elsewhere seems gone; ask again soon
  replaced = 6,       ///< a newer boot of this name has joined; this one is over
};

/// The answer to `JoinRequest`, or unasked to a boot that was replaced.
struct JoinAnswer {
  Refusal refusal = Refusal::none;
  std::string reason;          ///< for people: who is in the way and where
  transport::Address dialled;  ///< as in the request
  std::int64_t started = 0;    ///< stale_start: the start that is too late to be before
  std::vector<MemberState> members;
  KITH_WIRE("member.join_answer", refusal, reason, dialled, started, members)
};

/// Goodbye.
struct Leave {
  std::uint64_t incarnation = 0;
  KITH_WIRE("member.leave", incarnation)
};

/// Everything membership sends and receives.
using MembershipMessage =
    std::variant<Ping, PingRequest, Ack, Nack, Gossip, PushPull, JoinRequest, JoinAnswer, Leave>;

/// The bytes of a message. Thread-safety: any thread.
[[nodiscard]] Bytes encode(const MembershipMessage& message, const WireFormat& format);
/// The message of bytes from outside, with all enums, names and weights checked. Errors: `decode`.
[[nodiscard]] Result<MembershipMessage> decode_membership(BytesView bytes,
                                                          const WireFormat& format);
/// The stream a message travels on: `control` for probes and their answers, else `state`.
[[nodiscard]] transport::Channel channel_of(const MembershipMessage& message);

}  // namespace kith::cluster
