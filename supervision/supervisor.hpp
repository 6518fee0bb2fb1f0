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

/// Who is started again when one child is. Source: supervisor(3), "Restart strategies".
enum class Strategy : std::uint8_t {
  one_for_one,   ///< that child
  one_for_all,   ///< all children
  rest_for_one,  ///< that child and those that were started after it
};

/// Whether the orderly end of significant children ends the supervisor too, with "shutdown".
/// Source: supervisor(3), auto_shutdown().
enum class AutoShutdown : std::uint8_t {
  never,
  any_significant,  ///< when one of them has ended
  all_significant,  ///< when the last one that runs has ended
};

/// How a supervisor works. More than `max_restarts` restarts in `within` end it with "shutdown".
/// Source: supervisor(3), sup_flags(). Thread-safety: plain value.
struct SupervisorOptions {
  Strategy strategy = Strategy::one_for_one;
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);  ///< longer than 0; `infinite`: for its whole life
  std::string name{};                         ///< registered in the system when not empty
  AutoShutdown auto_shutdown = AutoShutdown::never;
};

/// A process that starts, watches, restarts and stops a list of children; this is a handle to it.
/// Children are started in order and stopped in reverse. It ends its children when it ends itself,
/// and ends when its parent does. A failed restart is counted and tried again at once, or after the
/// child's back-off.
/// Errors of all calls: `no_process`, `crashed` (it ended meanwhile). Source: supervisor(3).
/// Thread-safety: plain value; all functions from processes and plain threads, but not from its own
/// children while they start or end: it waits for them.
class Supervisor {
 public:
  /// Starts the supervisor linked to the calling process, and its children in their order. Errors:
  /// `crashed` naming the child whose start failed (those before it have been stopped),
  /// `already_exists` (its name, or two children with one id), `invalid_argument`.
  static Result<Supervisor> start_link(std::vector<ChildSpec> children,
                                       SupervisorOptions options = {});
  /// The same, linked to the root of a `System` or `Node` when called from a plain thread.
  template <HasSystem S>
  static Result<Supervisor> start_link(S& owner, std::vector<ChildSpec> children,
                                       SupervisorOptions options = {}) {
    return begin(owner.system(), std::move(children), std::move(options));
  }
  /// The error that `start_link` would give for these, before anything is started.
  static Result<void> check(const std::vector<ChildSpec>& children,
                            const SupervisorOptions& options);
  /// A supervisor as a permanent child of another one, with `infinite` time to stop.
  [[nodiscard]] static ChildSpec child(std::string id, std::vector<ChildSpec> children,
                                       SupervisorOptions options = {});

  /// A handle to the supervisor at this address, which may be a name.
  explicit Supervisor(ServerAddress address) : address_(std::move(address)) {}

  /// Adds a child behind the others and starts it; a failed start adds nothing. Gives its pid, of
  /// no process when it has nothing to do. Errors: `already_exists` (the id; `Error::reason` is
  /// ["already_started", pid] or "already_present"), `invalid_argument`, or those of its start.
  Result<StartedChild> start_child(ChildSpec spec) const;
  /// Stops a child and keeps its specification, unless it is temporary. Success also when it does
  /// not run. Error: `not_found`.
  Result<void> terminate_child(const std::string& id) const;
  /// Starts a stopped child. Errors: `conflict` (it runs or is being restarted), `not_found`, or
  /// those of its start.
  Result<StartedChild> restart_child(const std::string& id) const;
  /// Forgets a stopped child. Errors: `conflict` (it runs or is being restarted), `not_found`.
  Result<void> delete_child(const std::string& id) const;
  /// All children in the order of their start.
  [[nodiscard]] Result<std::vector<ChildInfo>> children() const;
  /// The sums over all children.
  [[nodiscard]] Result<ChildCounts> count() const;
  /// The process of a child. Errors: `not_found` (no such id), `no_process` (it does not run).
  [[nodiscard]] Result<Pid> child_pid(const std::string& id) const;
  /// The specification of a child. Error: `not_found`. Source: supervisor:get_childspec/2.
  [[nodiscard]] Result<ChildSpec> spec(const std::string& id) const;
  /// Stops the children in reverse and ends the supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "shutdown", Duration timeout = infinite) const;

  /// Where it is.
  [[nodiscard]] const ServerAddress& address() const { return address_; }
  /// Its process when the address is not a name.
  [[nodiscard]] Pid pid() const { return address_.pid(); }

 private:
  static Result<Supervisor> begin(System& system, std::vector<ChildSpec> children,
                                  SupervisorOptions options);

  ServerAddress address_;
};

}  // namespace kith
