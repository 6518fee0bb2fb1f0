// SPDX-License-Identifier: Apache-2.0
#include "actor/gen_server.hpp"
#include "bench/bench.hpp"
#include "bench/idle_server.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"
#include "supervision/worker_pool.hpp"

namespace kith::bench {
namespace {

struct Up {
  Pid pid;
};
struct Never {};

/// Starts a plain process that reports its pid and waits, like the child of the peers.
Result<Pid> start_reporting(Pid whom) {
  return spawn_link([whom] {
    must(send(whom, Up{self()}));
    must(receive<Never>());
  });
}

/// Kills the only child of a supervisor n times, and waits each time for its successor's report.
void restart_series(Count n) {
  ChildSpec spec;
  spec.id = "child";
  spec.start = [whom = self()] { return start_reporting(whom); };
  SupervisorOptions options;
  options.max_restarts = 1'000'000'000;
  const auto supervisor = Supervisor::start_link({spec}, options).value();
  Pid child = receive<Up>().value().pid;
  for (Count i = 0; i < n; ++i) {
    exit(child, "kill");
    child = receive<Up>().value().pid;
  }
  must(supervisor.stop("shutdown"));
  must(receive<Exit>());  // of the supervisor, which is linked to this process
}

double restarts(Count n) {
  trap_exits(true);
  return seconds_of([&] { restart_series(n); });
}

/// Measures restarts with a new supervisor for each 200 restarts.
double restarts_fresh(Count n) {
  trap_exits(true);
  return seconds_of([&] {
    for (Count i = 0; i < n / 200; ++i) restart_series(200);
  });
}

DynamicSupervisor start_children(Count n, double& seconds) {
  const auto supervisor = DynamicSupervisor::start_link().value();
  seconds = seconds_of([&] {
    for (Count i = 0; i < n; ++i) must(supervisor.start_child(child<IdleServer>("idle")));
  });
  return supervisor;
}

double start_child(Count n) {
  double seconds = 0;
  start_children(n, seconds);
  return seconds;
}

double terminate_child(Count n) {
  double ignored = 0;
  const auto supervisor = start_children(n, ignored);
  return seconds_of([&] {
    const auto children = supervisor.children().value();
    for (const ChildInfo& each : children) must(supervisor.terminate_child(each.pid));
  });
}

struct Echo {
  using Reply = int;
  int value;
};
class EchoServer : public GenServer<EchoServer, Protocol<Echo>> {
 public:
  int handle_call(const Echo& request) { return request.value; }
};

/// Calls a pool of 8 workers, which selects the one with the shortest mailbox.
double least_loaded(Count n) {
  const auto pool = WorkerPool<EchoServer>::start_link({.name = "echoes", .size = 8}).value();
  return seconds_of([&] {
    for (Count i = 0; i < n; ++i) must(pool.call(Echo{1}));
  });
}

}  // namespace

/// w9: supervisors; w13: pools.
void supervision(const Bench& bench) {
  const Count n = bench.count(1e5);
  bench.rate("w9.supervisor_restart", "1/s", 2, n, restarts);
  bench.rate("w9.supervisor_restart_fresh200", "1/s", 2, n / 200 * 200, restarts_fresh);
  const Count children = bench.count(5e4);
  bench.rate("w9.dynsup_start_child", "1/s", 2, children, start_child);
  bench.rate("w9.dynsup_terminate_child", "1/s", 2, children, terminate_child);
  bench.rate("w13.pool_least_loaded_call", "1/s", 2, n, least_loaded);
}

}  // namespace kith::bench
