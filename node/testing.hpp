// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "node/node.hpp"
#include "transport/simulated_transport.hpp"

/// Deterministic tests of applications: virtual time, one thread, one seed. Tests without a cluster
/// only need a `System` with `workers = 0` and a `ManualClock` (docs/testing.md).
namespace kith::testing {

/// Returns the seed of a simulation: KITH_SEED of the environment, else `otherwise`. Print it if a
/// test fails.
[[nodiscard]] std::uint64_t seed_from_environment(std::uint64_t otherwise);

/// Configures a simulated cluster. Thread-safety: plain value.
struct SimulatedClusterOptions {
  std::size_t nodes = 3;
  std::uint64_t seed = 1;
  Profile profile = Profile::local;
  Duration latency_min = std::chrono::microseconds(200);
  Duration latency_max = std::chrono::milliseconds(2);
  double loss = 0;  ///< fraction of the control and state messages that is lost
  std::function<void(NodeOptions&)> prepare{};  ///< changes the options of each node, applied last
};

/// Runs a cluster of real nodes in one thread on virtual time and a simulated network.
///
///     testing::SimulatedCluster cluster({.nodes = 5, .seed = 7});
///     const bool joined = cluster.run_until([&] { return cluster.converged(); }, 30s);
///     cluster.split({0, 1});
///     cluster.run_for(60s);
///     cluster.heal();
///
/// Equal seeds and equal calls give identical event logs. Node i is called "node<i>".
/// Thread-safety: none.
class SimulatedCluster {
 public:
  explicit SimulatedCluster(SimulatedClusterOptions options = {});
  ~SimulatedCluster();
  SimulatedCluster(const SimulatedCluster&) = delete;
  SimulatedCluster& operator=(const SimulatedCluster&) = delete;

  /// Returns the node with this index, which must not be killed.
  [[nodiscard]] Node& node(std::size_t index);
  [[nodiscard]] bool is_running(std::size_t index) const;
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] ManualClock& clock() { return clock_; }
  [[nodiscard]] transport::SimulatedNetwork& network() { return *network_; }

  /// Advances virtual time by `duration`.
  void run_for(Duration duration);
  /// Advances virtual time until `condition` holds; false after `timeout`.
  bool run_until(const std::function<bool()>& condition, Duration timeout);
  /// Returns true if the active members known to every running node are exactly the running nodes.
  [[nodiscard]] bool converged();

  /// Partitions the network between these nodes and all others, until `heal`.
  void split(const std::vector<std::size_t>& group);
  void heal();
  /// Crashes a node: it does not leave the cluster.
  void kill(std::size_t index);
  /// Restarts a killed node under its name and with a new boot id.
  void restart(std::size_t index);

  /// The logs of all nodes, one line per entry with virtual time and the node's name.
  [[nodiscard]] const std::string& event_log() const { return *event_log_; }

 private:
  void start(std::size_t index);
  bool step();
  bool run_ready();
  void advance_to(TimePoint limit);
  [[nodiscard]] std::string address_of(std::size_t index) const;

  SimulatedClusterOptions options_;
  ManualClock clock_;
  std::unique_ptr<transport::SimulatedNetwork> network_;
  std::shared_ptr<std::string> event_log_ = std::make_shared<std::string>();
  std::vector<std::unique_ptr<Node>> nodes_;
  std::uint64_t starts_ = 0;
};

}  // namespace kith::testing
