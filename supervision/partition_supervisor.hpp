// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/hash.hpp"
#include "core/result.hpp"
#include "supervision/child_spec.hpp"
#include "supervision/supervisor.hpp"

namespace kith {

/// Options of a partition supervisor. Thread-safety: plain value.
struct PartitionSupervisorOptions {
  std::string name{};  ///< required; partition i is named "<name>/<i>"
  /// Copies of the server, at least 1. More copies run on more cores, but each one costs a process
  /// and its state.
  std::size_t partitions = 8;
  /// Restarts tolerated in any period of `within`, over all copies; one more ends all of them.
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);
};

/// Runs N copies of a server and routes each key to one of them, to spread the load of a server
/// whose state can be split by key. This is a handle. Source: Elixir's PartitionSupervisor.
///
///     struct Count {
///       using Reply = std::size_t;
///       std::string word;
///     };
///     struct Counter : GenServer<Counter, Protocol<Count>> {
///       std::size_t handle_call(const Count& request) { return ++words[request.word]; }
///       std::map<std::string, std::size_t> words;
///     };
///     auto counters = PartitionSupervisor<Counter>::start_link(system, {.name = "counters"});
///     auto total = call(counters.value().ref("kith"), Count{"kith"});
///
/// Thread-safety: plain value; all functions from any thread; the system must outlive it.
template <typename Server>
class PartitionSupervisor {
 public:
  /// Starts the copies, linked as in `Supervisor::start_link`. Copies the arguments for each
  /// `Server::start_link`. Errors: `invalid_argument` (empty name, 0 partitions), `already_exists`
  /// (the name), `crashed` (a copy failed to start).
  template <HasSystem S, typename... A>
  static Result<PartitionSupervisor> start_link(S& owner, PartitionSupervisorOptions options,
                                                const A&... arguments) {
    return begin(owner.system(), std::move(options), same_for_all(arguments...));
  }
  /// The same inside a process.
  template <typename... A>
  static Result<PartitionSupervisor> start_link(PartitionSupervisorOptions options,
                                                const A&... arguments) {
    return begin(detail::this_system(), std::move(options), same_for_all(arguments...));
  }
  /// The same with different arguments for each copy: `arguments_of(index)` returns a tuple.
  /// Source: Elixir's PartitionSupervisor, with_arguments.
  template <typename F>
  static Result<PartitionSupervisor> start_link_each(System& system,
                                                     PartitionSupervisorOptions options,
                                                     F arguments_of) {
    return begin(system, std::move(options), std::move(arguments_of));
  }

  /// Returns the server responsible for a key, by name: the reference stays valid over restarts.
  [[nodiscard]] typename Server::Ref ref(std::string_view key) const {
    return partition(stable_hash(key) % partitions_);
  }
  /// The same for an integer: partition |key| mod N, which spreads consecutive keys evenly.
  [[nodiscard]] typename Server::Ref ref(std::int64_t key) const {
    const auto bits = static_cast<std::uint64_t>(key);
    return partition((key < 0 ? 0 - bits : bits) % partitions_);
  }
  /// Returns the server of a partition; `index` must be less than `partitions()`.
  [[nodiscard]] typename Server::Ref partition(std::size_t index) const {
    return {system_, std::shared_ptr<const Resolver>(std::shared_ptr<void>(), system_),
            name_ + "/" + std::to_string(index)};
  }
  /// Returns the number of partitions.
  [[nodiscard]] std::size_t partitions() const { return partitions_; }
  /// Stops the copies and their supervisor. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "shutdown") const {
    return supervisor_.stop(std::move(reason));
  }
  /// Returns the supervisor of the copies.
  [[nodiscard]] const Supervisor& supervisor() const { return supervisor_; }
  /// Returns the pid of that supervisor.
  [[nodiscard]] Pid pid() const { return supervisor_.pid(); }

 private:
  PartitionSupervisor(System& system, const PartitionSupervisorOptions& options,
                      Supervisor supervisor)
      : system_(&system),
        name_(options.name),
        partitions_(options.partitions),
        supervisor_(std::move(supervisor)) {}

  template <typename... A>
  static auto same_for_all(const A&... arguments) {
    return [packed = std::make_tuple(arguments...)](std::size_t) { return packed; };
  }

  template <typename F>
  static Result<PartitionSupervisor> begin(System& system,
                                           const PartitionSupervisorOptions& options,
                                           F arguments_of) {
    if (options.name.empty() || options.partitions == 0) {
      return Error(ErrorCode::invalid_argument, "a name and at least one partition are needed");
    }
    std::vector<ChildSpec> children;
    for (std::size_t i = 0; i < options.partitions; ++i) {
      StartOptions start;
      start.name = options.name + "/" + std::to_string(i);
      children.push_back(
          std::apply([&](const auto&... each) { return child<Server>(start.name, start, each...); },
                     arguments_of(i)));
    }
    auto supervisor = Supervisor::start_link(
        system, std::move(children),
        {Strategy::one_for_one, options.max_restarts, options.within, options.name});
    if (!supervisor) return supervisor.error();
    return PartitionSupervisor(system, options, std::move(*supervisor));
  }

  System* system_;
  std::string name_;
  std::size_t partitions_;
  Supervisor supervisor_;
};

}  // namespace kith
