// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/member.hpp"
#include "cluster/membership_options.hpp"
#include "cluster/suspicion.hpp"
#include "core/clock.hpp"

namespace kith::cluster {

/// Result of a change of the member list.
struct MemberChanges {
  std::vector<MemberEvent> events;
  std::vector<MemberState> news;  ///< to be gossiped
  int health = 0;                 ///< added to the local health score: 1 per refutation
};

/// Stores the member list and applies news to it. A newer boot of a name replaces the older one.
/// Within a boot the higher incarnation wins; at equal incarnations unreachable and left win over
/// suspect, and suspect over up. Invariant: `suspicions_` has exactly the members that are suspect.
/// Source: SWIM section 4.2; memberlist, state.go (M-013 to M-020). Thread-safety: none; plain
/// value.
class MemberTable {
 public:
  MemberTable(const MembershipOptions& options, Member self);

  /// Applies news about one member, received by gossip or from itself.
  void apply(const MemberState& news, TimePoint now, MemberChanges& changes);
  /// Applies the whole list of `sender`; members unreachable or removed there count as suspect, so
  /// that they can refute (M-020).
  void merge(const std::vector<MemberState>& list, const std::string& sender, TimePoint now,
             MemberChanges& changes);
  /// Marks a member as suspect, accused by this node.
  void accuse(const std::string& name, TimePoint now, MemberChanges& changes);
  /// Makes members with expired suspicions unreachable, and removes unreachable members after their
  /// delay if the active ones are a majority.
  void expire(TimePoint now, bool may_expire_suspicions, MemberChanges& changes);
  /// Extends all suspicions.
  void extend_suspicions(Duration by);
  /// Raises this node's own start above `started`, the start of an earlier boot of its name.
  void raise_start(std::int64_t started, TimePoint now, MemberChanges& changes);
  /// Marks this node as left and returns its goodbye; it refutes nothing afterwards.
  MemberState say_goodbye(TimePoint now);

  [[nodiscard]] const Member& self() const { return members_.at(self_name_); }
  [[nodiscard]] const std::map<std::string, Member>& members() const { return members_; }
  /// Returns the member with this name, or null.
  [[nodiscard]] const Member* find(const std::string& name) const;
  /// Returns whether the present boot of the name replaced this one.
  [[nodiscard]] bool is_replaced(const NodeId& id) const;
  /// Returns the number of up and suspect members, including this node.
  [[nodiscard]] std::size_t active_count() const;
  /// Returns the wire form of a member, accused by this node if it is not up.
  [[nodiscard]] MemberState state_of(const Member& member) const;
  /// Returns the wire forms of all members, including this node.
  [[nodiscard]] std::vector<MemberState> states() const;
  /// Returns when the next suspicion expires.
  [[nodiscard]] std::optional<TimePoint> suspicion_deadline() const;
  /// Returns when the next unreachable member must be removed; nullopt without a majority.
  [[nodiscard]] std::optional<TimePoint> removal_deadline() const;

 private:
  void apply_to_self(const MemberState& news, TimePoint now, MemberChanges& changes);
  void replace(Member& member, const MemberState& news, TimePoint now, MemberChanges& changes);
  void apply_alive(Member& member, const MemberState& news, TimePoint now, MemberChanges& changes);
  void apply_suspect(Member& member, const MemberState& news, TimePoint now,
                     MemberChanges& changes);
  void apply_dead(Member& member, const MemberState& news, TimePoint now, MemberChanges& changes);
  void apply_left(Member& member, const MemberState& news, TimePoint now, MemberChanges& changes);
  void refute(std::uint64_t incarnation, TimePoint now, MemberChanges& changes);
  void forget_oldest();
  [[nodiscard]] bool is_majority() const;

  MembershipOptions options_;
  std::string self_name_;
  std::map<std::string, Member> members_;
  std::map<std::string, Suspicion> suspicions_;
  std::map<std::string, BootId> replaced_;  ///< the boot before the present one, by name
  bool leaving_ = false;
};

}  // namespace kith::cluster
