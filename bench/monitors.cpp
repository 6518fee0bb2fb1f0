// SPDX-License-Identifier: Apache-2.0
#include "bench/bench.hpp"
#include "bench/idle_server.hpp"

namespace kith::bench {
namespace {

/// Monitors n live processes, ends them and receives all `Down` messages.
double monitor_down(Count n) {
  const IdleServers servers = start_idle_servers(n);
  return seconds_of([&] {
    for (const auto& server : servers) monitor(server.pid());
    end_all(servers);
    receive_all<Down>(n);
  });
}

double monitor_demonitor(Count n) {
  const auto server = IdleServer::start().value();
  return seconds_of([&] {
    for (Count i = 0; i < n; ++i) demonitor(monitor(server.pid()));
  });
}

}  // namespace

/// w10: monitors.
void monitors(const Bench& bench) {
  const Count n = bench.count(5e5);
  bench.rate_1_2("w10.monitor_down", "1/s", n, monitor_down);
  bench.rate_1_2("w10.monitor_demonitor", "1/s", n, monitor_demonitor);
}

}  // namespace kith::bench
