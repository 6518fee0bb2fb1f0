// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// Selects whether a key belongs to one process or to any number.
enum class RegistryKeys : std::uint8_t { unique, duplicate };

/// Options of a registry. Source: Elixir's Registry.start_link/1.
struct RegistryOptions {
  std::string name = "registry";
  RegistryKeys keys = RegistryKeys::unique;
  /// Parts with a lock each, at least 1. With more parts threads contend less, but `select` and
  /// `count` take more locks, and `dispatch` with duplicate keys makes more calls.
  std::size_t partitions = 1;
  std::vector<std::string> listeners{};  ///< local names sent a `RegistryEvent` for each change
  ValueMap metadata{};                   ///< initial entries of `metadata`
};

/// Notifies a listener of a change. The end of a process is not reported: monitor it.
struct RegistryEvent {
  enum class Kind : std::uint8_t { registered, unregistered };
  Kind kind = Kind::registered;
  Value key;
  Pid pid;
  Value value;  ///< registered
};

/// One clause of a selection: patterns and guards of an entry, and the result computed from it.
/// Syntax: registry/value_pattern.hpp. Source: Elixir's Registry.select/2.
struct RegistrySelection {
  Value key = "_";
  Value pid = "_";  ///< a pid, "_" or a variable
  Value value = "_";
  ValueArray guards;
  Value result = true;
};

/// Maps keys to processes of this node, each with a value.
///
///     struct Get {
///       using Reply = std::string;
///       std::string path;
///     };
///     struct Web : GenServer<Web, Protocol<Get>> {
///       std::string handle_call(const Get& request) { return request.path; }
///     };
///     auto registry = Registry::start_link(system).value();
///     auto options = StartOptions{.register_as = registry.registration("web-42")};
///     auto web = Web::start_link(system, options);
///     auto page = call(registry.via<Protocol<Get>>("web-42"), Get{"/"});
///
/// Removes the entries of a process when it ends, and returns no process that has ended (one may
/// end before the result is read). Reads and writes lock one partition and send no message. A
/// value: copies refer to the same registry. Source: Elixir's Registry. Thread-safety: any thread;
/// must not outlive its system.
class Registry {
 public:
  using Entry = std::pair<Pid, Value>;
  using Entries = std::vector<Entry>;

  /// Starts a registry linked to the calling process, or to the root of `owner` (a `System` or
  /// `Node`) when called from a plain thread. Error: `invalid_argument` (0 partitions).
  template <HasSystem S>
  static Result<Registry> start_link(S& owner, RegistryOptions options = {}) {
    return start(owner.system(), std::move(options));
  }
  /// Creates a registry whose process is started later by the supervisor of `child()`. Until then
  /// it works, but does not free the entries of ended processes. Error: as `start_link`.
  template <HasSystem S>
  static Result<Registry> create(S& owner, RegistryOptions options = {}) {
    return make(owner.system(), std::move(options));
  }
  /// Returns its process as a permanent child with the registry's name as id. A restart loses no
  /// entry.
  [[nodiscard]] ChildSpec child() const;

  /// Registers a process of this system. Errors: `already_exists` (unique keys; `Error::reason` is
  /// ["already_registered", pid]), `invalid_argument` (key too long), `no_process`.
  Result<void> register_process(const Value& key, Pid pid, Value value = {}) const;
  /// Returns a value for `StartOptions::register_as`.
  [[nodiscard]] Registration registration(Value key, Value value = {}) const;
  /// Removes the entries of a process under a key. Error: `not_found` (it has none or has ended).
  Result<void> unregister(const Value& key, Pid pid) const;
  /// Removes those whose value matches; notifies listeners if the process has none left.
  void unregister_match(const Value& key, Pid pid, const Value& pattern,
                        const ValueArray& guards = {}) const;
  /// Replaces the value of a process under a unique key by `f(value)`; returns the new and the old
  /// value. May call `f` several times; if `f` throws nothing is changed. Errors: `not_found` (no
  /// such entry), `invalid_argument` (duplicate keys).
  Result<std::pair<Value, Value>> update_value(const Value& key, Pid pid,
                                               const std::function<Value(const Value&)>& f) const;

  /// Returns the entries of a key in order of registration.
  [[nodiscard]] Entries lookup(const Value& key) const;
  /// Returns the entries of a key whose value matches.
  [[nodiscard]] Entries match(const Value& key, const Value& pattern,
                              const ValueArray& guards = {}) const;
  /// Returns the values of a process under a key.
  [[nodiscard]] ValueArray values(const Value& key, Pid pid) const;
  /// Returns the process of a unique key.
  [[nodiscard]] std::optional<Pid> whereis(const Value& key) const;
  /// Returns the keys of a process, one per entry, in order of registration.
  [[nodiscard]] std::vector<Value> keys(Pid pid) const;
  /// Returns the number of entries.
  [[nodiscard]] std::size_t count() const;
  /// Returns for each entry the result of the first clause that matches it, in no order.
  [[nodiscard]] ValueArray select(const std::vector<RegistrySelection>& clauses) const;

  /// Calls `f(entries)` with the entries of a key, if any (publish/subscribe). With duplicate keys
  /// and several partitions, once per partition; with `in_parallel` each call in its own process,
  /// linked to the calling process, which waits for all. An exception of `f` is passed on; with
  /// `in_parallel` it ends that process and, by the link, the caller, as in Elixir.
  void dispatch(const Value& key, const std::function<void(const Entries&)>& f,
                bool in_parallel = false) const;

  /// Stores data with the registry, independent of the entries.
  void put_metadata(const std::string& key, Value value) const;
  [[nodiscard]] std::optional<Value> metadata(const std::string& key) const;
  void erase_metadata(const std::string& key) const;

  /// Returns a server that is looked up by key at each use: it stays valid over restarts.
  template <typename P>
  [[nodiscard]] ServerRef<P> via(std::string key) const {
    return ServerRef<P>(system_, resolver(), std::move(key));
  }
  [[nodiscard]] std::size_t partitions() const;
  /// Returns the process that monitors the registered ones.
  [[nodiscard]] Pid pid() const;

 private:
  struct State;
  class Keeper;
  Registry(System& system, std::shared_ptr<State> state);
  static Result<Registry> make(System& system, RegistryOptions options);
  [[nodiscard]] Result<Pid> start_keeper() const;
  static Result<Registry> start(System& system, RegistryOptions options);
  [[nodiscard]] std::shared_ptr<const Resolver> resolver() const;
  void tell_listeners(const RegistryEvent& event) const;
  void dispatch_in_parallel(std::map<std::size_t, Entries> parts,
                            const std::function<void(const Entries&)>& f) const;

  System* system_;
  std::shared_ptr<State> state_;
};

}  // namespace kith
