// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/dissemination.hpp"
#include "cluster/hlc.hpp"
#include "cluster/log_messages.hpp"
#include "cluster/membership.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "registry/name_directory.hpp"
#include "transport/codec.hpp"

namespace kith::testing {

/// The quality of the simulated network.
struct LineOptions {
  Duration latency_least = std::chrono::microseconds{200};
  Duration latency_most = std::chrono::milliseconds{1};
  double loss = 0;
};

/// Membership, dissemination and name directories of many nodes in virtual time and a simulated
/// network, all from one seed. Messages are encoded as in production.
class MembershipCluster {
 public:
  struct Node {
    Node(const cluster::MembershipOptions& options, const cluster::Member& self,
         std::uint64_t seed);
    cluster::Membership membership;
    cluster::Dissemination dissemination;
    registry::NameDirectory names;
    cluster::HybridClock clock;
    std::vector<registry::NameEvent> name_events;
    std::vector<std::pair<TimePoint, cluster::MemberEvent>> events;
    bool alive = true;
    bool frozen = false;      ///< stopped, as by SIGSTOP
    std::uint64_t timer = 0;  ///< number of the valid timer
  };

  MembershipCluster(cluster::MembershipOptions options, std::uint64_t seed);

  LineOptions line;

  /// Starts a node that dials the address of `seed_name`, unless that is empty.
  Node& start(const std::string& name, const std::string& seed_name, std::string address = {});
  /// Ends a node without notice. With `told` the connections of others to it break, as when a
  /// process is killed; otherwise it becomes silent, as when a machine loses power.
  void kill(const std::string& name, bool told);
  void leave(const std::string& name);
  /// Only nodes of the same group can communicate; a node without a group is in group 0.
  void split(std::map<std::string, int> groups) { groups_ = std::move(groups); }
  void heal() { groups_.clear(); }
  void freeze(const std::string& name) { node(name).frozen = true; }
  void thaw(const std::string& name);
  void register_name(const std::string& node_name, const std::string& name, std::uint32_t index);
  void unregister_name(const std::string& node_name, const std::string& name);

  void run_for(Duration duration);
  /// Runs until the condition holds; returns false after `at_most`.
  bool run_until(const std::function<bool()>& condition, Duration at_most);

  Node& node(const std::string& name) { return *nodes_.at(name); }
  [[nodiscard]] std::vector<std::string> living() const;
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] WallTime wall() const;
  /// Returns whether every live node has exactly the live nodes as up.
  [[nodiscard]] bool agrees() const;
  [[nodiscard]] bool names_agree() const;
  /// Returns the members that this node has in this status.
  [[nodiscard]] std::vector<std::string> who(const std::string& name,
                                             cluster::MemberStatus status) const;
  /// Returns the first event of this kind about `subject` at `name`, not before `from`.
  [[nodiscard]] std::optional<TimePoint> first_event(const std::string& name,
                                                     cluster::MemberEvent::Kind kind,
                                                     const std::string& subject,
                                                     TimePoint from) const;
  /// Returns all events, one per line.
  [[nodiscard]] const std::string& log() const { return log_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  void at(TimePoint when, std::function<void()> what);
  void perform(const std::string& name, cluster::MembershipEffects effects);
  void perform(const std::string& name, cluster::DisseminationEffects effects);
  void transmit(const std::string& from, const transport::Address& to, Bytes bytes);
  void deliver(const transport::Peer& from, const std::string& to, const Bytes& bytes);
  void arm(const std::string& name);
  void tick(const std::string& name);
  void note(const std::string& name, const std::string& text);
  [[nodiscard]] bool connected(const std::string& a, const std::string& b) const;

  cluster::MembershipOptions options_;
  Random random_;
  transport::MessagePack format_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Node>> dead_;
  std::map<transport::Address, std::string> addresses_;
  std::map<std::string, int> groups_;
  std::map<std::pair<TimePoint, std::uint64_t>, std::function<void()>> queue_;
  TimePoint now_{std::chrono::hours{1}};
  std::uint64_t order_ = 0;
  std::uint64_t messages_ = 0;
  std::string log_;
};

}  // namespace kith::testing
