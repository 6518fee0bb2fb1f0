#include "registry/registry.hpp"

#include <algorithm>
#include <map>

#include "actor/gen_server.hpp"
#include "core/limits.hpp"
#include "core/mutex.hpp"

namespace kith {

/// What is registered; written by the keeper, read by everybody.
struct Registry::State final : Resolver {
  explicit State(RegistryOptions o) : options(std::move(o)) {}

  [[nodiscard]] std::vector<Entry> find(const std::string& key) const {
    const MutexLock lock(mutex);
    const auto it = entries.find(key);
    return it == entries.end() ? std::vector<Entry>{} : it->second;
  }
  [[nodiscard]] std::optional<Pid> whereis(const std::string& key) const override {
    const MutexLock lock(mutex);
    const auto it = entries.find(key);
    if (it == entries.end() || it->second.empty()) return std::nullopt;
    return it->second.front().first;
  }

  const RegistryOptions options;
  mutable Mutex mutex;
  std::map<std::string, std::vector<Entry>> entries KITH_GUARDED_BY(mutex);
};

namespace {

struct Register {
  using Reply = Result<void>;
  std::string key;
  Pid pid;
  Value value;
};
struct Unregister {
  using Reply = Result<void>;
  std::string key;
  Pid pid;
};
struct UpdateValue {
  using Reply = Result<void>;
  std::string key;
  Pid pid;
  Value value;
};
using KeeperProtocol = Protocol<Register, Unregister, UpdateValue>;

}  // namespace

/// The only writer; watches the registered processes.
class Registry::Keeper : public GenServer<Keeper, KeeperProtocol> {
 public:
  explicit Keeper(std::shared_ptr<State> state) : state_(std::move(state)) {}

  Result<void> handle_call(const Register& request) {
    if (request.key.size() > limits::key_size_bytes_max) {
      return Error(ErrorCode::invalid_argument, "a key has at most 4096 bytes");
    }
    if (!current_system()->is_alive(request.pid)) {
      return Error(ErrorCode::no_process,
                   "the process " + to_string(request.pid) + " does not exist");
    }
    if (const auto problem = insert(request)) return *problem;
    if (!watched_.contains(request.pid)) watched_[request.pid] = monitor(request.pid);
    return {};
  }

  Result<void> handle_call(const Unregister& request) {
    const MutexLock lock(state_->mutex);
    const auto it = state_->entries.find(request.key);
    const auto same = [&](const Entry& entry) { return entry.first == request.pid; };
    if (it == state_->entries.end() || std::erase_if(it->second, same) == 0) return missing();
    if (it->second.empty()) state_->entries.erase(it);
    return {};
  }

  Result<void> handle_call(const UpdateValue& request) {
    const MutexLock lock(state_->mutex);
    const auto it = state_->entries.find(request.key);
    bool found = false;
    if (it != state_->entries.end()) {
      for (Entry& entry : it->second) {
        if (entry.first != request.pid) continue;
        entry.second = request.value;
        found = true;
      }
    }
    if (!found) return missing();
    return {};
  }

  void handle_info(const Down& down) {
    watched_.erase(down.pid);
    const MutexLock lock(state_->mutex);
    for (auto it = state_->entries.begin(); it != state_->entries.end();) {
      std::erase_if(it->second, [&](const Entry& entry) { return entry.first == down.pid; });
      it = it->second.empty() ? state_->entries.erase(it) : std::next(it);
    }
  }

 private:
  static Error missing() { return {ErrorCode::not_found, "the process has no such key"}; }

  std::optional<Error> insert(const Register& request) {
    const MutexLock lock(state_->mutex);
    auto& holders = state_->entries[request.key];
    const bool unique = state_->options.keys == RegistryKeys::unique;
    if (unique && !holders.empty() && current_system()->is_alive(holders.front().first)) {
      return Error(ErrorCode::already_exists,
                   "the key '" + request.key + "' is taken by " + to_string(holders.front().first));
    }
    if (unique) holders.clear();  // its process has ended; the news is on its way
    holders.emplace_back(request.pid, request.value);
    return std::nullopt;
  }

  std::shared_ptr<State> state_;
  std::map<Pid, Reference> watched_;
};

Registry::Registry(System& system, std::shared_ptr<State> state, Pid keeper)
    : system_(&system), state_(std::move(state)), keeper_(keeper) {}

Result<Registry> Registry::start(System& system, RegistryOptions options) {
  StartOptions start_options;
  start_options.label = options.name;
  auto state = std::make_shared<State>(std::move(options));
  const auto keeper = Keeper::start_link(system, start_options, state);
  if (!keeper) return keeper.error();
  return Registry(system, std::move(state), keeper->pid());
}

namespace {

template <typename Request>
Result<void> ask(System* system, Pid keeper, Request request) {
  auto answer = call(ServerRef<KeeperProtocol>(system, keeper), std::move(request));
  if (!answer) return answer.error();
  return std::move(*answer);
}

}  // namespace

Result<void> Registry::register_process(const std::string& key, Pid pid, Value value) const {
  return ask(system_, keeper_, Register{key, pid, std::move(value)});
}

std::function<Result<void>(Pid)> Registry::registration(std::string key, Value value) const {
  return [registry = *this, key = std::move(key), value = std::move(value)](Pid pid) {
    return registry.register_process(key, pid, value);
  };
}

Result<void> Registry::unregister(const std::string& key, Pid pid) const {
  return ask(system_, keeper_, Unregister{key, pid});
}

Result<void> Registry::update_value(const std::string& key, Pid pid, Value value) const {
  return ask(system_, keeper_, UpdateValue{key, pid, std::move(value)});
}

std::vector<Registry::Entry> Registry::lookup(const std::string& key) const {
  return state_->find(key);
}

std::optional<Pid> Registry::whereis(const std::string& key) const {
  return state_->whereis(key);
}

std::vector<std::string> Registry::keys(Pid pid) const {
  std::vector<std::string> found;
  const MutexLock lock(state_->mutex);
  for (const auto& [key, holders] : state_->entries) {
    if (std::ranges::any_of(holders, [&](const Entry& e) { return e.first == pid; })) {
      found.push_back(key);
    }
  }
  return found;
}

std::size_t Registry::count() const {
  const MutexLock lock(state_->mutex);
  std::size_t total = 0;
  for (const auto& [key, holders] : state_->entries) total += holders.size();
  return total;
}

void Registry::dispatch(const std::string& key,
                        const std::function<void(const std::vector<Entry>&)>& f) const {
  const std::vector<Entry> entries = lookup(key);
  if (!entries.empty()) f(entries);
}

std::shared_ptr<const Resolver> Registry::resolver() const {
  return state_;
}

}  // namespace kith
