#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// How a dynamic supervisor works. More than `max_restarts` restarts in `within` end it with
/// "shutdown". Thread-safety: plain value.
struct DynamicSupervisorOptions {
  std::size_t max_children = std::numeric_limits<std::size_t>::max();  ///< more are `overloaded`
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);  ///< longer than 0; `infinite`: for its whole life
  std::string name{};                         ///< registered in the system when not empty
};

/// A process that supervises children that are added at run time; this is a handle to it. Children
/// stand for themselves (one_for_one), have no unique ids and are stopped all at once at the end.
/// Errors of all calls: `no_process`, `crashed` (it ended meanwhile). Source: Elixir's
/// DynamicSupervisor.
/// Thread-safety: plain value; all functions from processes and plain threads, but not from its own
/// children while they start or end: it waits for them.
class DynamicSupervisor {
 public:
  /// Starts it linked to the calling process. Errors: `already_exists` (its name),
  /// `invalid_argument` (`within`).
  static Result<DynamicSupervisor> start_link(DynamicSupervisorOptions options = {});
  /// The same, linked to the root of a `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<DynamicSupervisor> start_link(S& owner, DynamicSupervisorOptions options = {}) {
    return begin(owner.system(), std::move(options));
  }
  /// A dynamic supervisor as a permanent child of another one, with `infinite` time to stop.
  [[nodiscard]] static ChildSpec child(std::string id, DynamicSupervisorOptions options = {});

  /// A handle to the supervisor at this address, which may be a name.
  explicit DynamicSupervisor(ServerAddress address) : address_(std::move(address)) {}

  /// Adds a child and starts it; a failed start adds nothing. Gives its pid. Errors: `overloaded`
  /// (`max_children` are there; nothing was started), `invalid_argument`, or those of its start.
  Result<StartedChild> start_child(ChildSpec spec) const;
  /// Stops a child and forgets it. Error: `not_found`.
  Result<void> terminate_child(Pid pid) const;
  /// All children; those being restarted have the pid of no process.
  [[nodiscard]] Result<std::vector<ChildInfo>> children() const;
  /// The sums over all children.
  [[nodiscard]] Result<ChildCounts> count() const;
  /// Stops all children and ends the supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "shutdown", Duration timeout = infinite) const;

  /// Where it is.
  [[nodiscard]] const ServerAddress& address() const { return address_; }
  /// Its process when the address is not a name.
  [[nodiscard]] Pid pid() const { return address_.pid(); }

 private:
  static Result<DynamicSupervisor> begin(System& system, DynamicSupervisorOptions options);

  ServerAddress address_;
};

}  // namespace kith
