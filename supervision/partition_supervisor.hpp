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

/// How partitions are run. More than `max_restarts` restarts in `within` end all of them.
/// Thread-safety: plain value.
struct PartitionSupervisorOptions {
  std::string name{};          ///< of the supervisor; partition i is "<name>/<i>". Needed.
  std::size_t partitions = 8;  ///< copies of the server, at least 1
  std::uint32_t max_restarts = 3;
  Duration within = std::chrono::seconds(5);
};

/// Several copies of a server under a supervisor, one of which is responsible for each key: it
/// takes the load off a server whose state can be split by key. This is a handle.
/// Source: Elixir's PartitionSupervisor.
/// Thread-safety: plain value; all functions from any thread; the system must outlive it.
template <typename Server>
class PartitionSupervisor {
 public:
  /// Starts the copies, linked as `Supervisor::start_link`; the arguments are copied for each
  /// `Server::start_link`. Errors: `invalid_argument` (no name, no partitions), `already_exists`
  /// (the name), `crashed` (a copy did not start).
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
  /// The same with arguments of its own for each copy: `arguments_of(index)` gives them as a tuple.
  /// Source: Elixir's PartitionSupervisor, with_arguments.
  template <typename F>
  static Result<PartitionSupervisor> start_link_each(System& system,
                                                     PartitionSupervisorOptions options,
                                                     F arguments_of) {
    return begin(system, std::move(options), std::move(arguments_of));
  }

  /// The server that is responsible for a key, by name: it survives restarts.
  [[nodiscard]] typename Server::Ref ref(std::string_view key) const {
    return partition(stable_hash(key) % partitions_);
  }
  /// The same for a number: partition |key| modulo their count, so that neighbours are spread.
  [[nodiscard]] typename Server::Ref ref(std::int64_t key) const {
    const auto bits = static_cast<std::uint64_t>(key);
    return partition((key < 0 ? 0 - bits : bits) % partitions_);
  }
  /// The server of a partition; `index` is below `partitions()`.
  [[nodiscard]] typename Server::Ref partition(std::size_t index) const {
    return {system_, std::shared_ptr<const Resolver>(std::shared_ptr<void>(), system_),
            name_ + "/" + std::to_string(index)};
  }
  /// How many there are.
  [[nodiscard]] std::size_t partitions() const { return partitions_; }
  /// Stops all of them. Errors as `stop_server`.
  Result<void> stop(ExitReason reason = "shutdown") const {
    return supervisor_.stop(std::move(reason));
  }
  /// The supervisor of the copies.
  [[nodiscard]] const Supervisor& supervisor() const { return supervisor_; }
  /// The supervisor's process.
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
