// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/process.hpp"
#include "actor/task.hpp"
#include "core/value.hpp"
#include "tests/conformance/world.hpp"

namespace kith::conformance {

/// An operation for an actor, and the place for its result.
struct Order {
  struct Outcome {
    std::atomic<bool> done{false};
    std::optional<Value> result;
    TimePoint at;
  };
  Value operation;
  std::shared_ptr<Outcome> outcome;  ///< null: the result is observed as `done`
};

/// Performs the operations of a scenario in a process, and stores monitors, timers and tasks by
/// their tags for later operations. Thread-safety: belongs to one process.
class Performer {
 public:
  Performer(World& world, std::string name) : world_(world), name_(std::move(name)) {}

  /// Performs an operation; returns its result if it has one. Exceptions end the process.
  std::optional<Value> perform(const Value& operation);

  /// Returns a message as an observation, without its receiver.
  [[nodiscard]] Value seen(const Value& message) const { return pair("got", message); }
  [[nodiscard]] Value seen(const Down& down) const;
  [[nodiscard]] Value seen(const Exit& signal) const;
  [[nodiscard]] Value seen(const TaskResult<Value>& result) const;
  [[nodiscard]] Value seen(const RegistryEvent& event) const;
  /// Records such a message: [kind, WHO, ...].
  template <typename M>
  void observe(const M& message) {
    ValueArray observation = *seen(message).template get_if<ValueArray>();
    observation.insert(observation.begin() + 1, Value(name_));
    world_.observe(std::move(observation));
  }

  [[nodiscard]] World& world() const { return world_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  using Handler = std::optional<Value> (Performer::*)(const Value& operation);
  static const std::map<std::string, Handler>& handlers();
  static void add_process_handlers(std::map<std::string, Handler>& all);
  static void add_server_handlers(std::map<std::string, Handler>& all);
  static void add_task_handlers(std::map<std::string, Handler>& all);
  static void add_partition_handlers(std::map<std::string, Handler>& all);
  static void add_registry_handlers(std::map<std::string, Handler>& all);
  static Value pair(Value first, Value second) {
    return Value::array({std::move(first), std::move(second)});
  }

  void tag(Reference reference, const std::string& name) { tags_[reference] = name; }
  [[nodiscard]] std::string tag_of(Reference reference) const;

  // processes
  std::optional<Value> quit(const Value& operation);
  std::optional<Value> finish(const Value& operation);
  std::optional<Value> raise(const Value& operation);
  std::optional<Value> throw_value(const Value& operation);
  std::optional<Value> link_to(const Value& operation);
  std::optional<Value> unlink_from(const Value& operation);
  std::optional<Value> list_links(const Value& operation);
  std::optional<Value> trap(const Value& operation);
  std::optional<Value> exit_other(const Value& operation);
  std::optional<Value> watch(const Value& operation);
  std::optional<Value> unwatch(const Value& operation);
  std::optional<Value> alive(const Value& operation);
  std::optional<Value> send_message(const Value& operation);
  std::optional<Value> burst(const Value& operation);
  std::optional<Value> register_self(const Value& operation);
  std::optional<Value> register_other(const Value& operation);
  std::optional<Value> unregister(const Value& operation);
  std::optional<Value> whereis(const Value& operation);
  std::optional<Value> own_name(const Value& operation);
  std::optional<Value> spawn_actor(const Value& operation);
  std::optional<Value> start_timer(const Value& operation);
  std::optional<Value> stop_timer(const Value& operation);
  std::optional<Value> read_timer(const Value& operation);
  std::optional<Value> flush(const Value& operation);
  std::optional<Value> receive_tagged(const Value& operation);
  std::optional<Value> queue_length(const Value& operation);
  std::optional<Value> sleep(const Value& operation);
  std::optional<Value> add_alias(const Value& operation);
  std::optional<Value> send_to_alias(const Value& operation);
  std::optional<Value> end_alias(const Value& operation);
  // servers and agents
  std::optional<Value> start_server(const Value& operation);
  std::optional<Value> call_server(const Value& operation);
  std::optional<Value> cast_server(const Value& operation);
  std::optional<Value> stop_process(const Value& operation);
  std::optional<Value> reply_to(const Value& operation);
  std::optional<Value> server_whereis(const Value& operation);
  std::optional<Value> start_agent(const Value& operation);
  std::optional<Value> agent_get(const Value& operation);
  std::optional<Value> agent_update(const Value& operation);
  std::optional<Value> agent_get_and_update(const Value& operation);
  std::optional<Value> agent_cast(const Value& operation);
  // tasks
  std::optional<Value> start_async(const Value& operation);
  std::optional<Value> completed(const Value& operation);
  std::optional<Value> await_one(const Value& operation);
  std::optional<Value> await_all(const Value& operation);
  std::optional<Value> yield_one(const Value& operation);
  std::optional<Value> yield_all(const Value& operation);
  std::optional<Value> shut_down(const Value& operation);
  std::optional<Value> ignore(const Value& operation);
  std::optional<Value> start_task(const Value& operation);
  std::optional<Value> supervised_async(const Value& operation);
  std::optional<Value> supervised_start(const Value& operation);
  std::optional<Value> supervised_children(const Value& operation);
  std::optional<Value> supervised_end(const Value& operation);
  std::optional<Value> supervisor_stop(const Value& operation);
  std::optional<Value> stream(const Value& operation);
  // registries
  template <typename F>
  std::optional<Value> with_registry(const Value& operation, F f);
  [[nodiscard]] Value named(const Registry::Entries& entries) const;
  std::optional<Value> registry_register(const Value& operation);
  std::optional<Value> registry_unregister(const Value& operation);
  std::optional<Value> registry_lookup(const Value& operation);
  std::optional<Value> registry_values(const Value& operation);
  std::optional<Value> registry_keys(const Value& operation);
  std::optional<Value> registry_count(const Value& operation);
  std::optional<Value> registry_select(const Value& operation);
  std::optional<Value> registry_update(const Value& operation);
  std::optional<Value> registry_whereis(const Value& operation);
  std::optional<Value> registry_dispatch(const Value& operation);
  std::optional<Value> registry_metadata(const Value& operation);
  // partitions
  [[nodiscard]] const Partitions& partitions(const Value& operation) const;
  std::optional<Value> start_partitions(const Value& operation);
  std::optional<Value> count_partitions(const Value& operation);
  std::optional<Value> partition_get(const Value& operation);
  std::optional<Value> partition_update(const Value& operation);
  std::optional<Value> partition_kill(const Value& operation);
  std::optional<Value> list_partitions(const Value& operation);
  std::optional<Value> partition_counts(const Value& operation);
  std::optional<Value> stop_partitions(const Value& operation);

  void keep_task(const std::string& tag, Task<Value> task);
  [[nodiscard]] Task<Value>& task(const Value& operation);
  [[nodiscard]] bool knows_all(const Value& names) const;
  template <typename F>
  auto with_tasks(const Value& names, F f);

  World& world_;
  std::string name_;
  std::map<std::string, Reference> monitors_;
  std::map<Reference, std::string> tags_;
  std::map<std::string, Timer> timers_;
  std::map<std::string, Task<Value>> tasks_;
};

/// The start options of an actor: OPTIONS of the step `spawn`.
struct ActorOptions {
  bool traps = false;
  bool keeps = false;  ///< messages stay in the mailbox until `flush` or `receive`
  ValueArray then;     ///< operations performed at once
};
[[nodiscard]] ActorOptions actor_options(const Value& options);
/// The body of an actor: executes orders, and takes every message between them.
[[nodiscard]] std::function<void()> actor_body(World& world, std::string name,
                                               ActorOptions options);
/// The body of a task; returns its value. `item` replaces "$item".
[[nodiscard]] Value run_task_script(World& world, const std::string& name, const Value& script,
                                    const Value& item);

}  // namespace kith::conformance
