#include "registry/registry.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "actor/gen_server.hpp"
#include "core/flat_set.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"
#include "core/value_hash.hpp"
#include "registry/value_pattern.hpp"

namespace kith {
namespace {

/// How much a key holds, roughly: texts and bytes with their length, other terms with a word.
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

}  // namespace

/// What is registered; read and written by everybody.
struct Registry::State final : Resolver {
  /// What is registered under one key.
  struct Held {
    Value key;
    Entries entries;
  };
  struct KeyOfHeld {
    const Value& operator()(const Held& held) const { return held.key; }
  };
  struct Partition {
    mutable Mutex mutex;
    FlatSet<Held, KeyOfHeld, ValueHash> keys KITH_GUARDED_BY(mutex);

    /// The entries of a key, or null.
    const Entries* find(const Value& key, std::uint64_t hash) const KITH_REQUIRES(mutex) {
      const std::size_t place = keys.find(key, hash);
      return place == keys.none ? nullptr : &keys[place].entries;
    }
    Entries* find(const Value& key, std::uint64_t hash) KITH_REQUIRES(mutex) {
      return const_cast<Entries*>(std::as_const(*this).find(key, hash));  // NOLINT
    }
    Entries& find_or_add(const Value& key, std::uint64_t hash) KITH_REQUIRES(mutex) {
      if (Entries* const found = find(key, hash)) return *found;
      return keys[keys.insert({key, {}}, hash)].entries;
    }
    /// Calls `f(key, entries)` for all.
    template <typename F>
    void for_each(F f) const KITH_REQUIRES(mutex) {
      for (std::size_t place = 0; place < keys.places(); ++place) {
        f(keys[place].key, keys[place].entries);
      }
    }
  };

  explicit State(RegistryOptions o)
      : options(std::move(o)), partitions(options.partitions), metadata(options.metadata) {}

  [[nodiscard]] const Partition& partition(std::uint64_t hash) const {
    return partitions[hash % partitions.size()];
  }
  [[nodiscard]] Partition& partition(std::uint64_t hash) {
    return partitions[hash % partitions.size()];
  }

  [[nodiscard]] std::optional<Pid> holder(const Value& key) const {
    const std::uint64_t hash = ValueHash()(key);
    const Partition& part = partition(hash);
    const MutexLock lock(part.mutex);
    const Entries* const entries = part.find(key, hash);
    if (entries == nullptr) return std::nullopt;
    return entries->front().first;
  }
  [[nodiscard]] std::optional<Pid> whereis(const std::string& name) const override {
    return holder(name);
  }

  /// Takes the entries of a process that `f` accepts away; how many these were.
  template <typename F>
  std::size_t erase(const Value& key, Pid pid, F f) {
    const std::uint64_t hash = ValueHash()(key);
    Partition& part = partition(hash);
    std::size_t erased = 0;
    {
      const MutexLock lock(part.mutex);
      Entries* const entries = part.find(key, hash);
      if (entries == nullptr) return 0;
      erased = std::erase_if(
          *entries, [&](const Entry& entry) { return entry.first == pid && f(entry.second); });
      if (entries->empty()) part.keys.erase(part.keys.find(key, hash));
    }
    const MutexLock lock(owners_mutex);
    const auto owner = owners.find(pid);
    if (owner == owners.end()) return erased;
    std::vector<Value>& held = owner->second;
    for (std::size_t i = 0; i < erased; ++i) {
      if (const auto at = std::ranges::find(held, key); at != held.end()) held.erase(at);
    }
    return erased;
  }

  const RegistryOptions options;
  std::vector<Partition> partitions;
  mutable Mutex owners_mutex;
  Pid keeper KITH_GUARDED_BY(owners_mutex);
  /// The keys of each process, one for each entry, in order of registration.
  std::map<Pid, std::vector<Value>> owners KITH_GUARDED_BY(owners_mutex);
  mutable Mutex metadata_mutex;
  ValueMap metadata KITH_GUARDED_BY(metadata_mutex);
};

namespace {

/// To the keeper: a process has registered something for the first time.
struct Watch {
  Pid pid;
};
using KeeperProtocol = Protocol<Watch>;

}  // namespace

/// Watches the registered processes and clears up behind them.
class Registry::Keeper : public GenServer<Keeper, KeeperProtocol> {
 public:
  explicit Keeper(std::shared_ptr<State> state) : state_(std::move(state)) {}

  /// Whoever registers from here on is told to this process; who has before is looked up.
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
    std::vector<Value> held;
    {
      const MutexLock lock(state_->owners_mutex);
      const auto owner = state_->owners.find(down.pid);
      if (owner == state_->owners.end()) return;
      held = std::move(owner->second);
      state_->owners.erase(owner);
    }
    for (const Value& key : held) {
      state_->erase(key, down.pid, [](const Value&) { return true; });
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
  return Registry(system, std::make_shared<State>(std::move(options)));
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

// --- writing ----------------------------------------------------------------------

Result<void> Registry::register_process(const Value& key, Pid pid, Value value) const {
  if (size_of(key) > limits::key_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a key has at most 4096 bytes");
  }
  if (!system_->is_alive(pid)) {
    return Error(ErrorCode::no_process, "the process " + to_string(pid) + " does not exist");
  }
  {
    const std::uint64_t hash = ValueHash()(key);
    State::Partition& part = state_->partition(hash);
    const MutexLock lock(part.mutex);
    Entries& entries = part.find_or_add(key, hash);
    const bool unique = state_->options.keys == RegistryKeys::unique;
    if (unique && !entries.empty()) {
      const Pid holder = entries.front().first;
      if (system_->is_alive(holder)) {
        return Error(ErrorCode::already_exists,
                     "the key " + to_json(key) + " is taken by " + to_string(holder))
            .with_reason(Value::array({"already_registered", holder}));
      }
      entries.clear();  // the news of its end is on its way
    }
    entries.emplace_back(pid, value);
  }
  Pid to_tell;
  {
    const MutexLock lock(state_->owners_mutex);
    std::vector<Value>& held = state_->owners[pid];
    if (held.empty()) to_tell = state_->keeper;
    held.push_back(key);
  }
  if (to_tell) static_cast<void>(send(*system_, to_tell, Watch{pid}));
  if (!state_->options.listeners.empty()) {
    tell_listeners({RegistryEvent::Kind::registered, key, pid, std::move(value)});
  }
  return {};
}

std::function<Result<void>(Pid)> Registry::registration(Value key, Value value) const {
  return [registry = *this, key = std::move(key), value = std::move(value)](Pid pid) {
    return registry.register_process(key, pid, value);
  };
}

Result<void> Registry::unregister(const Value& key, Pid pid) const {
  const std::size_t erased = state_->erase(key, pid, [](const Value&) { return true; });
  tell_listeners({RegistryEvent::Kind::unregistered, key, pid, {}});
  if (erased == 0) return Error(ErrorCode::not_found, "the process has no such key");
  return {};
}

void Registry::unregister_match(const Value& key, Pid pid, const Value& pattern,
                                const ValueArray& guards) const {
  state_->erase(key, pid, [&](const Value& value) {
    Bindings bindings;
    return matches(pattern, value, bindings) && hold(guards, bindings);
  });
  if (values(key, pid).empty()) {
    tell_listeners({RegistryEvent::Kind::unregistered, key, pid, {}});
  }
}

Result<std::pair<Value, Value>> Registry::update_value(
    const Value& key, Pid pid, const std::function<Value(const Value&)>& f) const {
  if (state_->options.keys == RegistryKeys::duplicate) {
    return Error(ErrorCode::invalid_argument, "only values of unique keys can be changed");
  }
  // `f` runs without the lock, and again when the value has changed meanwhile.
  std::optional<Value> before;
  Value after;
  for (;;) {
    const std::uint64_t hash = ValueHash()(key);
    State::Partition& part = state_->partition(hash);
    {
      const MutexLock lock(part.mutex);
      Entries* const entries = part.find(key, hash);
      if (entries == nullptr || entries->front().first != pid) {
        return Error(ErrorCode::not_found, "the process has no such key");
      }
      Value& value = entries->front().second;
      if (before && value == *before) return std::pair(value = std::move(after), *before);
      before = value;
    }
    after = f(*before);
  }
}

// --- reading ----------------------------------------------------------------------

Registry::Entries Registry::lookup(const Value& key) const {
  const std::uint64_t hash = ValueHash()(key);
  const State::Partition& part = state_->partition(hash);
  const MutexLock lock(part.mutex);
  const Entries* const entries = part.find(key, hash);
  return entries == nullptr ? Entries{} : *entries;
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
  return state_->holder(key);
}

std::vector<Value> Registry::keys(Pid pid) const {
  const MutexLock lock(state_->owners_mutex);
  const auto owner = state_->owners.find(pid);
  return owner == state_->owners.end() ? std::vector<Value>{} : owner->second;
}

std::size_t Registry::count() const {
  std::size_t total = 0;
  for (const State::Partition& part : state_->partitions) {
    const MutexLock lock(part.mutex);
    part.for_each([&](const Value&, const Entries& entries) { total += entries.size(); });
  }
  return total;
}

ValueArray Registry::select(const std::vector<RegistrySelection>& clauses) const {
  ValueArray selected;
  const auto look_at = [&](const Value& key, const Entry& entry) {
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
    part.for_each([&](const Value& key, const Entries& entries) {
      for (const Entry& entry : entries) look_at(key, entry);
    });
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
  std::vector<Reference> open;
  for (const auto& [part, its_entries] : parts) {
    if (!in_parallel) {
      f(its_entries);
      continue;
    }
    const Pid worker = spawn_link([&f, its_entries] { f(its_entries); });
    open.push_back(monitor(worker));
  }
  for (const Reference& watch : open) detail::receive_down(watch, infinite);
}

// --- beside it --------------------------------------------------------------------

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
