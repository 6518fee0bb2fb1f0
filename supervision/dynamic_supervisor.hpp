// SPDX-License-Identifier: Apache-2.0
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

/// Options of a dynamic supervisor. Thread-safety: plain value.
struct DynamicSupervisorOptions {
  /// Further children are refused as `overloaded`. Each child costs a process.
  std::size_t max_children = std::numeric_limits<std::size_t>::max();
  /// Restarts tolerated in any period of `within`, over all children; one more ends the supervisor
  /// with "shutdown". With many children a low value lets a few crashes end all of them.
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);  ///< longer than 0; `infinite`: over its whole life
  std::string name{};                         ///< registered in the system unless empty
};

/// Supervises children that are added at run time; this is a handle to that process.
///
///     struct Ping {
///       using Reply = std::string;
///     };
///     struct Echo : GenServer<Echo, Protocol<Ping>> {
///       std::string handle_call(const Ping&) { return "pong"; }
///     };
///     auto sessions = DynamicSupervisor::start_link(system, {.max_children = 1000}).value();
///     auto echo = sessions.start_child(child<Echo>("session")).value();
///     sessions.terminate_child(echo).value();
///
/// Restarts each child independently (one_for_one), does not require unique ids, and stops all
/// children concurrently when it ends. Errors of all calls: `no_process`, `crashed` (it ended
/// during the call). Source: Elixir's DynamicSupervisor.
/// Thread-safety: plain value; all functions from processes and plain threads. A child must not
/// call its own supervisor while it starts or ends: the supervisor waits for it (deadlock).
class DynamicSupervisor {
 public:
  /// Starts a dynamic supervisor linked to the calling process. Errors: `already_exists` (its
  /// name), `invalid_argument` (`within`).
  static Result<DynamicSupervisor> start_link(DynamicSupervisorOptions options = {});
  /// The same, linked to the root of a `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<DynamicSupervisor> start_link(S& owner, DynamicSupervisorOptions options = {}) {
    return begin(owner.system(), std::move(options));
  }
  /// Returns the specification of a dynamic supervisor as a permanent child of another supervisor,
  /// with `infinite` time to stop.
  [[nodiscard]] static ChildSpec child(std::string id, DynamicSupervisorOptions options = {});

  /// Refers to the supervisor at this address, which may be a name.
  explicit DynamicSupervisor(ServerAddress address) : address_(std::move(address)) {}

  /// Adds a child, starts it and returns its pid; a failed start adds nothing. Errors: `overloaded`
  /// (`max_children` reached; nothing was started), `invalid_argument`, or those of its start.
  Result<StartedChild> start_child(ChildSpec spec) const;
  /// Stops a child and removes it. Error: `not_found`.
  Result<void> terminate_child(Pid pid) const;
  /// Returns all children; those being restarted have a null pid.
  [[nodiscard]] Result<std::vector<ChildInfo>> children() const;
  /// Counts the children by state and kind.
  [[nodiscard]] Result<ChildCounts> count() const;
  /// Stops all children and ends the supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "shutdown", Duration timeout = infinite) const;

  [[nodiscard]] const ServerAddress& address() const { return address_; }
  /// Returns its pid if the address is not a name.
  [[nodiscard]] Pid pid() const { return address_.pid(); }

 private:
  static Result<DynamicSupervisor> begin(System& system, DynamicSupervisorOptions options);

  ServerAddress address_;
};

}  // namespace kith
