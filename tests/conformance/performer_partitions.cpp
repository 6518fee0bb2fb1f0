// SPDX-License-Identifier: Apache-2.0
#include <tuple>

#include "tests/conformance/functions.hpp"
#include "tests/conformance/partition_agent.hpp"
#include "tests/conformance/performer.hpp"
#include "tests/conformance/supervised.hpp"
#include "tests/conformance/term.hpp"

namespace kith::conformance {
namespace {

Value noproc() {
  return exit_during("noproc", "call");
}

}  // namespace

void Performer::add_partition_handlers(std::map<std::string, Handler>& all) {
  all["ps_start"] = &Performer::start_partitions;
  all["ps_partitions"] = &Performer::count_partitions;
  all["ps_get"] = &Performer::partition_get;
  all["ps_update"] = &Performer::partition_update;
  all["ps_kill"] = &Performer::partition_kill;
  all["ps_which"] = &Performer::list_partitions;
  all["ps_count"] = &Performer::partition_counts;
  all["ps_stop"] = &Performer::stop_partitions;
}

const Partitions& Performer::partitions(const Value& operation) const {
  const auto it = world_.partitions.find(text_at(operation, 1));
  if (it == world_.partitions.end()) throw UnknownProcess(text_at(operation, 1));
  return it->second;
}

std::optional<Value> Performer::start_partitions(const Value& operation) {
  PartitionSupervisorOptions options;
  options.name = text_at(operation, 1);
  options.partitions = static_cast<std::size_t>(at(operation, 2).integer_or(0));
  const auto started = Partitions::start_link_each(world_.system(), options, [](std::size_t index) {
    return std::make_tuple(static_cast<std::int64_t>(index));
  });
  if (!started) return pair("error", started.error().text());
  world_.set_name(started->pid(), options.name);
  world_.partitions.insert_or_assign(options.name, *started);
  return "ok";
}

std::optional<Value> Performer::count_partitions(const Value& operation) {
  return static_cast<std::int64_t>(partitions(operation).partitions());
}

std::optional<Value> Performer::partition_get(const Value& operation) {
  const auto state =
      call(partitions(operation).ref(at(operation, 2).integer_or(0)), PartitionGet{});
  return state ? pair("ok", *state) : noproc();
}

std::optional<Value> Performer::partition_update(const Value& operation) {
  const auto update = [f = at(operation, 3), &world = world_](const Value& state) {
    return apply(f, state, world);
  };
  const auto done =
      call(partitions(operation).ref(at(operation, 2).integer_or(0)), PartitionUpdate{update});
  return done ? Value("ok") : noproc();
}

std::optional<Value> Performer::partition_kill(const Value& operation) {
  const auto pid = partitions(operation).ref(at(operation, 2).integer_or(0)).resolve();
  if (pid) kith::exit(*pid, "kill");
  return std::nullopt;
}

std::optional<Value> Performer::list_partitions(const Value& operation) {
  const auto children = partitions(operation).supervisor().children();
  if (!children) return noproc();
  ValueArray all;
  for (const ChildInfo& each : *children) {
    ValueArray parts;
    parts.emplace_back(static_cast<std::int64_t>(all.size()));
    parts.emplace_back(static_cast<bool>(each.pid));
    parts.emplace_back("worker");
    all.emplace_back(std::move(parts));
  }
  return Value(std::move(all));
}

std::optional<Value> Performer::partition_counts(const Value& operation) {
  const auto counts = partitions(operation).supervisor().count();
  return counts ? counts_to_value(*counts) : noproc();
}

std::optional<Value> Performer::stop_partitions(const Value& operation) {
  return partitions(operation).stop("normal") ? Value("ok") : exit_during("noproc", "stop");
}

}  // namespace kith::conformance
