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

/// A member of a cluster inside this program: a `System`, a transport and the cluster's process.
/// Ends in an orderly way when it is destroyed. Thread-safety: any thread; `stop` and the
/// destructor not from inside one of its processes.
///
///     auto node = kith::Node::start({.name = "a", .seeds = {"127.0.0.1:7400"}}).value();
///     auto limiter = node->rate_limiter("api", {.limit = 100, .window = 60s});
class Node {
 public:
  /// Binds, starts everything and begins to join the seeds, without waiting for them. Errors:
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
  /// Where other nodes, apps and the command reach it.
  [[nodiscard]] const transport::Address& address() const;
  /// Where it listens; the same, unless another address was advertised.
  [[nodiscard]] const transport::Address& listens_at() const;

  /// All known members, this one included, by name.
  [[nodiscard]] std::vector<cluster::Member> members() const;
  /// True when a node has let this one in, or there was none to ask.
  [[nodiscard]] bool joined() const;
  /// Waits until so many members take part; false after `timeout` or when the node is stopped.
  bool wait_for_members(std::size_t count, Duration timeout);
  /// Joins through one more node and waits until that is a member. Errors, each with what was found
  /// at the address: `invalid_argument` (not host:port), `no_connection` (unknown host, nothing
  /// listens), `conflict` (refused: the name is taken, another cluster or version), `timeout`.
  /// After an error the address is not dialled any further, unless it is a seed.
  Result<void> join(const transport::Address& address);
  /// Says goodbye to the cluster; the node goes on alone and silent.
  Result<void> leave();
  /// Leaves and ends all processes. Called by the destructor.
  void stop();

  /// Gives a process of this node a name that holds in the whole cluster until it ends. Errors:
  /// `already_exists` (the text names the holder), `no_process`, `invalid_argument`.
  Result<void> register_global(const std::string& name, Pid pid, Value metadata = {});
  /// What `StartOptions::register_as` wants, so that a server has a name of the cluster before it
  /// is ready and each restart by a supervisor takes it again:
  ///
  ///     child<Config>("config", StartOptions{.register_as = node.registration("config")})
  ///
  /// While another process has the name the start fails as `register_global` does. The node must
  /// outlive its use.
  [[nodiscard]] Registration registration(std::string name, Value metadata = {});
  /// Takes it back. Error: `not_found`.
  Result<void> unregister_global(const std::string& name);
  /// Who has the name, wherever it lives.
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const;
  /// All names with their holders.
  [[nodiscard]] std::map<std::string, registry::Candidate> names() const;
  /// Some of them, in order: for lists of a million.
  [[nodiscard]] std::vector<std::pair<std::string, registry::Candidate>> names(
      const registry::NameQuery& query) const;
  /// A server of the cluster by name, looked up at each use. All messages of `P` need `KITH_WIRE`.
  template <typename P>
  [[nodiscard]] ServerRef<P> global(std::string name) {
    (void)P::can_cross_nodes();
    return ServerRef<P>(&system(), names_resolver(), std::move(name));
  }

  /// A rate limit that all nodes share.
  [[nodiscard]] SharedRateLimiter rate_limiter(std::string name, RateLimiterOptions options);
  /// A circuit breaker that all nodes share.
  [[nodiscard]] SharedCircuitBreaker breaker(std::string name, CircuitBreakerOptions options);
  /// The same by the definition in force, or the usual one when nothing has defined it yet.
  [[nodiscard]] SharedCircuitBreaker breaker(std::string name);
  /// A table that all nodes share.
  [[nodiscard]] PartitionedTable table(std::string name);
  /// The tables of this node alone: those that its processes own (table_directory.hpp), and
  /// those that `kith table create` and apps have made, which live as long as the node.
  [[nodiscard]] const TableDirectory& local_tables() const;

  /// What `kith info` shows: identity, members, counters.
  [[nodiscard]] Value info() const;
  /// Where keys live and who is there. For the gateway and tests.
  [[nodiscard]] const node::ClusterView& view() const;
  /// Called when an app asks the node to leave; at once when one has asked already.
  void on_leave_request(std::function<void()> callback);
  void request_leave();

 private:
  struct World;
  explicit Node(std::unique_ptr<World> world);
  [[nodiscard]] std::shared_ptr<const Resolver> names_resolver() const;

  std::unique_ptr<World> world_;
};

}  // namespace kith
