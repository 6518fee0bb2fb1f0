// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "resilience/breaker_status.hpp"
#include "resilience/limit_event.hpp"
#include "transport/transport.hpp"

namespace kith {

/// Selects how fast unresponsive members are suspected and removed: `local` fastest, `lan` slowest.
/// A faster profile sends more probes and takes shorter stalls for failures. `automatic` is `local`
/// on loopback, else `lan`.
enum class Profile : std::uint8_t { automatic, local, lan, compose };

/// Configures a node; every field is optional. Thread-safety: plain value.
struct NodeOptions {
  /// Unique in the cluster. Empty: "<host name>-<port>".
  std::string name{};
  /// Name of the cluster; nodes of other clusters are refused.
  std::string cluster = "kith";
  /// "host:port"; port 0 binds any free port.
  std::string listen = "127.0.0.1:0";
  /// The address that other nodes dial; port 0 means the bound port. Empty: the bound address, or,
  /// when listening at 0.0.0.0, the machine's non-loopback address, which must be the only one.
  std::string advertise{};
  /// Nodes to join through; the node's own address is skipped.
  std::vector<std::string> seeds{};
  /// Allows addresses beyond loopback. There is no authentication: anyone who reaches the port can
  /// control the node.
  bool insecure = false;
  Profile profile = Profile::automatic;
  /// Worker threads; -1: one per core, 0: none (simulation).
  int workers = -1;
  /// Null: warnings and errors go to standard error with the node's name. `make_console_log` gives
  /// other levels or JSON, `make_null_log()` discards all.
  std::shared_ptr<Log> log{};
  /// Called once, in one of the node's processes, if the cluster rejects this node: a seed refused
  /// it before it had joined (its name is taken), or a newer boot of the same name replaced it.
  std::function<void(const Error& why)> on_refused{};
  /// Called for each request to a shared limit that this node counts, from any node, app or batch:
  /// one event per request (resilience/limit_event.hpp), none for replays. It runs in the counting
  /// process, blocks it, and an exception ends it: hand long work to another process, and do not
  /// check limits in it.
  LimitObserver on_limit_hit{};
  /// Called for each state change of a shared breaker decided on this node, under the same rules.
  resilience::BreakerObserver on_breaker_change{};

  // --- for tests and simulation ----------------------------------------------------
  Clock* clock = nullptr;                             ///< null: the system clock
  std::shared_ptr<transport::Transport> transport{};  ///< null: ZeroMQ
  std::uint64_t seed = 0;                             ///< 0: from the operating system
  std::function<bool()> step{};                       ///< see `SystemOptions::step`
};

}  // namespace kith
