#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/server_ref.hpp"
#include "actor/system.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith {

/// Whether a key of a registry has one process or any number.
enum class RegistryKeys : std::uint8_t { unique, duplicate };

/// How a registry begins.
struct RegistryOptions {
  std::string name = "registry";
  RegistryKeys keys = RegistryKeys::unique;
};

/// A local, key to process store: a process registers itself (or is registered) under keys, with a
/// value beside each, and is gone from it when it ends. Reading takes a short lock and asks no
/// process; what it gives may have ended a moment ago. A value: copies mean the same registry.
/// Source: Elixir's Registry. Thread-safety: any thread; outlived by its system.
///
///     auto registry = Registry::start_link(node).value();
///     Web::start_link(node, StartOptions{.register_as = registry.registration("web-42")});
///     call(registry.via<WebProtocol>("web-42"), Get{"/"});
class Registry {
 public:
  using Entry = std::pair<Pid, Value>;

  /// Starts a registry linked to the caller, or to the root of a `System` or `Node` given first.
  template <HasSystem S>
  static Result<Registry> start_link(S& owner, RegistryOptions options = {}) {
    return start(owner.system(), std::move(options));
  }

  /// Registers a process of this system. Errors: `already_exists` (unique keys; the text names the
  /// holder), `invalid_argument` (key too long), `no_process`.
  Result<void> register_process(const std::string& key, Pid pid, Value value = {}) const;
  /// What `StartOptions::register_as` wants.
  [[nodiscard]] std::function<Result<void>(Pid)> registration(std::string key,
                                                              Value value = {}) const;
  /// Takes the entries of a process under a key away.
  Result<void> unregister(const std::string& key, Pid pid) const;
  /// Changes the value beside a key of a process; `not_found` when it has no such entry.
  Result<void> update_value(const std::string& key, Pid pid, Value value) const;

  /// Who is registered under a key, in order of registration.
  [[nodiscard]] std::vector<Entry> lookup(const std::string& key) const;
  /// The one process of a unique key.
  [[nodiscard]] std::optional<Pid> whereis(const std::string& key) const;
  /// The keys of a process, sorted.
  [[nodiscard]] std::vector<std::string> keys(Pid pid) const;
  /// Number of entries.
  [[nodiscard]] std::size_t count() const;
  /// Calls `f(entries)` with those under a key, if there are any: publish and subscribe.
  void dispatch(const std::string& key,
                const std::function<void(const std::vector<Entry>&)>& f) const;

  /// A server that is looked up by key at each use, so that it survives restarts.
  template <typename P>
  [[nodiscard]] ServerRef<P> via(std::string key) const {
    return ServerRef<P>(system_, resolver(), std::move(key));
  }

 private:
  struct State;
  class Keeper;
  Registry(System& system, std::shared_ptr<State> state, Pid keeper);
  static Result<Registry> start(System& system, RegistryOptions options);
  [[nodiscard]] std::shared_ptr<const Resolver> resolver() const;

  System* system_;
  std::shared_ptr<State> state_;
  Pid keeper_;
};

}  // namespace kith
