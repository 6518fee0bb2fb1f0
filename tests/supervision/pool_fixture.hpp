// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "supervision/worker_pool.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {

/// Fixture for pools of probes.
class WorkerPoolTest : public SupervisionTest {
 protected:
  using Pool = WorkerPool<Probe>;

  Pool start(std::size_t size, std::int32_t mailbox_bound = 0) {
    return Pool::start_link(system, {.name = "pool", .size = size, .mailbox_bound = mailbox_bound},
                            std::string("worker"), events)
        .value();
  }
  /// Occupies a worker of the pool from a new process.
  void occupy(const Pool& pool, Duration duration) {
    spawn(system, [pool, duration] { static_cast<void>(pool.call(Work{duration}, infinite)); });
    system.run_until_idle();
  }
};

/// A pool whose workers handle one request at a time.
class WaitingPools : public WorkerPoolTest {
 protected:
  Pool start_limited(WorkerPoolOptions options) {
    options.name = "pool";
    options.max_in_flight = 1;
    options.max_restarts = 1'000'000;
    return Pool::start_link(system, options, std::string("worker"), events).value();
  }
  /// Calls the pool from a new process; returns the place of the result.
  std::shared_ptr<std::optional<Result<Pid>>> ask(const Pool& pool, Duration work,
                                                  Duration timeout = infinite) {
    auto outcome = std::make_shared<std::optional<Result<Pid>>>();
    spawn(system, [=] { outcome->emplace(pool.call(Work{work}, timeout)); });
    system.run_until_idle();
    return outcome;
  }
};

}  // namespace kith
