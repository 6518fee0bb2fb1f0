// SPDX-License-Identifier: Apache-2.0
#include "registry/registry.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "actor/ending.hpp"
#include "actor/gen_server.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/value_json.hpp"
#include "registry/internal/registry_state.hpp"
#include "registry/key_bytes.hpp"
#include "registry/value_pattern.hpp"

namespace kith {
namespace {

/// Returns the approximate size of a key: strings and bytes by length, 8 bytes per other term.
std::size_t size_of(const Value& key) {
  if (const auto* text = key.get_if<std::string>()) return text->size();
  if (const auto* bytes = key.get_if<Bytes>()) return bytes->size();
  std::size_t size = sizeof(std::int64_t);
  if (const auto* parts = key.get_if<ValueArray>()) {
    for (const Value& part : *parts) size += size_of(part);
  }
  if (const auto* fields = key.get_if<ValueMap>()) {
    for (const auto& [name, field] : *fields) size += name.size() + size_of(field);
  }
  return size;
}

/// To the keeper: monitor a process that had no entry before.
struct Watch {
  Pid pid;
};
using KeeperProtocol = Protocol<Watch>;

}  // namespace

/// Monitors the registered processes and removes their entries when they end.
class Registry::Keeper : public GenServer<Keeper, KeeperProtocol> {
 public:
  explicit Keeper(std::shared_ptr<State> state) : state_(std::move(state)) {}

  /// Publishes its pid and copies the known processes under one lock: each process is either in the
  /// copy, or its registration sees this keeper and sends it `Watch`.
  void init() {
    std::vector<Pid> known;
    {
      const MutexLock lock(state_->owners_mutex);
      state_->keeper = self();
      for (const auto& [pid, held] : state_->owners) known.push_back(pid);
    }
    for (const Pid& pid : known) watch(pid);
  }

  void handle_cast(const Watch& request) { watch(request.pid); }

  void handle_info(const Down& down) {
    watched_.erase(down.pid);
    std::vector<State::SharedKey> held;
    {
      const MutexLock lock(state_->owners_mutex);
      const auto owner = state_->owners.find(down.pid);
      if (owner == state_->owners.end()) return;
      held = std::move(owner->second);
      state_->owners.erase(owner);
    }
    for (const auto& key : held) {
      state_->erase(*key, down.pid, [](const Value&) { return true; });
    }
  }

 private:
  void watch(Pid pid) {
    if (watched_.insert(pid).second) monitor(pid);
  }

  std::shared_ptr<State> state_;
  std::set<Pid> watched_;
};

Registry::Registry(System& system, std::shared_ptr<State> state)
    : system_(&system), state_(std::move(state)) {}

Result<Registry> Registry::make(System& system, RegistryOptions options) {
  if (options.partitions == 0) {
    return Error(ErrorCode::invalid_argument, "a registry has at least one partition");
  }
  return Registry(system, std::make_shared<State>(system, std::move(options)));
}

Result<Registry> Registry::start(System& system, RegistryOptions options) {
  auto made = make(system, std::move(options));
  if (!made) return made.error();
  if (const auto keeper = made->start_keeper(); !keeper) return keeper.error();
  return made;
}

Result<Pid> Registry::start_keeper() const {
  StartOptions options;
  options.label = state_->options.name;
  const auto keeper = Keeper::start_link(*system_, options, state_);
  if (!keeper) return keeper.error();
  return keeper->pid();
}

ChildSpec Registry::child() const {
  ChildSpec spec;
  spec.id = state_->options.name;
  spec.start = [registry = *this] { return registry.start_keeper(); };
  return spec;
}

Pid Registry::pid() const {
  const MutexLock lock(state_->owners_mutex);
  return state_->keeper;
}

std::size_t Registry::partitions() const {
  return state_->partitions.size();
}

void Registry::tell_listeners(const RegistryEvent& event) const {
  for (const std::string& name : state_->options.listeners) {
    if (const auto listener = system_->whereis(name)) {
      static_cast<void>(send(*system_, *listener, RegistryEvent(event)));
    }
  }
}

static Error no_such_key() {
  return {ErrorCode::not_found, "the process has no such key"};
}

// --- writing ----------------------------------------------------------------------

/// Adds to the partition first, then to `owners`. If the process ends in between, the keeper's
/// monitor still reports its end, since monitoring an ended process yields a `Down` at once.
Result<void> Registry::register_process(const Value& key, Pid pid, Value value) const {
  if (size_of(key) > limits::key_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a key has at most 4096 bytes");
  }
  if (!system_->is_alive(pid)) {
    return Error(ErrorCode::no_process, "the process " + to_string(pid) + " does not exist");
  }
  State::SharedKey shared;
  {
    std::string bytes = key_bytes(key);
    const std::uint64_t hash = State::HashOfBytes()(bytes);
    State::Partition& part = state_->partition(hash);
    const MutexLock lock(part.mutex);
    if (State::Held* const held = part.find(bytes, hash)) {
      shared = held->key;
      const Pid holder = held->first.first;
      if (state_->options.keys == RegistryKeys::duplicate) {
        held->more.emplace_back(pid, value);
      } else if (system_->is_alive(holder)) {
        return Error(ErrorCode::already_exists,
                     "the key " + to_json(key) + " is taken by " + to_string(holder))
            .with_reason(Value::array({"already_registered", holder}));
      } else {
        held->first = {pid, value};  // its holder has ended; the keeper has not removed it yet
      }
    } else {
      shared = std::make_shared<const Value>(key);
      part.keys.insert({std::move(bytes), {pid, value}, {}, shared}, hash);
    }
  }
  Pid to_tell;  // notified after the lock, and only for the first entry of a process
  {
    const MutexLock lock(state_->owners_mutex);
    std::vector<State::SharedKey>& held = state_->owners[pid];
    if (held.empty()) to_tell = state_->keeper;
    held.push_back(std::move(shared));
  }
  if (to_tell) static_cast<void>(send(*system_, to_tell, Watch{pid}));
  if (!state_->options.listeners.empty()) {
    tell_listeners({RegistryEvent::Kind::registered, key, pid, std::move(value)});
  }
  return {};
}

Registration Registry::registration(Value key, Value value) const {
  Registration name = [registry = *this, key, value = std::move(value)](Pid pid) {
    return registry.register_process(key, pid, value);
  };
  name.give_back = [registry = *this, key = std::move(key)](Pid pid) {
    static_cast<void>(registry.unregister(key, pid));
  };
  return name;
}

Result<void> Registry::unregister(const Value& key, Pid pid) const {
  const bool lived = system_->is_alive(pid);
  const auto erased = state_->erase(key, pid, [](const Value&) { return true; });
  if (lived) tell_listeners({RegistryEvent::Kind::unregistered, key, pid, {}});
  if (!lived || erased.count == 0) return no_such_key();
  return {};
}

void Registry::unregister_match(const Value& key, Pid pid, const Value& pattern,
                                const ValueArray& guards) const {
  const bool lived = system_->is_alive(pid);
  const auto erased = state_->erase(key, pid, [&](const Value& value) {
    Bindings bindings;
    return matches(pattern, value, bindings) && hold(guards, bindings);
  });
  if (lived && !erased.some_left) {
    tell_listeners({RegistryEvent::Kind::unregistered, key, pid, {}});
  }
}

Result<std::pair<Value, Value>> Registry::update_value(
    const Value& key, Pid pid, const std::function<Value(const Value&)>& f) const {
  if (state_->options.keys == RegistryKeys::duplicate) {
    return Error(ErrorCode::invalid_argument, "only values of unique keys can be changed");
  }
  // Calls `f` without the lock, since it is foreign code; repeats if the value changed meanwhile.
  const std::string bytes = key_bytes(key);
  std::optional<Value> before;
  Value after;
  for (;;) {
    {
      const std::uint64_t hash = State::HashOfBytes()(bytes);
      State::Partition& part = state_->partition(hash);
      const MutexLock lock(part.mutex);
      State::Held* const held = part.find(bytes, hash);
      if (held == nullptr || held->first.first != pid || !state_->lives(held->first)) {
        return no_such_key();
      }
      Value& value = held->first.second;
      if (before && value == *before) return std::pair(value = std::move(after), *before);
      before = value;
    }
    after = f(*before);
  }
}

// --- reading ----------------------------------------------------------------------

Registry::Entries Registry::lookup(const Value& key) const {
  Entries found;
  state_->look(key_bytes(key), [&](const State::Held& held) { found = held.entries(); });
  std::erase_if(found, [this](const Entry& entry) { return !state_->lives(entry); });
  return found;
}

Registry::Entries Registry::match(const Value& key, const Value& pattern,
                                  const ValueArray& guards) const {
  Entries found = lookup(key);
  std::erase_if(found, [&](const Entry& entry) {
    Bindings bindings;
    return !matches(pattern, entry.second, bindings) || !hold(guards, bindings);
  });
  return found;
}

ValueArray Registry::values(const Value& key, Pid pid) const {
  ValueArray found;
  for (Entry& entry : lookup(key)) {
    if (entry.first == pid) found.push_back(std::move(entry.second));
  }
  return found;
}

std::optional<Pid> Registry::whereis(const Value& key) const {
  return state_->holder(key_bytes(key));
}

std::vector<Value> Registry::keys(Pid pid) const {
  std::vector<Value> keys;
  if (!system_->is_alive(pid)) return keys;
  const MutexLock lock(state_->owners_mutex);
  const auto owner = state_->owners.find(pid);
  if (owner == state_->owners.end()) return keys;
  for (const auto& key : owner->second) keys.push_back(*key);
  return keys;
}

std::size_t Registry::count() const {
  std::size_t total = 0;
  for (const State::Partition& part : state_->partitions) {
    const MutexLock lock(part.mutex);
    for (const State::Held& held : part.keys) {
      if (state_->lives(held.first)) ++total;
      total += static_cast<std::size_t>(std::ranges::count_if(
          held.more, [this](const Entry& entry) { return state_->lives(entry); }));
    }
  }
  return total;
}

ValueArray Registry::select(const std::vector<RegistrySelection>& clauses) const {
  ValueArray selected;
  const auto look_at = [&](const Value& key, const Entry& entry) {
    if (!state_->lives(entry)) return;
    for (const RegistrySelection& clause : clauses) {
      Bindings bindings;
      if (!matches(clause.key, key, bindings) || !matches(clause.pid, entry.first, bindings) ||
          !matches(clause.value, entry.second, bindings) || !hold(clause.guards, bindings)) {
        continue;
      }
      selected.push_back(fill_in(clause.result, bindings));
      return;
    }
  };
  for (const State::Partition& part : state_->partitions) {
    const MutexLock lock(part.mutex);
    for (const State::Held& held : part.keys) {
      look_at(*held.key, held.first);
      for (const Entry& entry : held.more) look_at(*held.key, entry);
    }
  }
  return selected;
}

void Registry::dispatch(const Value& key, const std::function<void(const Entries&)>& f,
                        bool in_parallel) const {
  const Entries entries = lookup(key);
  if (entries.empty()) return;
  if (state_->options.keys == RegistryKeys::unique || partitions() == 1) return f(entries);
  std::map<std::size_t, Entries> parts;
  for (const Entry& entry : entries) parts[entry.first.index % partitions()].push_back(entry);
  if (in_parallel) return dispatch_in_parallel(std::move(parts), f);
  for (const auto& [part, its_entries] : parts) f(its_entries);
}

/// Links the processes to the caller, as Elixir does: an exception of `f` ends its process and, by
/// the link, the caller unless it traps exits.
void Registry::dispatch_in_parallel(std::map<std::size_t, Entries> parts,
                                    const std::function<void(const Entries&)>& f) const {
  std::vector<Reference> open;
  for (auto& [part, entries] : parts) {
    const Pid worker = spawn_link([f, of_part = std::move(entries), caller = self()] {
      f(of_part);
      unlink(caller);  // a caller that traps exits gets an `Exit` only for a failure
    });
    open.push_back(monitor(worker));
  }
  for (const Reference& watch : open) detail::receive_down(watch, infinite);
}

// --- metadata ---------------------------------------------------------------------

void Registry::put_metadata(const std::string& key, Value value) const {
  const MutexLock lock(state_->metadata_mutex);
  state_->metadata.insert_or_assign(key, std::move(value));
}

std::optional<Value> Registry::metadata(const std::string& key) const {
  const MutexLock lock(state_->metadata_mutex);
  const auto it = state_->metadata.find(key);
  if (it == state_->metadata.end()) return std::nullopt;
  return it->second;
}

void Registry::erase_metadata(const std::string& key) const {
  const MutexLock lock(state_->metadata_mutex);
  state_->metadata.erase(key);
}

std::shared_ptr<const Resolver> Registry::resolver() const {
  return state_;
}

}  // namespace kith
