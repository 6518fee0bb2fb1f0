// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <unistd.h>

#include "bench/bench.hpp"
#include "bench/idle_server.hpp"

namespace kith::bench {
namespace {

/// Returns the resident set size of this program.
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double all_pages = 0;
  double resident_pages = 0;
  statm >> all_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double end_and_await(const IdleServers& servers) {
  return seconds_of([&] {
    for (const auto& server : servers) monitor(server.pid());
    end_all(servers);
    receive_all<Down>(servers.size());
  });
}

}  // namespace

/// w2: memory of an idle server, and the rates of starting and stopping them.
void memory(const Bench& bench) {
  if (!bench.wants("w2.mem_idle_process_rss") && !bench.wants("w2.stop_all")) return;
  System system({.workers = 2});
  const Count n = bench.count(1e6);
  system.run([&] {
    IdleServers servers = start_idle_servers(100);
    servers.reserve(n + 100);
    const auto total = static_cast<double>(n);
    const double before = resident_bytes();
    const double references = total * sizeof(IdleServer::Ref);
    const double starting = seconds_of([&] {
      for (Count i = 0; i < n; ++i) servers.push_back(IdleServer::start().value());
    });
    const double each = (resident_bytes() - before - references) / total;
    bench.report("w2.mem_idle_process_rss", "B/actor", each);
    bench.report("w2.mem_idle_gen_server_vm", "B/actor", each);
    bench.report("w2.start_idle", "1/s", total / starting);
    bench.report("w2.stop_all", "1/s", total / end_and_await(servers));
  });
}

}  // namespace kith::bench
