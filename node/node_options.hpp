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

/// How quickly members are suspected and removed. `automatic` is `local` on loopback, else `lan`.
enum class Profile : std::uint8_t { automatic, local, lan, compose };

/// What a node is to be. Every field may be left out.
struct NodeOptions {
  /// Unique in the cluster. Empty: "<host name>-<port>".
  std::string name{};
  /// Nodes of another cluster are refused.
  std::string cluster = "kith";
  /// "host:port"; port 0 takes any free one.
  std::string listen = "127.0.0.1:0";
  /// What other nodes dial; port 0 stands for the bound one. Empty: the bound address, or, when
  /// listening at 0.0.0.0, the only address of the machine beyond loopback; it must have just one.
  std::string advertise{};
  /// Nodes to join through; the own address among them is passed over.
  std::vector<std::string> seeds{};
  /// Beyond loopback everybody who reaches the port can command an unprotected node, so that must
  /// be asked for.
  bool insecure = false;
  Profile profile = Profile::automatic;
  /// Worker threads; -1: one a core, 0: none (simulation).
  int workers = -1;
  /// Null: warnings and errors go to standard error, with the node's name. `make_console_log` gives
  /// other levels or JSON, `make_null_log()` nothing at all.
  std::shared_ptr<Log> log{};
  /// Called once when the cluster will not have this node, inside one of its processes: a seed has
  /// refused it before it had joined (its name is taken), or a newer boot has taken its place.
  std::function<void(const Error& why)> on_refused{};
  /// Is told of each hit of a shared limit that this node counts, whichever node, app or batch it
  /// came from: one event a request (resilience/limit_event.hpp), none for a replay. It runs inside
  /// the process that counts, which waits for it and ends by what it throws: hand long work to
  /// another process, and do not check limits there.
  LimitObserver on_limit_hit{};
  /// Is told of each change of state of a shared breaker that is decided on this node; the same
  /// holds for it.
  resilience::BreakerObserver on_breaker_change{};

  // --- for tests and simulation: the world, handed in ---------------------------
  Clock* clock = nullptr;                             ///< null: the machine's
  std::shared_ptr<transport::Transport> transport{};  ///< null: ZeroMQ
  std::uint64_t seed = 0;                             ///< 0: from the operating system
  std::function<bool()> step{};                       ///< see `SystemOptions::step`
};

}  // namespace kith
