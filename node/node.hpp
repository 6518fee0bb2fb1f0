// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "cluster/member.hpp"
#include "core/result.hpp"
#include "node/node_options.hpp"
#include "registry/candidate.hpp"
#include "resilience/shared_circuit_breaker.hpp"
#include "resilience/shared_rate_limiter.hpp"
#include "table/partitioned_table.hpp"

namespace kith {

class TableDirectory;

namespace node {
class ClusterView;
}

/// Runs a member of a cluster inside this program.
///
///     auto node = kith::Node::start({.name = "a", .seeds = {"127.0.0.1:7400"}}).value();
///     auto limiter = node->rate_limiter("api", {.limit = 100, .window = 60s});
///
/// It owns a `System`, a transport and the process that maintains the membership. The destructor
/// leaves the cluster and ends all processes. Thread-safety: any thread; `stop` and the destructor
/// must not be called inside one of its processes.
class Node {
 public:
  /// Binds the address, starts the node and begins to join the seeds without waiting. Errors:
  /// `input_output` (address in use), `invalid_argument` (name, address), `unauthorised` (beyond
  /// loopback without `insecure`).
  static Result<std::unique_ptr<Node>> start(NodeOptions options);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] System& system();
  [[nodiscard]] const NodeId& id() const;
  [[nodiscard]] const std::string& name() const { return id().name; }
  [[nodiscard]] const std::string& cluster() const;
  /// The address at which other nodes, apps and the command reach this node.
  [[nodiscard]] const transport::Address& address() const;
  /// The address it listens at; differs from `address` only if another one is advertised.
  [[nodiscard]] const transport::Address& listens_at() const;

  /// Returns all known members, this node included, sorted by name.
  [[nodiscard]] std::vector<cluster::Member> members() const;
  /// Returns true once a node has admitted this one, or if there was no seed to ask.
  [[nodiscard]] bool joined() const;
  /// Waits until `count` members take part; false after `timeout` or if the node is stopped.
  bool wait_for_members(std::size_t count, Duration timeout);
  /// Joins through the node at `address` and waits until that node is a member. Errors, each with
  /// what was found at the address: `invalid_argument` (not host:port), `no_connection` (unknown
  /// host, nothing listens), `conflict` (refused: the name is taken, another cluster or version),
  /// `timeout`. After an error the address is not dialled again, unless it is a seed.
  Result<void> join(const transport::Address& address);
  /// Leaves the cluster; the node keeps running alone.
  Result<void> leave();
  /// Leaves the cluster and ends all processes. Called by the destructor.
  void stop();

  /// Registers a process of this node under a cluster-wide name until it ends. Errors:
  /// `already_exists` (the text names the holder), `no_process`, `invalid_argument`.
  Result<void> register_global(const std::string& name, Pid pid, Value metadata = {});
  /// Returns a value for `StartOptions::register_as`: the server registers the cluster-wide name
  /// before it is ready, and again after each restart by a supervisor.
  ///
  ///     StartOptions options{.register_as = node.registration("config")};
  ///     auto config = Agent<int>::start(node, [] { return 1; }, options);
  ///
  /// The start fails as `register_global` does while another process holds the name. The node must
  /// outlive its use.
  [[nodiscard]] Registration registration(std::string name, Value metadata = {});
  /// Unregisters a name of this node. Error: `not_found`.
  Result<void> unregister_global(const std::string& name);
  /// Returns the holder of a name on any node, or nullopt.
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const;
  /// Returns all names with their holders.
  [[nodiscard]] std::map<std::string, registry::Candidate> names() const;
  /// Returns the names that match `query`, sorted; pages through large registries.
  [[nodiscard]] std::vector<std::pair<std::string, registry::Candidate>> names(
      const registry::NameQuery& query) const;
  /// Refers to a server by its cluster-wide name, resolved at each use. All messages of `P` need
  /// `KITH_WIRE`.
  template <typename P>
  [[nodiscard]] ServerRef<P> global(std::string name) {
    (void)P::can_cross_nodes();
    return ServerRef<P>(&system(), names_resolver(), std::move(name));
  }

  /// Returns a rate limit that all nodes share.
  [[nodiscard]] SharedRateLimiter rate_limiter(std::string name, RateLimiterOptions options);
  /// Returns a circuit breaker that all nodes share.
  [[nodiscard]] SharedCircuitBreaker breaker(std::string name, CircuitBreakerOptions options);
  /// Returns a shared breaker with the definition in force, or the default options if none is.
  [[nodiscard]] SharedCircuitBreaker breaker(std::string name);
  /// Returns a table that all nodes share.
  [[nodiscard]] PartitionedTable table(std::string name);
  /// The tables of this node alone: those owned by its processes (table_directory.hpp), and those
  /// created by `kith table create` and apps, which live until the node stops.
  [[nodiscard]] const TableDirectory& local_tables() const;

  /// Returns the contents of `kith info`: identity, members, counters.
  [[nodiscard]] Value info() const;
  /// Partition and membership view, for the gateway and tests.
  [[nodiscard]] const node::ClusterView& view() const;
  /// Sets the callback for an app's request to leave; called at once if there was one already.
  void on_leave_request(std::function<void()> callback);
  /// Requests the node to leave, as an app does.
  void request_leave();

 private:
  struct World;
  explicit Node(std::unique_ptr<World> world);
  [[nodiscard]] std::shared_ptr<const Resolver> names_resolver() const;

  std::unique_ptr<World> world_;
};

}  // namespace kith
