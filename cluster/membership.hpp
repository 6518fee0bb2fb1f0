// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/awareness.hpp"
#include "cluster/dialler.hpp"
#include "cluster/member.hpp"
#include "cluster/member_table.hpp"
#include "cluster/membership_options.hpp"
#include "cluster/messages.hpp"
#include "cluster/probe_list.hpp"
#include "cluster/quiet_line.hpp"
#include "cluster/retransmit_queue.hpp"
#include "core/clock.hpp"
#include "core/node_id.hpp"
#include "core/random.hpp"
#include "transport/transport.hpp"

namespace kith::cluster {

/// Result of a step of `Membership`: messages to send, in order, and events to act on.
struct MembershipEffects {
  struct Send {
    transport::Address to;
    MembershipMessage message;
  };
  std::vector<Send> sends;
  std::vector<MemberEvent> events;
  bool members_changed = false;  ///< the list has changed, possibly only an incarnation
  Duration stood_still{};        ///< how late this step is, if that is a stall; otherwise 0
};

/// Decides which nodes are members: SWIM with memberlist's rules, Lifeguard, and the quiet-line and
/// own-stall rules. The caller calls `start` once, then `receive` for each message and `tick` at
/// `next_deadline()`, and performs the effects that each call returns.
///
/// Pure logic: equal calls return equal effects. A member that does not answer becomes suspect,
/// then unreachable, then (on the side of a majority) removed; it is dialled without end.
/// Invariants: all active members except this node are in `probe_list_`; `finish` derives
/// `missing_seeds_` and the targets of `dialler_` from seeds and members after each step; once
/// `silent_` no step has effects. Thread-safety: none; plain value. Errors: none; refusals are
/// `join_refused` events. Source: docs/cluster-protocol.md#membership; SWIM (Das et al. 2002);
/// Lifeguard (Dadgar et al. 2017).
class Membership {
 public:
  /// `self` has its address, weight and start; `seed` determines all random choices.
  Membership(const MembershipOptions& options, const Member& self, std::uint64_t seed);

  /// Starts; dials `seeds` without end while their nodes are not members. Call once.
  MembershipEffects start(const std::vector<transport::Address>& seeds, TimePoint now);
  /// Dials one more address, like a seed.
  MembershipEffects join(const transport::Address& address, TimePoint now);
  /// Stops dialling an address of `join` or a seed of `start`.
  void forget(const transport::Address& address, TimePoint now);
  /// Handles a message.
  MembershipEffects receive(const transport::Peer& from, const MembershipMessage& message,
                            TimePoint now);
  /// Handles all deadlines up to `now`.
  MembershipEffects tick(TimePoint now);
  /// Sends a goodbye to all members; this node is silent afterwards.
  MembershipEffects leave(TimePoint now);
  /// Probes a member at once, because it may have failed (its connection broke).
  MembershipEffects probe_soon(const std::string& name, TimePoint now);

  /// Returns the time of the next `tick`; nullopt once silent.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Returns all known nodes, including this one, by name.
  [[nodiscard]] const std::map<std::string, Member>& members() const { return table_.members(); }
  /// Returns this node; its start and incarnation may have increased.
  [[nodiscard]] const Member& self() const { return table_.self(); }
  /// Returns true once a node has accepted this one, or if there was no seed.
  [[nodiscard]] bool joined() const { return joined_; }
  /// Returns the seeds, and addresses given to `join`, whose nodes are not members.
  [[nodiscard]] const std::set<transport::Address>& missing_seeds() const { return missing_seeds_; }
  /// Returns true once this node has left or was replaced by a newer boot: it sends nothing more.
  [[nodiscard]] bool is_silent() const { return silent_; }
  /// Returns true if the node at that address is a member, also under another address.
  [[nodiscard]] bool is_satisfied(const transport::Address& seed) const;
  /// Returns true while the line is silent: this node suspects itself and accuses no member.
  [[nodiscard]] bool isolated(TimePoint now) const;

 private:
  using Effects = MembershipEffects;

  /// A probe of a member that has not been acknowledged. The target is asked directly, then by
  /// others at `ask_others_at`; the probe fails at `failed_at`, or when all helpers sent a nack.
  struct Probe {
    NodeId target;
    TimePoint ask_others_at;
    TimePoint failed_at;
    bool asked_others = false;
    int nacks_expected = 0;
    int nacks = 0;
  };
  /// A probe on behalf of another member.
  struct Relay {
    transport::Address asker;
    std::uint64_t asker_sequence = 0;
    TimePoint nack_at;
    TimePoint over_at;
    bool nacked = false;
  };
  /// A refusal that is not reported yet, because another seed may still accept.
  struct PendingRefusal {
    MemberEvent event;
    TimePoint over_at;
  };
  /// A ping to a member whose name a node at another address wants to join with.
  struct NameCheck {
    transport::Address joiner;
    transport::Address dialled;
    TimePoint over_at;
  };

  // membership.cpp: joining, answering, spreading
  void on(const transport::Peer& from, const Ping& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const PingRequest& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const Ack& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const Nack& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const Gossip& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const PushPull& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const JoinRequest& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const JoinAnswer& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const Leave& message, TimePoint now, Effects& effects);
  void refuse(const transport::Address& to, const transport::Address& dialled, Refusal refusal,
              std::string reason, Effects& effects);
  void tell_refusal(MemberEvent event, TimePoint now, Effects& effects);
  void work_off_refusal(TimePoint now, Effects& effects);
  void give_way(const transport::Peer& elder, TimePoint now, Effects& effects);
  void refuse_stale(const transport::Peer& from, Effects& effects);
  void on_refusal(const transport::Peer& from, const JoinAnswer& message, TimePoint now,
                  Effects& effects);
  void check_name(const JoinRequest& message, const Member& owner, TimePoint now, Effects& effects);
  void tell_lost(const transport::Peer& from, Effects& effects);
  [[nodiscard]] JoinRequest join_request(const transport::Address& address) const;
  [[nodiscard]] bool is_known(const NodeId& id) const;
  void apply_changes(MemberChanges changes, Effects& effects);
  void finish(TimePoint now);
  void dial(TimePoint now, Effects& effects);

  // membership_probe.cpp: detecting failures
  void probe_next(TimePoint now, Effects& effects);
  void probe(const Member& target, TimePoint now, Effects& effects);
  void ask_others(std::uint64_t sequence, Probe& probe, Effects& effects);
  void fail(const Probe& probe, TimePoint now, Effects& effects);
  void work_off_probes(TimePoint now, Effects& effects);
  void work_off_relays(TimePoint now, Effects& effects);
  void work_off_name_checks(TimePoint now, Effects& effects);
  void gossip(TimePoint now, Effects& effects);
  void push_pull(TimePoint now, Effects& effects);
  void compensate_stall(TimePoint now, Effects& effects);
  void record_next_step(TimePoint now);
  [[nodiscard]] std::vector<MemberState> take_news(const std::string& receiver);
  [[nodiscard]] bool is_quiet_rule_on() const;
  [[nodiscard]] std::vector<std::string> active_others(const std::string& except = {}) const;
  [[nodiscard]] std::vector<std::string> gossip_receivers(TimePoint now) const;

  MembershipOptions options_;
  Random random_;
  MemberTable table_;
  Awareness awareness_;
  RetransmitQueue queue_;
  ProbeList probe_list_;
  Dialler dialler_;
  QuietLine quiet_line_;
  std::map<transport::Address, std::string> seeds_;  ///< with the name that answered; empty: none
  std::set<transport::Address> missing_seeds_;       ///< derived from seeds and members
  std::map<std::uint64_t, Probe> probes_;
  std::map<std::uint64_t, Relay> relays_;
  std::map<std::uint64_t, NameCheck> name_checks_;
  std::optional<PendingRefusal> refusal_;
  std::uint64_t sequence_ = 0;
  TimePoint next_probe_;
  TimePoint next_gossip_;
  TimePoint next_push_pull_;
  TimePoint next_step_at_;  ///< when the next step is due; a much later step reveals a stall
  bool started_ = false;
  bool joined_ = false;
  bool silent_ = false;  ///< left, or replaced by a newer boot
};

}  // namespace kith::cluster
