// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "actor/from.hpp"
#include "actor/process.hpp"
#include "actor/system.hpp"
#include "core/clock.hpp"
#include "core/value.hpp"
#include "registry/registry.hpp"
#include "supervision/task_supervisor.hpp"
#include "tests/conformance/partition_agent.hpp"
#include "tests/conformance/scenario.hpp"

namespace kith::conformance {

/// Thrown if an operation names a process that the scenario has not started yet.
struct UnknownProcess : std::runtime_error {
  explicit UnknownProcess(const std::string& name)
      : std::runtime_error("no such process in the scenario: \"" + name + "\"") {}
};

/// The state shared by the processes of one scenario: their system, logical names and observations.
/// Thread-safety: any thread.
class World {
 public:
  explicit World(const PlayOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] System& system() { return *system_; }
  [[nodiscard]] bool is_real_time() const { return !manual_; }

  /// Records an observation.
  void observe(ValueArray observation);
  /// Returns the observations since the last call.
  [[nodiscard]] ValueArray take_observations();
  [[nodiscard]] std::size_t observed() const;

  /// Assigns a logical name to a process; the latest process of a name wins.
  void set_name(Pid pid, const std::string& name);
  /// Records a process as the latest incarnation of a child.
  void set_latest(const std::string& id, Pid pid);
  /// Returns the logical name of a process, or null.
  [[nodiscard]] Value name_of(Pid pid) const;
  /// Returns the latest process with that name, or a null pid.
  [[nodiscard]] Pid process(const std::string& name) const;
  /// Returns whether the process with that name is alive.
  [[nodiscard]] bool is_alive(const std::string& name) const;
  /// Returns the number of the next incarnation of a child.
  [[nodiscard]] std::uint64_t next_incarnation(const std::string& id);

  /// Resolves a target: a name, ["name", N] or ["via", REGISTRY, KEY]. Throws
  /// `UnknownProcess`.
  [[nodiscard]] std::optional<Pid> resolve(const Value& target) const;
  /// Resolves a target; returns the pid of a process that does not exist instead of nullopt.
  [[nodiscard]] Pid resolve_or_nobody(const Value& target) const;
  /// Returns the option that registers a new process under a local name or a key of a registry.
  [[nodiscard]] StartOptions start_options(const Value& name, const Value& timeout) const;

  void put_alias(const std::string& tag, Alias alias);
  [[nodiscard]] std::optional<Alias> alias(const std::string& tag) const;
  void put_caller(const std::string& tag, From<Value> from);
  [[nodiscard]] std::optional<From<Value>> caller(const std::string& tag) const;
  [[nodiscard]] std::size_t next_attempt(const std::string& key);

  /// Written only during the setup.
  std::map<std::string, TaskSupervisor> task_supervisors;
  std::map<std::string, Registry> registries;
  std::map<std::string, Partitions> partitions;  ///< by the one actor that uses them

  // --- for the driver, which is a plain thread ----------------------------------

  /// Runs everything that happens without advancing time.
  void run_until_quiet();
  /// Runs this many turns, for systems that never become idle.
  void run_turns(std::size_t turns);
  /// Advances time until `done()` holds; gives up if there are no further events.
  template <typename F>
  void run_until(F done);
  /// Advances time.
  void pass(Duration duration);
  [[nodiscard]] TimePoint now() { return clock().now(); }

 private:
  Clock& clock();
  bool go_on();

  bool manual_;
  ManualClock manual_clock_;
  SystemClock system_clock_;
  mutable std::mutex mutex_;
  ValueArray observations_;
  std::size_t observed_ = 0;
  std::map<Pid, std::string> names_;
  std::map<std::string, Pid> processes_;
  std::map<std::string, std::uint64_t> incarnations_;
  std::map<std::string, Alias> aliases_;
  std::map<std::string, From<Value>> callers_;
  std::map<std::string, std::size_t> attempts_;
  std::unique_ptr<System> system_;
};

template <typename F>
void World::run_until(F done) {
  run_until_quiet();
  while (!done()) {
    if (!go_on()) return;
  }
}

}  // namespace kith::conformance
