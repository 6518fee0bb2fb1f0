// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "tests/conformance/functions.hpp"
#include "tests/conformance/performer.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

const Value bad_argument = Value::array({"error", "badarg"});

void sort_by_text(ValueArray& values) {
  std::ranges::sort(values, {}, [](const Value& each) { return to_json(each); });
}

/// Replaces pids by logical names, as in the patterns and templates of scenarios.
Value with_names(const Value& value, const World& world) {
  if (const auto* pid = value.get_if<Pid>()) return world.name_of(*pid);
  const auto* parts = value.get_if<ValueArray>();
  if (parts == nullptr) return value;
  ValueArray named;
  for (const Value& part : *parts) named.push_back(with_names(part, world));
  return named;
}

std::vector<RegistrySelection> selections(const Value& clauses, const World& world) {
  std::vector<RegistrySelection> all;
  for (const Value& clause : items(clauses)) {
    const Value& head = at(clause, 0);
    Value owner = at(head, 1);
    const std::string name = text(owner);
    if (name != "_" && !name.starts_with("$")) owner = world.process(name);
    all.push_back(
        {at(head, 0), std::move(owner), at(head, 2), items(at(clause, 1)), at(clause, 2)});
  }
  return all;
}

}  // namespace

/// Runs `f(registry)`; a missing registry is a wrong argument.
template <typename F>
std::optional<Value> Performer::with_registry(const Value& operation, F f) {
  const auto it = world_.registries.find(text_at(operation, 1));
  if (it == world_.registries.end()) return bad_argument;
  return f(it->second);
}

/// Returns [[NAME, V],...] sorted by name; those of one owner keep their order.
Value Performer::named(const Registry::Entries& entries) const {
  ValueArray all;
  for (const auto& [pid, value] : entries) all.push_back(pair(world_.name_of(pid), value));
  std::ranges::stable_sort(all, {}, [](const Value& each) { return text_at(each, 0); });
  return all;
}

void Performer::add_registry_handlers(std::map<std::string, Handler>& all) {
  all["r_register"] = &Performer::registry_register;
  all["r_unregister"] = &Performer::registry_unregister;
  all["r_unregister_match"] = &Performer::registry_unregister;
  all["r_lookup"] = &Performer::registry_lookup;
  all["r_match"] = &Performer::registry_lookup;
  all["r_count_match"] = &Performer::registry_lookup;
  all["r_values"] = &Performer::registry_values;
  all["r_keys"] = &Performer::registry_keys;
  all["r_count"] = &Performer::registry_count;
  all["r_partitions"] = &Performer::registry_count;
  all["r_select"] = &Performer::registry_select;
  all["r_count_select"] = &Performer::registry_select;
  all["r_update_value"] = &Performer::registry_update;
  all["r_whereis"] = &Performer::registry_whereis;
  all["r_dispatch"] = &Performer::registry_dispatch;
  all["r_put_meta"] = &Performer::registry_metadata;
  all["r_meta"] = &Performer::registry_metadata;
  all["r_delete_meta"] = &Performer::registry_metadata;
}

std::optional<Value> Performer::registry_register(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const auto done = registry.register_process(at(operation, 2), self(), at(operation, 3));
    if (done) return "ok";
    const Value* reason = done.error().reason();
    if (reason == nullptr) return bad_argument;
    return pair("error", pair(at(*reason, 0), world_.name_of(*at(*reason, 1).get_if<Pid>())));
  });
}

std::optional<Value> Performer::registry_unregister(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const Value& key = at(operation, 2);
    if (text_at(operation, 0) == "r_unregister")
      static_cast<void>(registry.unregister(key, self()));
    else
      registry.unregister_match(key, self(), at(operation, 3), items(at(operation, 4)));
    return "ok";
  });
}

std::optional<Value> Performer::registry_lookup(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const Value& key = at(operation, 2);
    if (text_at(operation, 0) == "r_lookup") return named(registry.lookup(key));
    const auto found = registry.match(key, at(operation, 3), items(at(operation, 4)));
    if (text_at(operation, 0) == "r_match") return named(found);
    return static_cast<std::int64_t>(found.size());
  });
}

std::optional<Value> Performer::registry_values(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    return registry.values(at(operation, 2), world_.process(text_at(operation, 3)));
  });
}

std::optional<Value> Performer::registry_keys(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const auto found = registry.keys(world_.process(text_at(operation, 2)));
    ValueArray keys(found.begin(), found.end());
    sort_by_text(keys);
    return keys;
  });
}

std::optional<Value> Performer::registry_count(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const bool of_entries = text_at(operation, 0) == "r_count";
    return static_cast<std::int64_t>(of_entries ? registry.count() : registry.partitions());
  });
}

std::optional<Value> Performer::registry_select(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    ValueArray found = registry.select(selections(at(operation, 2), world_));
    if (text_at(operation, 0) == "r_count_select") return static_cast<std::int64_t>(found.size());
    for (Value& each : found) each = with_names(each, world_);
    sort_by_text(found);
    return found;
  });
}

std::optional<Value> Performer::registry_update(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const auto updated = registry.update_value(at(operation, 2), self(), [&](const Value& value) {
      return apply(at(operation, 3), value, world_);
    });
    if (updated) return pair(updated->first, updated->second);
    return updated.error().code() == ErrorCode::not_found ? Value("error") : bad_argument;
  });
}

std::optional<Value> Performer::registry_whereis(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const auto pid = registry.whereis(at(operation, 2));
    return pid ? world_.name_of(*pid) : Value();
  });
}

std::optional<Value> Performer::registry_dispatch(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const Value& options = at(operation, 3);
    const auto tell = [&, caller = self()](const Registry::Entries& entries) {
      const char* where = self() == caller ? "caller" : "other";
      world_.observe({"dispatch", name_, where, static_cast<std::int64_t>(entries.size())});
      if (const Value& message = field(options, "raise"); message != Value()) {
        throw std::runtime_error(text(message));
      }
      for (const auto& [pid, value] : entries) {
        static_cast<void>(send(pid, pair("dispatched", value)));
      }
    };
    registry.dispatch(at(operation, 2), tell, is_true(field(options, "parallel")));
    return "ok";
  });
}

std::optional<Value> Performer::registry_metadata(const Value& operation) {
  return with_registry(operation, [&](const Registry& registry) -> Value {
    const std::string what = text_at(operation, 0);
    const std::string key = text_at(operation, 2);
    if (what == "r_put_meta") registry.put_metadata(key, at(operation, 3));
    if (what == "r_delete_meta") registry.erase_metadata(key);
    if (what != "r_meta") return "ok";
    const auto value = registry.metadata(key);
    return value ? pair("ok", *value) : Value("error");
  });
}

}  // namespace kith::conformance
