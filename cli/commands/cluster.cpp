#include "cli/commands/cluster.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/node_address.hpp"
#include "cli/node_client.hpp"
#include "node/version.hpp"

namespace kith::cli {
namespace {

/// A node that joins dials, is let in and hears of the others: longer than one question.
constexpr Duration join_timeout_default = std::chrono::seconds(30);

Cell status_cell(const std::string& status) {
  if (status == "up") return {status, Colour::good};
  return {status, status == "suspect" ? Colour::warning : Colour::bad};
}

Table members_table(const Value& reply) {
  Table table{{"NAME", "ADDRESS", "STATUS", "INCARNATION", "BOOT"}, {}};
  for (const Value& member : field_list(reply, "members")) {
    const std::string self = field_bool(member, "self") ? " (this node)" : "";
    table.rows.push_back({field_text(member, "name") + self, field_text(member, "address"),
                          status_cell(field_text(member, "status")),
                          field_text(member, "incarnation"), field_text(member, "boot")});
  }
  return table;
}

/// One row for each field; those of maps inside have their names before them.
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

/// The cluster of the node at that address, if it answers.
std::optional<std::string> cluster_of(const std::string& address) {
  auto client = NodeClient::connect(address);
  if (!client) return std::nullopt;
  const auto info = client->ask("info", {});
  if (!info) return std::nullopt;
  return field_text(*info, "cluster");
}

/// Nodes of different clusters do not hear each other, so that nobody can refuse.
std::optional<Error> different_clusters(const std::string& node, const std::string& other) {
  const auto ours = cluster_of(node);
  const auto theirs = cluster_of(other);
  if (!ours || !theirs || *ours == *theirs) return std::nullopt;
  return Error(
      ErrorCode::conflict,
      fmt::format("the node at {} belongs to the cluster '{}', this one to '{}'; start one "
                  "of them again with the --cluster of the other",
                  other, *theirs, *ours));
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
  const std::string node = find_node(context.node).address;
  if (const auto refused = different_clusters(node, address)) return fail(context, *refused);
  const auto reply = ask(context, "join", {{"address", address}}, join_timeout_default);
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, members_table(*reply));
}

int run_leave(const Context& context) {
  const std::string address = find_node(context.node).address;
  auto client = NodeClient::connect(address);
  if (!client) return fail(context, client.error());
  const auto reply = client->ask("leave", {}, context.timeout.value_or(join_timeout_default));
  // The node may end before its answer has left.
  const bool ended = !reply && reply.error().code() == ErrorCode::no_connection;
  if (!reply && !ended) return fail(context, reply.error());
  return show(context, Value(ValueMap{}),
              fmt::format("the node at {} leaves the cluster", address));
}

int run_members(const Context& context) {
  const auto reply = ask(context, "members", {});
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, members_table(*reply));
}

int run_ping(const Context& context) {
  const std::string address = find_node(context.node).address;
  auto client = NodeClient::connect(address);
  if (!client) return fail(context, client.error());
  const SystemClock clock;
  const TimePoint began = clock.now();
  const auto reply = client->ask("ping", {}, context.timeout.value_or(ask_timeout_default));
  const Duration took = clock.now() - began;
  if (!reply) return fail(context, reply.error());
  const std::string name = field_text(*reply, "name");
  return show(context,
              Value::map({{"name", name}, {"address", address}, {"round_trip_ns", took.count()}}),
              fmt::format("node {} at {} answers in {}", name, address, format_duration(took)));
}

int run_health(const Context& context) {
  const auto reply = ask(context, "health", {});
  if (!reply) return fail(context, reply.error());
  const bool ready = field_bool(*reply, "ready");
  const Screen screen = Screen::standard_output();
  std::string text =
      ready ? coloured("ready", Colour::good, screen) : coloured("not ready", Colour::bad, screen);
  if (const Value* checks = reply->find("checks")) {
    for (const char* check : {"listening", "joined", "not_leaving"}) {
      text += fmt::format("\n  {}: {}", check, field_bool(*checks, check) ? "yes" : "no");
    }
  }
  return show(context, *reply, text, ready ? 0 : 1);
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
