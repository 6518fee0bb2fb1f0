// SPDX-License-Identifier: Apache-2.0
#include "table/table_directory.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/mutex.hpp"
#include "core/printable.hpp"

namespace kith {
namespace {

struct Watch {
  Pid pid;
};

Error gone() {
  return {ErrorCode::not_found, "the table does not exist any more"};
}

Error taken(const std::string& name) {
  return {ErrorCode::already_exists, "there is a table with the name " + in_quotes(name)};
}

/// Returns the heir unless it has ended.
std::optional<TableHeir> living(const System& system, std::optional<TableHeir> heir) {
  if (heir && !system.is_alive(heir->pid)) return std::nullopt;
  return heir;
}

/// Returns the calling process; null on a plain thread.
Pid actor() {
  return current_system() == nullptr ? Pid{} : self();
}

}  // namespace

/// A table and its state in the directory. All members, except the content of `rows`, are guarded
/// by `State::mutex`. Invariant: a named entry that `exists` is in `State::named`; an entry stays
/// in `State::all` until the keeper or `erase` has taken its rows.
struct OwnedTable::Entry {
  explicit Entry(const OwnedTableOptions& o)
      : options(o), rows(std::make_shared<ValueTable>(o.rows)) {}

  OwnedTableOptions options;
  std::shared_ptr<ValueTable> rows;
  Pid owner;
  bool exists = true;
  std::map<Pid, std::size_t> fixes;
};

struct OwnedTable::State {
  explicit State(System& s) : system(&s) {}

  System* const system;
  mutable Mutex mutex;
  Pid keeper KITH_GUARDED_BY(mutex);
  std::map<std::string, std::shared_ptr<Entry>> named KITH_GUARDED_BY(mutex);
  std::set<std::shared_ptr<Entry>> all KITH_GUARDED_BY(mutex);

  /// Makes the keeper monitor a process.
  void watch(Pid pid) KITH_REQUIRES(mutex) { static_cast<void>(send(*system, keeper, Watch{pid})); }
  /// Applies the end of the owner, and of processes that have fixed the table, at once: the
  /// keeper's `Down` may arrive after a supervisor has restarted the owner, which then needs the
  /// name. Must be called before any use of an entry. Leaves the rows to the keeper, because
  /// freeing them takes long.
  void settle(const std::shared_ptr<Entry>& entry, const std::shared_ptr<State>& self)
      KITH_REQUIRES(mutex) {
    if (!entry->exists) return;
    std::erase_if(entry->fixes, [&](const auto& fix) {
      if (system->is_alive(fix.first)) return false;
      for (std::size_t i = 0; i < fix.second; ++i) entry->rows->release();
      return true;
    });
    if (system->is_alive(entry->owner)) return;
    const auto& heir = entry->options.heir;
    if (heir && system->is_alive(heir->pid))
      hand_over(entry, heir->pid, heir->data, self);
    else
      end(*entry);
  }
  /// Returns the table with this name, or null.
  std::shared_ptr<Entry> find(const std::string& name, const std::shared_ptr<State>& self)
      KITH_REQUIRES(mutex) {
    const auto found = named.find(name);
    if (found == named.end()) return nullptr;
    const std::shared_ptr<Entry> entry = found->second;
    settle(entry, self);
    return entry->exists ? entry : nullptr;
  }
  /// Marks a table as ended and frees its name.
  void end(Entry& entry) KITH_REQUIRES(mutex) {
    if (std::exchange(entry.exists, false) && entry.options.named) named.erase(entry.options.name);
  }
  /// Removes an entry and returns its rows, so that the caller frees them after unlocking. Handles
  /// may still refer to the entry.
  std::shared_ptr<ValueTable> erase(const std::shared_ptr<Entry>& entry) KITH_REQUIRES(mutex) {
    end(*entry);
    all.erase(entry);
    return std::move(entry->rows);
  }
  void hand_over(const std::shared_ptr<Entry>& entry, Pid to, Value data,
                 const std::shared_ptr<State>& self) KITH_REQUIRES(mutex) {
    const Pid from = std::exchange(entry->owner, to);
    watch(to);
    static_cast<void>(
        send(*system, to, TableTransfer{OwnedTable(self, entry), from, std::move(data)}));
  }
};

/// Monitors owners and processes that have fixed a table; frees the rows of tables that ended.
class TableDirectory::Keeper : public GenServer<Keeper, Protocol<Watch>> {
 public:
  explicit Keeper(std::shared_ptr<OwnedTable::State> state) : state_(std::move(state)) {}

  void init() {
    const MutexLock lock(state_->mutex);
    state_->keeper = self();
  }
  void handle_cast(const Watch& request) {
    if (watched_.insert(request.pid).second) monitor(request.pid);
  }
  void handle_info(const Down& down) {
    watched_.erase(down.pid);
    std::vector<std::shared_ptr<ValueTable>> ended;  // declared before the lock: freed after it
    const MutexLock lock(state_->mutex);
    // A copy, because `erase` removes entries from `all`.
    const std::vector<std::shared_ptr<OwnedTable::Entry>> all(state_->all.begin(),
                                                              state_->all.end());
    for (const auto& entry : all) {
      if (entry->owner == down.pid || entry->fixes.contains(down.pid)) {
        state_->settle(entry, state_);
      }
      if (!entry->exists) ended.push_back(state_->erase(entry));
    }
  }

 private:
  std::shared_ptr<OwnedTable::State> state_;
  std::set<Pid> watched_;
};

// --- the directory --------------------------------------------------------------------

TableDirectory::TableDirectory(std::shared_ptr<OwnedTable::State> state)
    : state_(std::move(state)) {}

Result<TableDirectory> TableDirectory::start(System& system) {
  StartOptions options;
  options.label = "table directory";
  auto state = std::make_shared<OwnedTable::State>(system);
  const auto keeper = Keeper::start_link(system, options, state);
  if (!keeper) return keeper.error();
  return TableDirectory(std::move(state));
}

Result<OwnedTable> TableDirectory::create(OwnedTableOptions options,
                                          std::optional<Pid> owner) const {
  if (options.rows.key_position == 0) {
    return Error(ErrorCode::invalid_argument, "positions in rows are counted from 1");
  }
  const Pid process = owner.value_or(actor());
  if (!state_->system->is_alive(process)) {
    return Error(ErrorCode::no_process, "a table belongs to a process that runs");
  }
  options.heir = living(*state_->system, std::move(options.heir));
  auto entry = std::make_shared<OwnedTable::Entry>(options);
  entry->owner = process;
  const MutexLock lock(state_->mutex);
  if (options.named) {
    if (state_->find(options.name, state_)) return taken(options.name);
    state_->named.emplace(options.name, entry);
  }
  state_->all.insert(entry);
  state_->watch(process);
  return OwnedTable(state_, std::move(entry));
}

Result<OwnedTable> TableDirectory::find(const std::string& name) const {
  const MutexLock lock(state_->mutex);
  auto entry = state_->find(name, state_);
  if (!entry) {
    return Error(ErrorCode::not_found, "there is no table with the name " + in_quotes(name));
  }
  return OwnedTable(state_, std::move(entry));
}

std::vector<std::string> TableDirectory::names() const {
  const MutexLock lock(state_->mutex);
  std::vector<std::string> names;
  const auto named = state_->named;  // a copy, because `settle` removes the names of ended tables
  for (const auto& [name, entry] : named) {
    state_->settle(entry, state_);
    if (entry->exists) names.push_back(name);
  }
  return names;
}

// --- a table --------------------------------------------------------------------------

OwnedTable::OwnedTable(std::shared_ptr<State> state, std::shared_ptr<Entry> entry)
    : state_(std::move(state)), entry_(std::move(entry)) {}

namespace {

/// Checks that the calling process is the owner, or that others have at least this access.
template <typename Entry>
Result<void> may(const Entry& entry, TableAccess least) {
  if (!entry.exists) return gone();
  if (entry.options.access <= least || entry.owner == actor()) return {};
  return Error(ErrorCode::unauthorised, "the table " + in_quotes(entry.options.name) +
                                            " belongs to " + to_string(entry.owner) +
                                            ", which does not let others do this");
}

/// Checks that the calling process is the owner.
template <typename Entry>
Result<void> may_own(const Entry& entry) {
  if (!entry.exists) return gone();
  if (entry.owner == actor()) return {};
  return Error(ErrorCode::unauthorised, "only its owner " + to_string(entry.owner) +
                                            " may do this to the table " +
                                            in_quotes(entry.options.name));
}

}  // namespace

Result<std::shared_ptr<const ValueTable>> OwnedTable::read() const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (const auto right = may(*entry_, TableAccess::reading); !right) return right.error();
  return std::shared_ptr<const ValueTable>(entry_->rows);
}

Result<std::shared_ptr<ValueTable>> OwnedTable::write() const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (const auto right = may(*entry_, TableAccess::all); !right) return right.error();
  return entry_->rows;
}

Result<void> OwnedTable::rename(const std::string& name) const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may(*entry_, TableAccess::all); !right) return right;
  if (entry_->options.named) {
    if (state_->find(name, state_)) return taken(name);
    state_->named.emplace(name, entry_);
    state_->named.erase(entry_->options.name);
  }
  entry_->options.name = name;
  return {};
}

Result<void> OwnedTable::erase() const {
  std::shared_ptr<ValueTable> ended;  // declared before the lock: freed after it
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may(*entry_, TableAccess::all); !right) return right;
  ended = state_->erase(entry_);
  return {};
}

Result<void> OwnedTable::give_away(Pid to, Value data) const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may_own(*entry_); !right) return right;
  if (!state_->system->is_alive(to)) {
    return Error(ErrorCode::no_process, "the process " + to_string(to) + " does not run");
  }
  if (to == entry_->owner) return Error(ErrorCode::conflict, "it is the owner already");
  state_->hand_over(entry_, to, std::move(data), state_);
  return {};
}

Result<void> OwnedTable::set_heir(std::optional<TableHeir> heir) const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may_own(*entry_); !right) return right;
  entry_->options.heir = living(*state_->system, std::move(heir));
  return {};
}

Result<void> OwnedTable::set_access(TableAccess access) const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may_own(*entry_); !right) return right;
  entry_->options.access = access;
  return {};
}

Result<void> OwnedTable::fix() const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may(*entry_, TableAccess::reading); !right) return right;
  if (current_system() == nullptr) {
    return Error(ErrorCode::no_process, "a table is fixed by a process, not by a plain thread");
  }
  if (entry_->fixes[actor()]++ == 0) state_->watch(actor());
  entry_->rows->fix();
  return {};
}

Result<void> OwnedTable::release() const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (auto right = may(*entry_, TableAccess::reading); !right) return right;
  const auto fixes = entry_->fixes.find(actor());
  if (fixes == entry_->fixes.end()) return {};
  if (--fixes->second == 0) entry_->fixes.erase(fixes);
  entry_->rows->release();
  return {};
}

Result<TableType> OwnedTable::type() const {
  const MutexLock lock(state_->mutex);
  state_->settle(entry_, state_);
  if (!entry_->exists) return gone();
  return entry_->options.rows.type;
}

Result<TableInfo> OwnedTable::info() const {
  TableInfo info;
  std::shared_ptr<const ValueTable> rows;
  {
    const MutexLock lock(state_->mutex);
    state_->settle(entry_, state_);
    if (!entry_->exists) return gone();
    const OwnedTableOptions& options = entry_->options;
    info.name = options.name;
    info.named = options.named;
    info.type = options.rows.type;
    info.key_position = options.rows.key_position;
    info.access = options.access;
    info.owner = entry_->owner;
    if (options.heir) info.heir = options.heir->pid;
    rows = entry_->rows;
  }
  info.fixed = rows->is_fixed();
  info.size = rows->size();
  info.bytes = rows->bytes();
  return info;
}

}  // namespace kith
