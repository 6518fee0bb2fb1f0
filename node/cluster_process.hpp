// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/gen_server.hpp"
#include "cluster/dissemination.hpp"
#include "cluster/hlc.hpp"
#include "cluster/membership.hpp"
#include "cluster/remote_router.hpp"
#include "core/log.hpp"
#include "node/cluster_view.hpp"
#include "node/join_diary.hpp"
#include "node/join_look.hpp"
#include "registry/global_registry.hpp"
#include "transport/transport.hpp"

namespace kith::node {

/// Delivers a frame of the control or state stream.
struct FrameArrived {
  transport::Peer from;
  Bytes message;
};
/// Reports that the app stream to a peer broke.
struct PeerLost {
  NodeId peer;
};
/// Dials an address; replies once its node is a member.
struct JoinCluster {
  using Reply = void;
  transport::Address address;
};
/// Leaves the cluster.
struct LeaveCluster {
  using Reply = void;
};
/// Publishes a name of a local process.
struct RegisterName {
  using Reply = void;
  std::string name;
  Pid pid;
  Value metadata;
};
/// Unregisters a name of this node.
struct UnregisterName {
  using Reply = void;
  std::string name;
  Pid holder;  ///< unregisters only from this process; null: from any
};
/// Reports what `ClusterParts::look` found at an address through which this node has not joined.
struct SeedSeen {
  transport::Address address;
  JoinObstacle obstacle;
};
/// Timer message: some deadline is due.
struct Tick {};

using ClusterProtocol = Protocol<FrameArrived, PeerLost, JoinCluster, LeaveCluster, RegisterName,
                                 UnregisterName, SeedSeen, Tick>;

/// Passes the dependencies of the cluster process, which must outlive it. Thread-safety: plain
/// value.
struct ClusterParts {
  transport::Transport& transport;
  cluster::RemoteRouter& router;
  ClusterView& view;
  GlobalRegistry& names;
  const WireFormat& format;
  std::shared_ptr<Log> log;
  cluster::MembershipOptions membership;
  cluster::Member self;
  std::vector<transport::Address> seeds;
  std::uint64_t seed;
  std::function<void(const Error&)> on_refused;  ///< see `NodeOptions`; may be null
  /// Finds out why this node cannot join through an address; may block. Null: not supported.
  std::function<JoinObstacle(const transport::Address&)> look;
};

/// Runs membership and dissemination: feeds them messages and time, and performs the effects that
/// they return. Thread-safety: a process.
class ClusterProcess : public GenServer<ClusterProcess, ClusterProtocol> {
 public:
  explicit ClusterProcess(ClusterParts parts);

  void init();
  void handle_cast(const FrameArrived& frame);
  void handle_cast(const PeerLost& lost);
  void handle_cast(const SeedSeen& seen);
  void handle_cast(const Tick&);
  void handle_call(const JoinCluster& request, From<void> from);
  void handle_call(const LeaveCluster&);
  /// Errors: `already_exists` (the text names the holder), `no_process`, `invalid_argument`.
  Result<void> handle_call(const RegisterName& request);
  Result<void> handle_call(const UnregisterName& request);
  void handle_info(const Down& down);

 private:
  struct PendingJoin {
    transport::Address address;
    TimePoint deadline;
    From<void> from;
    JoinObstacle obstacle;  ///< the latest finding at the address
  };
  struct OwnName {
    Pid pid;
    Reference watch;
  };

  void perform(cluster::MembershipEffects effects);
  void perform(cluster::DisseminationEffects effects);
  void on_member_event(const cluster::MemberEvent& event);
  void on_name_event(const registry::NameEvent& event);
  void look_at(const transport::Address& address);
  void answer_joins();
  void give_up_joins();
  void fail_joins(const transport::Address& address, const Error& why);
  void on_refusal(const cluster::MemberEvent& event);
  void take_name_back(const std::string& name);
  void publish_view();
  /// Ends each step: replies to joins that are satisfied, and arms the timer for the next deadline.
  void settle();

  [[nodiscard]] TimePoint now() const { return current_system()->clock().now(); }

  ClusterParts parts_;
  cluster::Membership membership_;
  cluster::Dissemination dissemination_;
  cluster::HybridClock hybrid_clock_;
  std::map<std::string, OwnName> own_names_;
  std::vector<PendingJoin> joins_;
  JoinDiary diary_;
  std::optional<Timer> timer_;
  TimePoint timer_due_;
};

}  // namespace kith::node
