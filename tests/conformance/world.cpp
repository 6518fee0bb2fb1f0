// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/world.hpp"

#include <condition_variable>

#include "core/clock.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

/// In real time: the system counts as idle after this time without observations, which is polled at
/// this interval.
constexpr std::chrono::milliseconds quiet_for{20};
constexpr std::chrono::milliseconds look_every{1};

/// Lets real time pass on a plain thread.
void pause_for(Duration duration) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable nobody;
  nobody.wait_for(lock, duration, [] { return false; });
}

}  // namespace

World::World(const PlayOptions& options) : manual_(!options.real_time) {
  SystemOptions how;
  how.workers = manual_ ? 0 : 2;
  if (manual_) how.clock = &manual_clock_;
  how.on_exit = [this](Pid pid, const std::string&, const ExitReason& reason) {
    const Value name = name_of(pid);
    if (name != Value()) observe({"exited", name, reason});
  };
  system_ = std::make_unique<System>(std::move(how));
}

World::~World() {
  callers_.clear();
  system_->stop();
}

Clock& World::clock() {
  return manual_ ? static_cast<Clock&>(manual_clock_) : static_cast<Clock&>(system_clock_);
}

// --- observations and names -----------------------------------------------------

void World::observe(ValueArray observation) {
  const std::scoped_lock lock(mutex_);
  observations_.emplace_back(std::move(observation));
  ++observed_;
}

ValueArray World::take_observations() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(observations_, {});
}

std::size_t World::observed() const {
  const std::scoped_lock lock(mutex_);
  return observed_;
}

void World::set_name(Pid pid, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  names_[pid] = name;
  processes_[name] = pid;
}

void World::set_latest(const std::string& id, Pid pid) {
  const std::scoped_lock lock(mutex_);
  processes_[id] = pid;
}

Value World::name_of(Pid pid) const {
  const std::scoped_lock lock(mutex_);
  const auto it = names_.find(pid);
  return it == names_.end() ? Value() : Value(it->second);
}

Pid World::process(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto it = processes_.find(name);
  return it == processes_.end() ? Pid{} : it->second;
}

bool World::is_alive(const std::string& name) const {
  return system_->is_alive(process(name));
}

std::uint64_t World::next_incarnation(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  return ++incarnations_[id];
}

std::optional<Pid> World::resolve(const Value& target) const {
  if (target.get_if<std::string>() != nullptr) {
    const Pid pid = process(text(target));
    if (!pid) throw UnknownProcess(text(target));
    return pid;
  }
  if (text_at(target, 0) == "name") return system_->whereis(text_at(target, 1));
  const auto registry = registries.find(text_at(target, 1));
  if (registry == registries.end()) return std::nullopt;
  return registry->second.whereis(at(target, 2));
}

Pid World::resolve_or_nobody(const Value& target) const {
  return resolve(target).value_or(Pid{system_->boot(), 0, 0});
}

StartOptions World::start_options(const Value& name, const Value& timeout) const {
  StartOptions options;
  options.timeout = milliseconds(timeout, options.timeout);
  if (text_at(name, 0) == "via") {
    const auto registry = registries.find(text_at(name, 1));
    if (registry != registries.end()) {
      options.register_as = registry->second.registration(at(name, 2), at(name, 3));
    }
  } else {
    options.name = text(name);
  }
  return options;
}

void World::put_alias(const std::string& tag, Alias alias) {
  const std::scoped_lock lock(mutex_);
  aliases_.insert_or_assign(tag, alias);
}

std::optional<Alias> World::alias(const std::string& tag) const {
  const std::scoped_lock lock(mutex_);
  const auto it = aliases_.find(tag);
  return it == aliases_.end() ? std::nullopt : std::optional(it->second);
}

void World::put_caller(const std::string& tag, From<Value> from) {
  const std::scoped_lock lock(mutex_);
  callers_.insert_or_assign(tag, from);
}

std::optional<From<Value>> World::caller(const std::string& tag) const {
  const std::scoped_lock lock(mutex_);
  const auto it = callers_.find(tag);
  return it == callers_.end() ? std::nullopt : std::optional(it->second);
}

std::size_t World::next_attempt(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  return attempts_[key]++;
}

// --- time -------------------------------------------------------------------------

void World::run_until_quiet() {
  if (manual_) {
    system_->run_until_idle();
    return;
  }
  std::size_t before = observed();
  TimePoint since = now();
  while (now() - since < quiet_for) {
    pause_for(look_every);
    if (const std::size_t seen = observed(); seen != before) {
      before = seen;
      since = now();
    }
  }
}

void World::run_turns(std::size_t turns) {
  if (!manual_) return pause_for(quiet_for);
  for (std::size_t i = 0; i < turns && system_->run_one(); ++i) {
  }
}

/// Advances time by one step; returns false if there are no further events.
bool World::go_on() {
  if (!manual_) {
    pause_for(look_every);
    return true;
  }
  const auto next = system_->next_deadline();
  if (!next) return false;
  system_->advance(std::max(*next - manual_clock_.now(), Duration::zero()));
  return true;
}

void World::pass(Duration duration) {
  if (manual_)
    system_->advance(duration);
  else
    pause_for(duration);
  run_until_quiet();
}

}  // namespace kith::conformance
