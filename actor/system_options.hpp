// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actor/exit.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/node_id.hpp"
#include "core/pid.hpp"
#include "core/wire.hpp"

namespace kith {

/// Options of a `System`, with all its outside dependencies.
struct SystemOptions {
  /// Number of worker threads; more than cores only cost switches. 0: none, the owner runs it with
  /// `run_one`, `run_until_idle`, `advance`. Negative (default): one per core.
  int workers = -1;
  /// Clock of all timers and timeouts; must outlive the system. Null: the machine's clock.
  Clock* clock = nullptr;
  /// Boot id in its pids. 0: random, from the operating system.
  BootId boot = 0;
  /// Log of crash reports and warnings. Null: standard error, level `warning` and above. See
  /// `make_console_log` for other levels and JSON, `make_null_log` for none.
  std::shared_ptr<Log> log{};
  /// Encoding of messages to other nodes; must outlive the system. Null: a system without peers.
  const WireFormat* format = nullptr;
  /// Called when a process has ended, before its links and monitors are notified, on the thread
  /// that ran it: for observers and tests. Must be quick and must not call into the system.
  std::function<void(Pid pid, const std::string& label, const ExitReason& reason)> on_exit{};
  /// Without threads: runs one step of the simulation while a plain thread waits for this system;
  /// returns false if nothing can happen any more. Null: run, then move the clock to the next
  /// timer.
  std::function<bool()> step{};
};

}  // namespace kith
