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

/// Whether a key of a registry has one process or any number.
enum class RegistryKeys : std::uint8_t { unique, duplicate };

/// How a registry begins. Source: Elixir's Registry.start_link/1.
struct RegistryOptions {
  std::string name = "registry";
  RegistryKeys keys = RegistryKeys::unique;
  std::size_t partitions = 1;            ///< parts that are locked one by one; at least 1
  std::vector<std::string> listeners{};  ///< local names that get a `RegistryEvent` for each change
  ValueMap metadata{};                   ///< by the text of its key
};

/// What a listener of a registry is told. The end of a process is not told: monitor it.
struct RegistryEvent {
  enum class Kind : std::uint8_t { registered, unregistered };
  Kind kind = Kind::registered;
  Value key;
  Pid pid;
  Value value;  ///< registered
};

/// One clause of a selection: what an entry must look like, what must hold, and what it gives.
/// Patterns and guards as in registry/value_pattern.hpp. Source: Elixir's Registry.select/2.
struct RegistrySelection {
  Value key = "_";
  Value pid = "_";  ///< a pid, "_" or a variable
  Value value = "_";
  ValueArray guards;
  Value result = true;
};

/// A local store from keys to processes: a process registers itself (or is registered) under keys,
/// with a value beside each, and is gone from it when it ends: nothing here gives a process that
/// has ended, though it may end before the answer is read. Reading and writing take a short lock of
/// one partition and ask no process. A value: copies mean the same registry. Source: Elixir's
/// Registry. Thread-safety: any thread; outlived by its system.
///
///     auto registry = Registry::start_link(node).value();
///     Web::start_link(node, StartOptions{.register_as = registry.registration("web-42")});
///     call(registry.via<WebProtocol>("web-42"), Get{"/"});
class Registry {
 public:
  using Entry = std::pair<Pid, Value>;
  using Entries = std::vector<Entry>;

  /// Starts a registry linked to the caller, or to the root of a `System` or `Node` given first.
  /// Error: `invalid_argument` (no partitions).
  template <HasSystem S>
  static Result<Registry> start_link(S& owner, RegistryOptions options = {}) {
    return start(owner.system(), std::move(options));
  }
  /// A registry whose process is still to be started, by the supervisor that gets `child()`: until
  /// then it works, but keeps the memory of ended processes. Error: as `start_link`.
  template <HasSystem S>
  static Result<Registry> create(S& owner, RegistryOptions options = {}) {
    return make(owner.system(), std::move(options));
  }
  /// Its process as a permanent child, called as the registry. No entry is lost by a restart.
  [[nodiscard]] ChildSpec child() const;

  /// Registers a process of this system. Errors: `already_exists` (unique keys; `Error::reason` is
  /// ["already_registered", pid]), `invalid_argument` (key too long), `no_process`.
  Result<void> register_process(const Value& key, Pid pid, Value value = {}) const;
  /// What `StartOptions::register_as` wants.
  [[nodiscard]] Registration registration(Value key, Value value = {}) const;
  /// Takes the entries of a process under a key away. Error: `not_found`, when it has none or has
  /// ended.
  Result<void> unregister(const Value& key, Pid pid) const;
  /// The same for those whose value matches; listeners are told when none is left.
  void unregister_match(const Value& key, Pid pid, const Value& pattern,
                        const ValueArray& guards = {}) const;
  /// Changes the value beside a unique key of a process; gives the new value and the old one. `f`
  /// may be called several times; what it throws comes out here, and nothing is changed.
  /// Errors: `not_found` (it has no such entry), `invalid_argument` (duplicate keys).
  Result<std::pair<Value, Value>> update_value(const Value& key, Pid pid,
                                               const std::function<Value(const Value&)>& f) const;

  /// Who is registered under a key, in order of registration.
  [[nodiscard]] Entries lookup(const Value& key) const;
  /// Those whose value matches.
  [[nodiscard]] Entries match(const Value& key, const Value& pattern,
                              const ValueArray& guards = {}) const;
  /// The values of a process under a key.
  [[nodiscard]] ValueArray values(const Value& key, Pid pid) const;
  /// The one process of a unique key.
  [[nodiscard]] std::optional<Pid> whereis(const Value& key) const;
  /// The keys of a process, one for each entry, in order of registration.
  [[nodiscard]] std::vector<Value> keys(Pid pid) const;
  /// Number of entries.
  [[nodiscard]] std::size_t count() const;
  /// For each entry what the first clause that it matches gives, in no order.
  [[nodiscard]] ValueArray select(const std::vector<RegistrySelection>& clauses) const;

  /// Calls `f(entries)` with those under a key, if there are any: publish and subscribe. With
  /// duplicate keys and several partitions, once for each partition of owners; `in_parallel`: in a
  /// process each, linked to the calling process, which waits for all. What `f` throws comes out
  /// here; `in_parallel` it ends that process, and the caller through the link, as in Elixir.
  void dispatch(const Value& key, const std::function<void(const Entries&)>& f,
                bool in_parallel = false) const;

  /// Data beside the registry.
  void put_metadata(const std::string& key, Value value) const;
  [[nodiscard]] std::optional<Value> metadata(const std::string& key) const;
  void erase_metadata(const std::string& key) const;

  /// A server that is looked up by key at each use, so that it survives restarts.
  template <typename P>
  [[nodiscard]] ServerRef<P> via(std::string key) const {
    return ServerRef<P>(system_, resolver(), std::move(key));
  }
  /// How many parts it has.
  [[nodiscard]] std::size_t partitions() const;
  /// The process that watches the registered ones.
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
