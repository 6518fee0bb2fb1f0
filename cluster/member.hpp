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

/// What a node believes of a member. The numbers travel. Source:
/// docs/cluster-protocol.md#membership.
enum class MemberStatus : std::uint8_t {
  up = 0,           ///< answers
  suspect = 1,      ///< did not answer; may still refute
  unreachable = 2,  ///< the suspicion was not refuted in time; its names are hidden
  removed = 3,      ///< given up; its names are dropped; it is still dialled, so that a split heals
  left = 4,         ///< said goodbye; not dialled
};

/// The status' stable name, e.g. "up".
[[nodiscard]] std::string_view to_string(MemberStatus status);

/// One node as the member list knows it. Thread-safety: plain value.
struct Member {
  NodeId id;
  transport::Address address;
  std::int64_t started = 0;       ///< orders the boots of one name: nanoseconds since 1970
  std::uint64_t incarnation = 0;  ///< raised by the member itself, to refute
  MemberStatus status = MemberStatus::up;
  std::uint32_t weight = 1;  ///< its share of partitions relative to others; 0 takes none
  TimePoint since;           ///< of the status, on the clock of the node that holds this list

  /// Up or suspect: takes part.
  [[nodiscard]] bool is_active() const {
    return status == MemberStatus::up || status == MemberStatus::suspect;
  }
};

/// A member as it travels. `by` is the accuser of a suspicion or death; a member that names itself
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

/// The travelling form of a member, accused by nobody.
[[nodiscard]] MemberState to_state(const Member& member);
/// The member of a travelling form; `since` is `now`.
[[nodiscard]] Member to_member(const MemberState& state, TimePoint now);
/// True when `a` is a later boot of the name than `b`: later start, then larger boot id.
[[nodiscard]] bool is_newer_boot(const MemberState& a, const Member& b);

/// What membership tells the node.
struct MemberEvent {
  enum class Kind : std::uint8_t {
    up,            ///< a member appeared, or came back
    suspect,       ///< it did not answer
    unreachable,   ///< its suspicion ran out: connections to it are lost, its names are hidden
    down,          ///< removed, or replaced by a new boot: this boot's names are dropped
    left,          ///< said goodbye
    updated,       ///< its address, weight or start changed (also of this node itself)
    join_refused,  ///< this node may not join; `reason` says why and who is in the way
  };
  Kind kind = Kind::up;
  Member member;                 ///< as it is after the event; `join_refused`: who refused
  std::string reason;            ///< join_refused only
  transport::Address dialled{};  ///< join_refused: where this node asked; empty: it did not ask
};

/// The event's stable name: that of the status which it leads to, where there is one.
[[nodiscard]] std::string_view to_string(MemberEvent::Kind kind);

}  // namespace kith::cluster
