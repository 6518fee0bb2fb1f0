#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "node/node.hpp"
#include "transport/simulated_transport.hpp"

/// Tools for the tests of applications: virtual time, one thread, one seed. For processes alone a
/// `System` with `workers = 0` and a `ManualClock` is enough (docs/testing.md).
namespace kith::testing {

/// The seed of a simulation: the environment's KITH_SEED, else `otherwise`. Print it when a test
/// fails.
[[nodiscard]] std::uint64_t seed_from_environment(std::uint64_t otherwise);

/// What a simulated cluster is like.
struct SimulatedClusterOptions {
  std::size_t nodes = 3;
  std::uint64_t seed = 1;
  Profile profile = Profile::local;
  Duration latency_min = std::chrono::microseconds(200);
  Duration latency_max = std::chrono::milliseconds(2);
  double loss = 0;  ///< part of the control and state messages that is lost
  std::function<void(NodeOptions&)> prepare{};  ///< has the last word on the options of each node
};

/// A cluster of real nodes in one thread on virtual time and a simulated network: equal seeds and
/// equal calls give equal event logs, byte for byte. Node i is called "node<i>". Thread-safety:
/// none.
///
///     testing::SimulatedCluster cluster({.nodes = 5, .seed = 7});
///     ASSERT_TRUE(cluster.run_until([&] { return cluster.converged(); }, 30s));
///     cluster.split({0, 1});
///     cluster.run_for(60s);
///     cluster.heal();
class SimulatedCluster {
 public:
  explicit SimulatedCluster(SimulatedClusterOptions options = {});
  ~SimulatedCluster();
  SimulatedCluster(const SimulatedCluster&) = delete;
  SimulatedCluster& operator=(const SimulatedCluster&) = delete;

  /// A node that was not killed.
  [[nodiscard]] Node& node(std::size_t index);
  [[nodiscard]] bool is_running(std::size_t index) const;
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] ManualClock& clock() { return clock_; }
  [[nodiscard]] transport::SimulatedNetwork& network() { return *network_; }

  /// Lets virtual time pass.
  void run_for(Duration duration);
  /// Lets virtual time pass until `condition` holds; false after `patience`.
  bool run_until(const std::function<bool()>& condition, Duration patience);
  /// True when all running nodes have each other, and nobody else, as members that take part.
  [[nodiscard]] bool converged();

  /// Cuts these nodes off from all others, until `heal`.
  void split(const std::vector<std::size_t>& group);
  void heal();
  /// Ends a node without a word.
  void kill(std::size_t index);
  /// Starts a killed node again, under its name and with a new boot.
  void restart(std::size_t index);

  /// What all nodes have logged, with virtual time and the node's name, one line each.
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
