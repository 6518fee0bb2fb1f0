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

/// The pace and the bounds of dissemination. Thread-safety: plain value.
struct DisseminationOptions {
  /// Own changes are collected for so long, then pushed to all members.
  Duration push_delay = std::chrono::milliseconds{2};
  /// Digests are exchanged with one random member.
  Duration anti_entropy_interval = std::chrono::seconds{10};
  /// A lost digest or answer to a new member is made good after this.
  Duration retry_interval = std::chrono::seconds{1};
  /// Content of one message: leaves room in a frame of `limits::frame_size_bytes_max`.
  std::size_t message_size_bytes_max = 256U << 10U;
  /// Entries of this node's own log.
  std::size_t entries_max = 1'000'000;
};

/// A change of what is known, for indexes on top. `entry` is empty unless one entry is meant.
struct LogEvent {
  enum class Kind : std::uint8_t {
    added,     ///< an entry appeared or changed
    removed,   ///< an entry is gone
    hidden,    ///< all entries of this owner are to be hidden: it is unreachable
    revealed,  ///< all entries of this owner count again
  };
  Kind kind = Kind::added;
  NodeId owner;
  LogKey key;
  LogEntry entry;  ///< added: as it is now; removed: as it was
};

/// What a step of `Dissemination` wants done.
struct DisseminationEffects {
  struct Send {
    transport::Address to;
    DisseminationMessage message;
  };
  std::vector<Send> sends;
  std::vector<LogEvent> events;
};

/// The logs of all members, each written by its owner alone and spread by push and anti-entropy.
/// Merging is idempotent and commutative: the newer version of an owner's log wins, a snapshot
/// replaces all of it, so that nothing deleted can come back and no tombstones are needed.
/// Logs of nodes that are not members are neither stored nor passed on. Pure logic.
/// Thread-safety: none; plain value. Source: docs/cluster-protocol.md#dissemination.
class Dissemination {
 public:
  Dissemination(const DisseminationOptions& options, const Member& self, std::uint64_t seed);

  /// Writes an entry of this node. Errors: `invalid_argument` (key or value too long for a frame),
  /// `overloaded` (`entries_max`).
  Result<DisseminationEffects> put(const LogKey& key, LogContent content, TimePoint now);
  /// Takes an entry of this node back; nothing when there is none.
  DisseminationEffects erase(const LogKey& key, TimePoint now);
  /// Follows the member list: what membership says goes in here first.
  DisseminationEffects apply(const MemberEvent& event, TimePoint now);
  /// Takes a message.
  DisseminationEffects receive(const transport::Peer& from, const DisseminationMessage& message,
                               TimePoint now);
  /// Does what is due.
  DisseminationEffects tick(TimePoint now);

  /// When `tick` is to be called next.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// The logs of this node and of all members, by the owner's name.
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
    std::optional<LogEntry> entry;  ///< empty: erased
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
  std::set<std::string> unheard_;  ///< members whose log was asked for and did not come
  std::uint64_t pushed_ = 0;       ///< sequence up to which everybody was told
  std::optional<TimePoint> push_at_;
  std::optional<TimePoint> retry_at_;
  TimePoint anti_entropy_at_;
};

}  // namespace kith::cluster
