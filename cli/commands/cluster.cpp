// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/cluster.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/child_node.hpp"
#include "cli/duration.hpp"
#include "core/printable.hpp"
#include "node/version.hpp"

namespace kith::cli {
namespace {

/// Longer than one request: a joining node dials, is admitted and learns the members.
constexpr Duration join_timeout_default = std::chrono::seconds(30);

/// Default timeout of `health --wait`, and the interval of its requests.
constexpr Duration health_wait_default = std::chrono::seconds(30);
constexpr std::chrono::milliseconds health_pause{50};

Cell status_cell(const std::string& status) {
  if (status == "up") return {status, Colour::good};
  return {status, status == "suspect" ? Colour::warning : Colour::bad};
}

/// Marks the node that answered with a star, only on a terminal: programs read the bare name.
Table members_table(const Value& reply) {
  Table table{{"NAME", "ADDRESS", "STATUS", "INCARNATION", "BOOT"}, {}};
  const bool people = Screen::standard_output().header;
  for (const Value& member : field_list(reply, "members")) {
    const std::string self = people && field_bool(member, "self") ? " *" : "";
    table.rows.push_back({field_text(member, "name") + self, field_text(member, "address"),
                          status_cell(field_text(member, "status")),
                          field_text(member, "incarnation"), field_text(member, "boot")});
  }
  return table;
}

/// Adds a row per field; fields of nested maps are prefixed with the name of the map.
void add_rows(Table& table, const std::string& prefix, const ValueMap& fields) {
  for (const auto& [name, value] : fields) {
    if (const auto* inner = value.get_if<ValueMap>()) {
      add_rows(table, prefix + name + ".", *inner);
    } else if (name.ends_with("_ns")) {
      table.rows.push_back({prefix + name.substr(0, name.size() - 3),
                            format_duration(Duration(value.integer_or(0)))});
    } else {
      table.rows.push_back({prefix + name, to_plain(value)});
    }
  }
}

Table fields_table(const Value& value) {
  Table table{{"FIELD", "VALUE"}, {}};
  if (const auto* fields = value.get_if<ValueMap>()) add_rows(table, "", *fields);
  return table;
}

/// Returns a line per seed with the reason why the node has not joined; empty once it has.
std::vector<std::string> join_troubles(const Value& reply) {
  std::vector<std::string> lines;
  for (const Value& trouble : field_list(reply, "join_troubles")) {
    const Duration waited(field_integer(trouble, "waited_ns"));
    const auto whole = std::chrono::floor<std::chrono::seconds>(waited);
    lines.push_back(fmt::format("seed {} {} for {}", field_text(trouble, "seed"),
                                field_text(trouble, "text"), format_duration(whole)));
  }
  return lines;
}

int show_health(const Context& context, const Value& reply) {
  const bool ready = field_bool(reply, "ready");
  const Screen screen = Screen::standard_output();
  std::string text =
      ready ? coloured("ready", Colour::good, screen) : coloured("not ready", Colour::bad, screen);
  if (const Value* checks = reply.find("checks")) {
    for (const char* check : {"listening", "joined", "not_leaving"}) {
      text += fmt::format("\n  {}: {}", check, field_bool(*checks, check) ? "yes" : "no");
    }
  }
  for (const std::string& line : join_troubles(reply)) text += "\n  not joined: " + line;
  return show(context, reply, text, ready ? 0 : 1);
}

/// Returns whether the error can come from a node that is still starting.
bool may_come(const Error& error) {
  return error.code() == ErrorCode::no_connection || error.code() == ErrorCode::timeout;
}

std::string why_not(const Result<Value>& reply) {
  if (!reply) return reply.error().text();
  const auto troubles = join_troubles(*reply);
  return troubles.empty() ? "it has not joined yet, or is leaving"
                          : fmt::format("{}", fmt::join(troubles, "; "));
}

}  // namespace

int run_start(const Context& context, const Settings& flags) {
  const auto settings = collect_settings(flags);
  if (!settings) return fail(context, settings.error());
  const auto options = daemon_options(*settings);
  if (!options) return fail(context, options.error());
  return run_daemon(*options);
}

int run_join(const Context& context, const std::string& address) {
  const auto reply = ask(context, "join", {{"address", address}}, join_timeout_default);
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, members_table(*reply));
}

int run_leave(const Context& context) {
  auto client = connect(context);
  if (!client) return fail(context, client.error());
  const auto reply = ask(context, *client, "leave", {}, join_timeout_default);
  // The node may exit before its reply was sent.
  const bool ended = !reply && reply.error().code() == ErrorCode::no_connection;
  if (!reply && !ended) return fail(context, reply.error());
  return show(context, Value(ValueMap{}),
              fmt::format("the node at {} is leaving the cluster", client->address()));
}

int run_members(const Context& context) {
  const auto reply = ask_all(context, "members", {}, "members");
  if (!reply) return fail(context, reply.error());
  if (!context.json) {
    for (const std::string& line : join_troubles(*reply)) {
      fmt::print(stderr, "kith: not joined: {}\n", printable(line));
    }
  }
  return show(context, *reply, members_table(*reply));
}

int run_ping(const Context& context) {
  auto client = connect(context);
  if (!client) return fail(context, client.error());
  const SystemClock clock;
  const TimePoint began = clock.now();
  const auto reply = ask(context, *client, "ping", {});
  const Duration took = clock.now() - began;
  if (!reply) return fail(context, reply.error());
  const std::string name = field_text(*reply, "name");
  const std::string& address = client->address();
  return show(context,
              Value::map({{"name", name}, {"address", address}, {"round_trip_ns", took.count()}}),
              fmt::format("node {} at {} answers in {}", name, address, format_duration(took)));
}

int run_health(const Context& context) {
  const auto reply = ask(context, "health", {});
  if (!reply) return fail(context, reply.error());
  return show_health(context, *reply);
}

int run_health_wait(const Context& context) {
  const SystemClock clock;
  Context quiet = context;
  quiet.json = true;  // without the note which of several nodes is used, once per request
  quiet.timeout = context.timeout.value_or(health_wait_default);
  for (;;) {
    const auto reply = ask(quiet, "health", {});
    if (reply && field_bool(*reply, "ready")) return show_health(context, *reply);
    if (!reply && !may_come(reply.error())) return fail(context, reply.error());
    if (quiet.time_left({}, clock.now()) == Duration::zero()) {
      return fail(context, Error(ErrorCode::timeout, "the node is not ready: " + why_not(reply)));
    }
    pause_for(health_pause);
  }
}

int run_info(const Context& context) {
  const auto reply = ask(context, "info", {});
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, fields_table(*reply));
}

int run_version(const Context& context) {
  return show(context, Value::map({{"version", std::string(version)}}),
              fmt::format("kith {}", version));
}

}  // namespace kith::cli
