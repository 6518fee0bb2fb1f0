// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/processes.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "cli/duration.hpp"
#include "core/limits.hpp"
#include "core/value_json.hpp"

namespace kith::cli {
namespace {

/// The node replies `timeout` at the deadline of the call; the command waits this much longer for
/// that reply.
constexpr Duration answer_margin = std::chrono::seconds(2);

std::vector<Cell> name_row(const Value& entry) {
  return {field_text(entry, "name"), field_text(entry, "pid"), field_text(entry, "node")};
}

Table names_table() {
  return {{"NAME", "PID", "NODE"}, {}};
}

/// Builds the arguments of `send` and `call`. Errors: `invalid_argument` if the body is not a JSON
/// object.
Result<ValueMap> arguments_of(const MessageCommand& command) {
  Value body = ValueMap{};
  if (!command.body.empty()) {
    auto read = from_json(command.body);
    if (!read || read->kind() != Value::Kind::map) {
      const std::string why = read ? "it is another kind of value" : read.error().text();
      return Error(ErrorCode::invalid_argument,
                   fmt::format("the message's content must be a JSON object such as "
                               "'{{\"key\":\"region\"}}' (in quotes for the shell): {}",
                               why));
    }
    body = std::move(*read);
  }
  return ValueMap{{"to", command.to}, {"message", command.message}, {"body", std::move(body)}};
}

Cell state_cell(const Value& entry) {
  const std::string state = field_text(entry, "state");
  const std::int64_t wait = field_integer(entry, "next_attempt_ms");
  if (wait >= 0)
    return {fmt::format("{} in {}", state, format_duration(std::chrono::milliseconds(wait))),
            Colour::warning};
  if (state == "busy" || state == "suspended" || state == "restarting")
    return {state, Colour::warning};
  return {state, state == "stopped" ? Colour::bad : Colour::none};
}

/// Formats a counter; zero is "-", so that the others stand out.
std::string count_text(const Value& entry, std::string_view field) {
  const std::int64_t count = field_integer(entry, field);
  return count == 0 ? "-" : std::to_string(count);
}

/// Adds a row for a node of the tree and its descendants. `lead` is drawn before the node, `below`
/// before its children.
void add_tree_rows(const Value& entry, const std::string& lead, const std::string& below,
                   Table& table) {
  const std::string label = field_text(entry, "label");
  const std::string id = field_text(entry, "id");
  const Value* const pid = entry.find("pid");
  const bool runs = pid != nullptr && !pid->is_null();
  table.rows.push_back({lead + (id.empty() ? "(no label)" : id), runs ? to_plain(*pid) : "-",
                        state_cell(entry), count_text(entry, "restarts"),
                        count_text(entry, "messages"), label == id ? "" : label});
  const ValueArray& children = field_list(entry, "children");
  const std::int64_t omitted = field_integer(entry, "omitted");
  for (std::size_t i = 0; i < children.size(); ++i) {
    const bool last = i + 1 == children.size() && omitted == 0;
    add_tree_rows(children[i], below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "),
                  table);
  }
  if (omitted > 0) table.rows.push_back({fmt::format("{}└─ and {} more", below, omitted)});
}

}  // namespace

int run_tree(const Context& context, std::size_t children) {
  // The first tree is the root's, which does not count.
  const std::size_t trees_max = children + 1;
  ValueMap whole;
  ValueArray trees;
  const ValueMap arguments{{"children", static_cast<std::int64_t>(children)}};
  const auto asked = for_each_page(context, "tree", arguments, [&](const Value& page) {
    const ValueArray& more = field_list(page, "trees");
    const std::size_t wanted = std::min(more.size(), trees_max - trees.size());
    trees.insert(trees.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(wanted));
    whole = *page.get_if<ValueMap>();
    if (wanted < more.size()) whole["next"] = "";  // more than are shown
    return trees.size() < trees_max;
  });
  if (!asked) return fail(context, asked.error());
  Table table{{"PROCESS", "PID", "STATE", "RESTARTS", "MESSAGES", "LABEL"}, {}};
  for (const Value& top : trees) add_tree_rows(top, "", "", table);
  const bool more = !whole["next"].is_null();
  if (more) {
    table.rows.push_back({fmt::format("and more: {} processes in all, --children shows further",
                                      field_integer(whole, "processes"))});
  }
  whole.erase("next");
  whole["trees"] = std::move(trees);
  whole["complete"] = !more;
  return show(context, whole, table);
}

int run_names(const Context& context, const std::string& prefix) {
  TablePages pages(Screen::standard_output());
  const char* separator = "{\"names\":[";
  const auto asked = for_each_page(context, "names", {{"prefix", prefix}}, [&](const Value& page) {
    Table table = names_table();
    for (const Value& entry : field_list(page, "names")) {
      if (context.json)
        fmt::print("{}{}", std::exchange(separator, ","), to_json(entry));
      else
        table.rows.push_back(name_row(entry));
    }
    if (!context.json) fmt::print("{}", pages.page(table));
    return true;
  });
  if (!asked) return fail(context, asked.error());
  if (context.json) fmt::print("{}]}}\n", *separator == ',' ? "" : separator);
  return 0;
}

int run_whereis(const Context& context, const std::string& name) {
  const auto reply = ask(context, "whereis", {{"name", name}});
  if (!reply) return fail(context, reply.error());
  Table table = names_table();
  table.rows.push_back(name_row(*reply));
  return show(context, *reply, table);
}

int run_send(const Context& context, const MessageCommand& command) {
  auto arguments = arguments_of(command);
  if (!arguments) return fail(context, arguments.error());
  const auto reply = ask(context, "send", std::move(*arguments));
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, "sent");
}

int run_call(const Context& context, const MessageCommand& command) {
  auto arguments = arguments_of(command);
  if (!arguments) return fail(context, arguments.error());
  auto client = connect(context);
  if (!client) return fail(context, client.error());
  const Duration timeout = context.time_left(limits::call_timeout_default, SystemClock().now());
  (*arguments)["timeout_ns"] = timeout.count();
  const auto reply = client->ask("call", std::move(*arguments), timeout + answer_margin);
  if (!reply) return fail(context, reply.error());
  const Value* content = reply->find("reply");
  return show(context, *reply, to_plain(content == nullptr ? Value() : *content));
}

int run_agent_start(const Context& context, const std::string& name) {
  const auto reply = ask(context, "agent_start", {{"name", name}});
  if (!reply) return fail(context, reply.error());
  return show(context, *reply,
              fmt::format("agent {} runs on node {} as {}", name, field_text(*reply, "node"),
                          field_text(*reply, "pid")));
}

int run_agent_stop(const Context& context, const std::string& name) {
  const auto reply = ask(context, "agent_stop", {{"name", name}});
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, fmt::format("agent {} has ended", name));
}

}  // namespace kith::cli
