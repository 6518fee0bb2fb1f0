// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/node_id.hpp"
#include "core/wire_types.hpp"
#include "transport/transport.hpp"

namespace kith::cluster {

/// Status of a member, as one node sees it. The numbers are part of the wire format. Source:
/// docs/cluster-protocol.md#membership.
enum class MemberStatus : std::uint8_t {
  up = 0,           ///< answers
  suspect = 1,      ///< did not answer; may still refute
  unreachable = 2,  ///< the suspicion was not refuted in time; its names are hidden
  removed = 3,      ///< given up; its names are dropped; it is still dialled, so that a split heals
  left = 4,         ///< said goodbye; not dialled
};

/// Returns the stable name of a status, e.g. "up".
[[nodiscard]] std::string_view to_string(MemberStatus status);

/// One node in the member list. Thread-safety: plain value.
struct Member {
  NodeId id;
  transport::Address address;
  std::int64_t started = 0;       ///< orders the boots of one name: nanoseconds since 1970
  std::uint64_t incarnation = 0;  ///< raised only by the member itself, to refute
  MemberStatus status = MemberStatus::up;
  std::uint32_t weight = 1;  ///< its share of partitions relative to others; 0: none
  TimePoint since;           ///< start of the status, by the clock of the node with this list

  /// Returns true if up or suspect: the member has partitions and is probed.
  [[nodiscard]] bool is_active() const {
    return status == MemberStatus::up || status == MemberStatus::suspect;
  }
};

/// Wire form of a member. `by` is the accuser if suspect or unreachable; a member that names itself
/// says goodbye (M-019). Thread-safety: plain value.
struct MemberState {
  std::string name;
  BootId boot = 0;
  std::int64_t started = 0;
  transport::Address address;
  std::uint64_t incarnation = 0;
  MemberStatus status = MemberStatus::up;
  std::uint32_t weight = 1;
  std::string by;

  friend bool operator==(const MemberState&, const MemberState&) = default;
  KITH_FIELDS(name, boot, started, address, incarnation, status, weight, by)
};

/// Converts to the wire form, with an empty `by`.
[[nodiscard]] MemberState to_state(const Member& member);
/// Converts from the wire form, with `since` = `now`.
[[nodiscard]] Member to_member(const MemberState& state, TimePoint now);
/// Returns whether `a` is a later boot of the name than `b`: later start, then larger boot id.
[[nodiscard]] bool is_newer_boot(const MemberState& a, const Member& b);

/// Notifies the node of a change of the member list.
struct MemberEvent {
  enum class Kind : std::uint8_t {
    up,            ///< a member appeared, or recovered
    suspect,       ///< it did not answer
    unreachable,   ///< its suspicion expired: connections to it are lost, its names are hidden
    down,          ///< removed, or replaced by a new boot: this boot's names are dropped
    left,          ///< said goodbye
    updated,       ///< its address, weight or start changed (also of this node itself)
    join_refused,  ///< this node may not join; `reason` names the cause and the other node
  };
  Kind kind = Kind::up;
  Member member;                 ///< as it is after the event; `join_refused`: who refused
  std::string reason;            ///< join_refused only
  transport::Address dialled{};  ///< join_refused: address that this node dialled; empty: none
};

/// Returns the stable name of an event: that of the resulting status, if there is one.
[[nodiscard]] std::string_view to_string(MemberEvent::Kind kind);

}  // namespace kith::cluster
