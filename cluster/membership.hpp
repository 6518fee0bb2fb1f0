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

/// What a step of `Membership` wants done: messages to send, in order, and events to act on.
struct MembershipEffects {
  struct Send {
    transport::Address to;
    MembershipMessage message;
  };
  std::vector<Send> sends;
  std::vector<MemberEvent> events;
  bool members_changed = false;  ///< the list is another, if only by an incarnation
  Duration stood_still{};        ///< this node did nothing for so long, though something was due
};

/// Who is there: SWIM with memberlist's rules, Lifeguard, and the quiet-line and own-stall rules.
///
///     Membership membership(MembershipOptions::lan(), self, seed);
///     perform(membership.start({"10.0.0.1:7100"}, now));  // then, for ever:
///     perform(membership.receive(from, message, now));    // for each message
///     perform(membership.tick(now));                      // when next_deadline() has come
///
/// Pure logic: equal calls give equal effects. A member that does not answer becomes suspect, then
/// unreachable, then (on the side of a majority) removed; it is dialled for ever. Thread-safety:
/// none; plain value. Errors: none; refusals are `join_refused` events. Source:
/// docs/cluster-protocol.md#membership; SWIM (Das et al. 2002); Lifeguard (Dadgar et al. 2017).
class Membership {
 public:
  /// `self` has its address, weight and start; `seed` decides all random choices.
  Membership(const MembershipOptions& options, const Member& self, std::uint64_t seed);

  /// Begins; `seeds` are dialled for ever unless their nodes are members. Call once.
  MembershipEffects start(const std::vector<transport::Address>& seeds, TimePoint now);
  /// Dials one more address, as if it had been a seed.
  MembershipEffects join(const transport::Address& address, TimePoint now);
  /// Undoes `join` (or a seed of `start`): the address is not dialled any more.
  void forget(const transport::Address& address, TimePoint now);
  /// Takes a message.
  MembershipEffects receive(const transport::Peer& from, const MembershipMessage& message,
                            TimePoint now);
  /// Does what is due.
  MembershipEffects tick(TimePoint now);
  /// Says goodbye to everybody; afterwards this node is silent.
  MembershipEffects leave(TimePoint now);
  /// A hint that a member may be gone (its connection broke): probes it at once.
  MembershipEffects probe_soon(const std::string& name, TimePoint now);

  /// When `tick` is to be called next; nothing after `leave`.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Everybody known, this node included, by name.
  [[nodiscard]] const std::map<std::string, Member>& members() const { return table_.members(); }
  /// This node; its start and incarnation may have grown.
  [[nodiscard]] const Member& self() const { return table_.self(); }
  /// True when a node has let this one in, or there was no seed to ask.
  [[nodiscard]] bool joined() const { return joined_; }
  /// The seeds, and addresses given to `join`, whose nodes are not members.
  [[nodiscard]] const std::set<transport::Address>& missing_seeds() const { return missing_seeds_; }
  /// True once it has left or a newer boot has taken its place: it never speaks again.
  [[nodiscard]] bool is_silent() const { return silent_; }
  /// True when the node of that address is a member, under whatever address it is one.
  [[nodiscard]] bool is_satisfied(const transport::Address& seed) const;
  /// True while the line is silent: this node suspects itself and accuses nobody.
  [[nodiscard]] bool isolated(TimePoint now) const;

 private:
  using Effects = MembershipEffects;

  /// A question this node asked, waiting for its answer.
  struct Probe {
    NodeId target;
    TimePoint ask_others_at;
    TimePoint failed_at;
    bool asked_others = false;
    int nacks_expected = 0;
    int nacks = 0;
  };
  /// A question this node passes on for another member.
  struct Relay {
    transport::Address asker;
    std::uint64_t asker_sequence = 0;
    TimePoint nack_at;
    TimePoint over_at;
    bool nacked = false;
  };
  /// A no that waits for a yes of another seed.
  struct PendingRefusal {
    MemberEvent event;
    TimePoint over_at;
  };
  /// Somebody wants to join with the name of a member at another address: does that one answer?
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
  void absorb(MemberChanges changes, Effects& effects);
  void finish(TimePoint now);
  void dial(TimePoint now, Effects& effects);

  // membership_probe.cpp: finding out who is gone
  void probe_next(TimePoint now, Effects& effects);
  void probe(const Member& target, TimePoint now, Effects& effects);
  void ask_others(std::uint64_t sequence, Probe& probe, Effects& effects);
  void fail(const Probe& probe, TimePoint now, Effects& effects);
  void work_off_probes(TimePoint now, Effects& effects);
  void work_off_relays(TimePoint now, Effects& effects);
  void work_off_name_checks(TimePoint now, Effects& effects);
  void gossip(TimePoint now, Effects& effects);
  void push_pull(TimePoint now, Effects& effects);
  void forgive_stall(TimePoint now, Effects& effects);
  void promise(TimePoint now);
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
  std::map<transport::Address, std::string> seeds_;  ///< and the name that answered there, if any
  std::set<transport::Address> missing_seeds_;       ///< derived from seeds and members
  std::map<std::uint64_t, Probe> probes_;
  std::map<std::uint64_t, Relay> relays_;
  std::map<std::uint64_t, NameCheck> name_checks_;
  std::optional<PendingRefusal> refusal_;
  std::uint64_t sequence_ = 0;
  TimePoint next_probe_;
  TimePoint next_gossip_;
  TimePoint next_push_pull_;
  TimePoint promised_;  ///< when the next step was due: later means that this node stood still
  bool started_ = false;
  bool joined_ = false;
  bool silent_ = false;  ///< left, or replaced by a newer boot
};

}  // namespace kith::cluster
