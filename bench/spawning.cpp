// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include "bench/bench.hpp"
#include "bench/idle_server.hpp"

namespace kith::bench {
namespace {

struct AllEnded {};

/// Spawns n processes that end at once; the last one notifies the spawner.
double spawn_exit(Count n) {
  std::atomic<Count> ended{0};
  return seconds_of([&] {
    for (Count i = 0; i < n; ++i) {
      spawn([&ended, n, starter = self()] {
        if (ended.fetch_add(1, std::memory_order_relaxed) + 1 == n) {
          send(starter, AllEnded{}).value();
        }
      });
    }
    must(receive<AllEnded>());
  });
}

double spawn_one_by_one(Count n) {
  return seconds_of([n] {
    for (Count i = 0; i < n; ++i) {
      spawn_monitor([] {});
      must(receive<Down>());
    }
  });
}

double start_stop(Count n) {
  return seconds_of([n] {
    for (Count i = 0; i < n; ++i) stop_server(IdleServer::start().value()).value();
  });
}

}  // namespace

/// w1: start and end of processes.
void spawning(const Bench& bench) {
  bench.rate_1_2("w1.spawn_exit", "1/s", bench.count(1e6), spawn_exit);
  bench.rate_1_2("w1.spawn_exit_seq_monitored", "1/s", bench.count(2.5e5), spawn_one_by_one);
  bench.rate_1_2("w1.gen_server_start_stop", "1/s", bench.count(1e5), start_stop);
}

}  // namespace kith::bench
