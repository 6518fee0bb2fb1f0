// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/hlc.hpp"
#include "cluster/log_messages.hpp"
#include "cluster/member.hpp"
#include "cluster/owner_log.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "transport/transport.hpp"

namespace kith::cluster {

/// Timing and bounds of dissemination. Thread-safety: plain value.
struct DisseminationOptions {
  /// Time to collect own changes before they are pushed to all members. A higher value sends fewer
  /// messages, but spreads changes later.
  Duration push_delay = std::chrono::milliseconds{2};
  /// Interval of digests to one random member. A higher value sends less, but repairs lost pushes
  /// later.
  Duration anti_entropy_interval = std::chrono::seconds{10};
  /// Interval of digests to a new member until it answers.
  Duration retry_interval = std::chrono::seconds{1};
  /// Content of one message; leaves room in a frame of `limits::frame_size_bytes_max`.
  std::size_t message_size_bytes_max = 256U << 10U;
  /// Entries of this node's own log; each costs memory on every member.
  std::size_t entries_max = 1'000'000;
};

/// Notifies indexes on top of a change. `entry` is empty for changes of a whole log.
struct LogEvent {
  enum class Kind : std::uint8_t {
    added,     ///< an entry was added or changed
    removed,   ///< an entry was removed
    hidden,    ///< the owner is unreachable: none of its entries count
    revealed,  ///< the owner is reachable: its entries count again
  };
  Kind kind = Kind::added;
  NodeId owner;
  LogKey key;
  LogEntry entry;  ///< added: as it is now; removed: as it was
};

/// Result of a step of `Dissemination`: messages to send, in order, and events to act on.
struct DisseminationEffects {
  struct Send {
    transport::Address to;
    DisseminationMessage message;
  };
  std::vector<Send> sends;
  std::vector<LogEvent> events;
};

/// Replicates the logs of all members, each written only by its owner, by push and anti-entropy.
/// Merging is idempotent and commutative: the newer version of an owner's log wins, and a snapshot
/// replaces all of it, so deleted entries cannot return and need no tombstones.
/// Invariants: only this node and members (`peers_`) have logs, others are neither stored nor
/// forwarded; `unpushed_` has at most one change per key, the newest. Pure logic.
/// Thread-safety: none; plain value. Source: docs/cluster-protocol.md#dissemination.
class Dissemination {
 public:
  Dissemination(const DisseminationOptions& options, const Member& self, std::uint64_t seed);

  /// Writes an entry of this node. Errors: `invalid_argument` (key or value too long for a frame),
  /// `overloaded` (`entries_max`).
  Result<DisseminationEffects> put(const LogKey& key, LogContent content, TimePoint now);
  /// Deletes an entry of this node; does nothing if there is none.
  DisseminationEffects erase(const LogKey& key, TimePoint now);
  /// Applies a change of the member list. Must be called before messages of that member.
  DisseminationEffects apply(const MemberEvent& event, TimePoint now);
  /// Handles a message.
  DisseminationEffects receive(const transport::Peer& from, const DisseminationMessage& message,
                               TimePoint now);
  /// Handles all deadlines up to `now`.
  DisseminationEffects tick(TimePoint now);

  /// Returns the time of the next `tick`.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Returns the logs of this node and of all members, by the owner's name.
  [[nodiscard]] const std::map<std::string, OwnerLog>& logs() const { return logs_; }

 private:
  using Effects = DisseminationEffects;
  struct Peer {
    NodeId id;
    transport::Address address;
    bool reachable = true;
  };
  struct Change {
    LogKey key;
    std::optional<LogEntry> entry;  ///< nullopt: erased
  };

  void on(const transport::Peer& from, const LogDigest& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const LogDelta& message, TimePoint now, Effects& effects);
  void on(const transport::Peer& from, const LogSnapshot& message, TimePoint now, Effects& effects);
  void appeared(const Member& member, TimePoint now, Effects& effects);
  void gone(const Member& member, Effects& effects);
  void push(Effects& effects);
  void send_digest(const transport::Address& to, bool wants_answer, Effects& effects) const;
  void send_snapshot(const transport::Address& to, const std::string& owner,
                     Effects& effects) const;
  void replace_log(const NodeId& owner, OwnerLog log, Effects& effects);
  [[nodiscard]] bool is_member(const NodeId& id) const;

  DisseminationOptions options_;
  Random random_;
  NodeId self_;
  std::map<std::string, OwnerLog> logs_;
  std::map<std::string, Peer> peers_;
  std::map<std::string, SnapshotAssembly> assemblies_;
  std::map<std::uint64_t, Change> unpushed_;     ///< by sequence
  std::map<LogKey, std::uint64_t> unpushed_of_;  ///< the newest change of each key in `unpushed_`
  std::set<std::string> unanswered_;             ///< members that have not answered a digest yet
  std::uint64_t pushed_ = 0;                     ///< sequence up to which changes were pushed
  std::optional<TimePoint> push_at_;
  std::optional<TimePoint> retry_at_;
  TimePoint anti_entropy_at_;
};

}  // namespace kith::cluster
