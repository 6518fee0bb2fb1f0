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

/// How a `System` runs. Everything it knows of the world is handed in here.
struct SystemOptions {
  /// Worker threads. 0: none; the owner drives it with `run_one`, `run_until_idle`, `advance`.
  /// Default: one a core.
  int workers = -1;
  /// Must outlive the system. Null: the machine's clock, owned by the system.
  Clock* clock = nullptr;
  /// The boot id inside its pids. 0: drawn from the operating system.
  BootId boot = 0;
  /// Where crash reports and warnings go. Null: to standard error, what is `warning` or worse.
  /// `make_console_log` gives other levels or JSON, `make_null_log()` nothing at all.
  std::shared_ptr<Log> log{};
  /// How messages to other nodes become bytes. Null: a system on its own. Must outlive the system.
  const WireFormat* format = nullptr;
  /// Called when a process has ended, before anybody else is told, on the thread that ran it: for
  /// observers and tests. Must be quick and must not call into the system.
  std::function<void(Pid pid, const std::string& label, const ExitReason& reason)> on_exit{};
  /// Without threads: makes the world go one step while a plain thread waits for this system; false
  /// when nothing can happen any more. Null: run, then move the clock to the next timer.
  std::function<bool()> step{};
};

}  // namespace kith
