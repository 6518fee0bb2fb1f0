#include "cli/commands/shared.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/breaker_fields.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "core/printable.hpp"
#include "core/value_json.hpp"

namespace kith::cli {
namespace {

std::string retry_text(const Value& reply) {
  const Duration wait(field_integer(reply, "retry_after_ns"));
  if (wait == Duration::max()) return "never";
  return "in " + format_duration(wait);
}

Error usage(std::string text) {
  return {ErrorCode::invalid_argument, std::move(text)};
}

/// The arguments of one action on a table. Errors: `invalid_argument` for a value that is missing,
/// too many, or no number where one is needed.
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
    return usage(fmt::format("{} is not a whole number to count by", in_quotes(*command.value)));
  }
  arguments[counts ? "increment" : "value"] = std::move(value);
  return arguments;
}

ValueMap arguments_of(const LimitCommand& command, const std::string& key) {
  return {{"name", command.name},
          {"key", key},
          {"limit", command.options.limit},
          {"window_ns", command.options.window.count()},
          {"algorithm", std::string(to_string(command.options.algorithm))},
          {"cost", command.cost}};
}

std::string decision_text(const Value& reply) {
  const std::string node = field_text(reply, "node");
  if (!field_bool(reply, "admitted")) {
    return fmt::format("limited: again {} (counted on {})", retry_text(reply), node);
  }
  return fmt::format("admitted: {} of {} left (counted on {})", field_integer(reply, "remaining"),
                     field_integer(reply, "limit"), node);
}

/// Several keys: one line each. One that cannot be asked decides the exit code.
int run_limits(const Context& context, const LimitCommand& command) {
  ValueArray items;
  for (const std::string& key : command.keys) items.emplace_back(arguments_of(command, key));
  const auto reply = ask(context, "limit_batch", {{"items", std::move(items)}});
  if (!reply) return fail(context, reply.error());
  std::string text;
  int code = 0;
  const ValueArray& answers = field_list(*reply, "answers");
  for (std::size_t i = 0; i < std::min(answers.size(), command.keys.size()); ++i) {
    const Value* error = answers[i].find("error");
    if (error != nullptr)
      code = exit_code(
          error_code_from_string(field_text(*error, "code")).value_or(ErrorCode::internal));
    else if (code == 0 && !field_bool(answers[i], "admitted"))
      code = 1;
    text += fmt::format("{}: {}\n", command.keys[i],
                        error == nullptr ? decision_text(answers[i]) : field_text(*error, "text"));
  }
  return show(context, *reply, text, code);
}

}  // namespace

int run_limit(const Context& context, const LimitCommand& command) {
  if (const auto good = validate(command.options); !good) return fail(context, good.error());
  if (command.keys.size() > 1) return run_limits(context, command);
  const auto reply = ask(context, "limit", arguments_of(command, command.keys.front()));
  if (!reply) return fail(context, reply.error());
  return show(context, *reply, decision_text(*reply), field_bool(*reply, "admitted") ? 0 : 1);
}

int run_breaker(const Context& context, const BreakerCommand& command) {
  if (const auto good = validate(command.options); !good) return fail(context, good.error());
  ValueMap arguments = breaker_fields(command.options);
  arguments["name"] = command.name;
  arguments["action"] = command.action;
  if (command.permit) arguments["permit"] = *command.permit;
  const auto reply = ask(context, "breaker", std::move(arguments));
  if (!reply) return fail(context, reply.error());
  const bool refused = command.action == "acquire" && !field_bool(*reply, "permitted");
  std::string text = fmt::format("{}: {} failures in a row, {} requests, {} refused (on {})",
                                 field_text(*reply, "state"), field_integer(*reply, "failures"),
                                 field_integer(*reply, "requests"),
                                 field_integer(*reply, "refused"), field_text(*reply, "node"));
  if (refused)
    text = "refused: again " + retry_text(*reply) + "\n" + text;
  else if (command.action == "acquire") {
    text = fmt::format("permitted: report the result with --permit {}\n",
                       field_integer(*reply, "permit")) +
           text;
  }
  return show(context, *reply, text, refused ? 1 : 0);
}

int run_table(const Context& context, const TableCommand& command) {
  auto arguments = arguments_of(command);
  if (!arguments) return fail(context, arguments.error());
  const auto reply = ask(context, "table", std::move(*arguments));
  if (!reply) return fail(context, reply.error());
  if (!field_bool(*reply, "found")) {
    return fail(context, Error(ErrorCode::not_found, fmt::format("table {} has no key {}",
                                                                 command.table,
                                                                 in_quotes(command.key))));
  }
  const Value* value = reply->find("value");
  return show(context, *reply, to_plain(value == nullptr ? Value() : *value));
}

}  // namespace kith::cli
