// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// Selects the children that are restarted when one ends. Source: supervisor(3), "Restart
/// strategies".
enum class Strategy : std::uint8_t {
  one_for_one,   ///< only that child
  one_for_all,   ///< all children
  rest_for_one,  ///< that child and those started after it
};

/// Selects whether the orderly end of significant children ends the supervisor too, with
/// "shutdown". Source: supervisor(3), auto_shutdown().
enum class AutoShutdown : std::uint8_t {
  never,
  any_significant,  ///< when any significant child ends
  all_significant,  ///< when the last running significant child ends
};

/// Options of a supervisor. Source: supervisor(3), sup_flags(). Thread-safety: plain value.
struct SupervisorOptions {
  Strategy strategy = Strategy::one_for_one;
  /// Restarts tolerated in any period of `within`; one more ends the supervisor with "shutdown". A
  /// higher value rides out longer failures, but the parent learns of them later.
  std::uint32_t max_restarts = 3;
  /// Longer than 0; `infinite`: counts over its whole life. A longer period catches slower
  /// failures, but rare unrelated crashes add up in it.
  Duration within = std::chrono::seconds(5);
  std::string name{};  ///< registered in the system unless empty
  AutoShutdown auto_shutdown = AutoShutdown::never;
};

/// Starts, watches, restarts and stops a list of children; this is a handle to that process.
///
///     struct Ping {
///       using Reply = std::string;
///     };
///     struct Echo : GenServer<Echo, Protocol<Ping>> {
///       std::string handle_call(const Ping&) { return "pong"; }
///     };
///     auto top = Supervisor::start_link(system, {child<Echo>("echo")}, {.max_restarts = 5});
///     auto echo = top.value().child_pid("echo");
///
/// Starts children in order and stops them in reverse. Ends its children when it ends, and ends
/// when its parent does. Counts a failed restart and retries it at once, or after the child's
/// back-off.
/// Errors of all calls: `no_process`, `crashed` (the supervisor ended during the call). Source:
/// supervisor(3).
/// Thread-safety: plain value; all functions from processes and plain threads. A child must not
/// call its own supervisor while it starts or ends: the supervisor waits for it (deadlock).
class Supervisor {
 public:
  /// Starts the supervisor linked to the calling process, then its children in order. Errors:
  /// `crashed`, naming the child whose start failed (those before it have been stopped),
  /// `already_exists` (its name, or two children with the same id), `invalid_argument`.
  static Result<Supervisor> start_link(std::vector<ChildSpec> children,
                                       SupervisorOptions options = {});
  /// The same, linked to the root of a `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<Supervisor> start_link(S& owner, std::vector<ChildSpec> children,
                                       SupervisorOptions options = {}) {
    return begin(owner.system(), std::move(children), std::move(options));
  }
  /// Validates the arguments of `start_link` without starting anything. Errors: `invalid_argument`,
  /// `already_exists` (two children with the same id).
  static Result<void> check(const std::vector<ChildSpec>& children,
                            const SupervisorOptions& options);
  /// Returns the specification of a supervisor as a permanent child of another one, with `infinite`
  /// time to stop.
  [[nodiscard]] static ChildSpec child(std::string id, std::vector<ChildSpec> children,
                                       SupervisorOptions options = {});

  /// Refers to the supervisor at this address, which may be a name.
  explicit Supervisor(ServerAddress address) : address_(std::move(address)) {}

  /// Appends a child and starts it; a failed start adds nothing. Returns its pid (null if its start
  /// function returned a null pid). Errors: `already_exists` (the id; `Error::reason` is
  /// ["already_started", pid] or "already_present"), `invalid_argument`, or those of its start.
  Result<StartedChild> start_child(ChildSpec spec) const;
  /// Stops a child, and keeps its specification unless it is temporary. Succeeds also if it is not
  /// running. Error: `not_found`.
  Result<void> terminate_child(const std::string& id) const;
  /// Starts a stopped child. Errors: `conflict` (running or being restarted), `not_found`, or those
  /// of its start.
  Result<StartedChild> restart_child(const std::string& id) const;
  /// Removes a stopped child's specification. Errors: `conflict` (running or being restarted),
  /// `not_found`.
  Result<void> delete_child(const std::string& id) const;
  /// Returns all children in start order.
  [[nodiscard]] Result<std::vector<ChildInfo>> children() const;
  /// Counts the children by state and kind.
  [[nodiscard]] Result<ChildCounts> count() const;
  /// Returns the process of a child. Errors: `not_found` (no such id), `no_process` (not running).
  [[nodiscard]] Result<Pid> child_pid(const std::string& id) const;
  /// Returns the specification of a child. Error: `not_found`. Source:
  /// supervisor:get_childspec/2.
  [[nodiscard]] Result<ChildSpec> spec(const std::string& id) const;
  /// Stops the children in reverse and ends the supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "shutdown", Duration timeout = infinite) const;

  [[nodiscard]] const ServerAddress& address() const { return address_; }
  /// Returns its pid if the address is not a name.
  [[nodiscard]] Pid pid() const { return address_.pid(); }

 private:
  static Result<Supervisor> begin(System& system, std::vector<ChildSpec> children,
                                  SupervisorOptions options);

  ServerAddress address_;
};

}  // namespace kith
