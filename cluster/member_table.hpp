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

/// What a change of the member list leads to.
struct MemberChanges {
  std::vector<MemberEvent> events;
  std::vector<MemberState> news;  ///< to be gossiped
  int health = 0;                 ///< for the local health score: having to refute is a bad sign
};

/// The member list and the rules by which news changes it: newer boots replace older ones; within a
/// boot the higher incarnation wins, and at the same incarnation death beats suspicion beats life.
/// Source: SWIM section 4.2; memberlist, state.go (M-013 to M-020). Thread-safety: none; plain
/// value.
class MemberTable {
 public:
  MemberTable(const MembershipOptions& options, Member self);

  /// News about one member, as heard by gossip or from itself.
  void apply(const MemberState& news, TimePoint now, MemberChanges& changes);
  /// Another node's whole list: whom `sender` thinks dead becomes only suspect, so that it can
  /// refute (M-020).
  void merge(const std::vector<MemberState>& list, const std::string& sender, TimePoint now,
             MemberChanges& changes);
  /// This node suspects a member.
  void accuse(const std::string& name, TimePoint now, MemberChanges& changes);
  /// Suspicions that ran out become unreachable, the unreachable are removed after their delay by a
  /// majority.
  void expire(TimePoint now, bool may_expire_suspicions, MemberChanges& changes);
  /// Gives all suspects more time.
  void extend_suspicions(Duration by);
  /// Raises this node's own start above `started`, which an earlier boot of its name had.
  void raise_start(std::int64_t started, TimePoint now, MemberChanges& changes);
  /// This node's goodbye; from now on it refutes nothing.
  MemberState say_goodbye(TimePoint now);

  [[nodiscard]] const Member& self() const { return members_.at(self_name_); }
  [[nodiscard]] const std::map<std::string, Member>& members() const { return members_; }
  /// The member of that name, or null.
  [[nodiscard]] const Member* find(const std::string& name) const;
  /// True when this boot of the name was followed by a newer one.
  [[nodiscard]] bool is_replaced(const NodeId& id) const;
  /// Up and suspect members, this node included.
  [[nodiscard]] std::size_t active_count() const;
  /// What this node says about a member.
  [[nodiscard]] MemberState state_of(const Member& member) const;
  /// What this node says about everybody, itself included.
  [[nodiscard]] std::vector<MemberState> states() const;
  /// When the next suspicion runs out.
  [[nodiscard]] std::optional<TimePoint> suspicion_deadline() const;
  /// When the next unreachable member is to be removed.
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
  std::map<std::string, BootId> replaced_;  ///< the boot before the present one
  bool leaving_ = false;
};

}  // namespace kith::cluster
