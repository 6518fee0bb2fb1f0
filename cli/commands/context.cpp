// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/context.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/exit_code.hpp"
#include "cli/node_address.hpp"

namespace kith::cli {

Duration Context::time_left(Duration otherwise, TimePoint now) const {
  return timeout ? std::max(*timeout - (now - began), Duration::zero()) : otherwise;
}

Result<NodeClient> connect(const Context& context) {
  const auto node = find_node(context.node);
  if (!node) return node.error();
  if (!node->note.empty() && !context.json) {
    fmt::print(stderr, "kith: {}\n", for_screen(node->note));
  }
  return NodeClient::connect(node->address,
                             context.time_left(connect_timeout_default, SystemClock().now()));
}

Result<Value> ask(const Context& context, NodeClient& client, const std::string& operation,
                  ValueMap arguments, Duration timeout) {
  return client.ask(operation, std::move(arguments),
                    context.time_left(timeout, SystemClock().now()));
}

Result<Value> ask(const Context& context, const std::string& operation, ValueMap arguments,
                  Duration timeout) {
  auto client = connect(context);
  if (!client) return client.error();
  return ask(context, *client, operation, std::move(arguments), timeout);
}

Result<void> for_each_page(const Context& context, const std::string& operation, ValueMap arguments,
                           const std::function<bool(const Value& page)>& take) {
  auto client = connect(context);
  if (!client) return client.error();
  for (;;) {
    const auto page = ask(context, *client, operation, arguments);
    if (!page) return page.error();
    const Value* const next = page->find("next");
    if (!take(*page) || next == nullptr || next->is_null()) return {};
    arguments["after"] = *next;
  }
}

Result<Value> ask_all(const Context& context, const std::string& operation, ValueMap arguments,
                      const std::string& field) {
  ValueArray all;
  ValueMap last;
  const auto take = [&](const Value& page) {
    const ValueArray& items = field_list(page, field);
    all.insert(all.end(), items.begin(), items.end());
    if (const auto* fields = page.get_if<ValueMap>()) last = *fields;
    return true;
  };
  const auto asked = for_each_page(context, operation, std::move(arguments), take);
  if (!asked) return asked.error();
  last[field] = std::move(all);
  last.erase("next");
  return Value(std::move(last));
}

int fail(const Context& context, const Error& error) {
  return print_error(error, context.json);
}

int show(const Context& context, const Value& value, const std::string& text, int code) {
  if (context.json)
    fmt::print("{}\n", to_json(value));
  else if (!text.empty())
    fmt::print("{}{}", for_screen(text), text.ends_with('\n') ? "" : "\n");
  return code;
}

int show(const Context& context, const Value& value, const Table& table) {
  if (context.json) return show(context, value, std::string());
  return show(context, value, to_text(table, Screen::standard_output()));
}

std::string field_text(const Value& value, std::string_view field) {
  const Value* found = value.find(field);
  return found == nullptr || found->is_null() ? std::string() : to_plain(*found);
}

std::int64_t field_integer(const Value& value, std::string_view field) {
  const Value* found = value.find(field);
  return found == nullptr ? 0 : found->integer_or(0);
}

bool field_bool(const Value& value, std::string_view field) {
  const Value* found = value.find(field);
  const bool* truth = found == nullptr ? nullptr : found->get_if<bool>();
  return truth != nullptr && *truth;
}

const ValueArray& field_list(const Value& value, std::string_view field) {
  static const ValueArray none;
  const Value* found = value.find(field);
  const auto* list = found == nullptr ? nullptr : found->get_if<ValueArray>();
  return list == nullptr ? none : *list;
}

}  // namespace kith::cli
