// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/shared.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/printable.hpp"
#include "core/value_json.hpp"

namespace kith::cli {
namespace {

Error usage(std::string text) {
  return {ErrorCode::invalid_argument, std::move(text)};
}

/// Builds the arguments of one action on a table. Errors: `invalid_argument` for a missing or
/// surplus value, or an increment that is not an integer.
Result<ValueMap> arguments_of(const TableCommand& command) {
  ValueMap arguments{{"table", command.table}, {"key", command.key}, {"action", command.action}};
  const bool counts = command.action == "update-counter" || command.action == "update_counter";
  if (counts) arguments["action"] = "update_counter";
  if (!counts && command.action != "put") {
    if (command.value) return usage(fmt::format("{} takes no value", in_quotes(command.action)));
    return arguments;
  }
  if (!command.value) {
    if (counts) return arguments;
    return usage("'put' needs a value: kith table TABLE put KEY VALUE");
  }
  const auto json = from_json(*command.value);
  Value value = json ? *json : Value(*command.value);
  if (counts && value.kind() != Value::Kind::integer) {
    return usage(fmt::format("{} is not a whole number to add", in_quotes(*command.value)));
  }
  arguments[counts ? "increment" : "value"] = std::move(value);
  return arguments;
}

}  // namespace

int run_table(const Context& context, const TableCommand& command) {
  auto arguments = arguments_of(command);
  if (!arguments) return fail(context, arguments.error());
  const auto reply = ask(context, "table", std::move(*arguments));
  if (!reply) return fail(context, reply.error());
  if (!field_bool(*reply, "found")) {
    return fail(context,
                Error(ErrorCode::not_found, fmt::format("table {} has no key {}", command.table,
                                                        in_quotes(command.key))));
  }
  const Value* value = reply->find("value");
  return show(context, *reply, to_plain(value == nullptr ? Value() : *value));
}

}  // namespace kith::cli
