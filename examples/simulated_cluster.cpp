// SPDX-License-Identifier: Apache-2.0

/// Tests a whole cluster without sockets, threads or waiting: real nodes run on a simulated network
/// and virtual time, deterministically for each seed. Here a network split lets two processes
/// register one name.

#include <chrono>
#include <iostream>
#include <string>

#include <kith/kith.hpp>
#include <kith/testing.hpp>

#include "check.hpp"

using namespace std::chrono_literals;
using kith::testing::SimulatedCluster;

std::string run(std::uint64_t seed) {
  SimulatedCluster cluster({.nodes = 3, .seed = seed});
  check(cluster.run_until([&] { return cluster.converged(); }, 30s), "three nodes find each other");

  // An agent on node 1 registers a name, and all nodes learn it.
  const auto first = kith::Agent<int>::start(cluster.node(1), [] { return 1; }).value();
  cluster.node(1).register_global("leader", first.pid()).value();
  const auto everybody_knows = [&](kith::Pid pid) {
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      if (cluster.node(i).whereis("leader") != pid) return false;
    }
    return true;
  };
  check(cluster.run_until([&] { return everybody_knows(first.pid()); }, 30s), "news travel");

  // The network splits; the other side loses the name and registers it again.
  cluster.split({1});
  check(cluster.run_until([&] { return !cluster.node(0).whereis("leader"); }, 120s),
        "the names of unreachable nodes are hidden");
  const auto second = kith::Agent<int>::start(cluster.node(0), [] { return 2; }).value();
  cluster.node(0).register_global("leader", second.pid()).value();

  // The network heals; all nodes choose the same winner, and the other process ends.
  cluster.heal();
  check(cluster.run_until([&] { return everybody_knows(first.pid()); }, 300s),
        "the earlier claim wins everywhere");
  check(cluster.run_until([&] { return !second.get().has_value(); }, 30s), "the loser has ended");
  check(first.get().value() == 1, "the winner has not");
  return cluster.event_log();
}

int main() {
  const std::uint64_t seed = kith::testing::seed_from_environment(7);
  std::cout << "seed " << seed << '\n';
  const std::string log = run(seed);
  std::cout << log;
  check(run(seed) == log, "the same seed gives the same events, byte for byte");
}
