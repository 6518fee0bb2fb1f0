// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/limits.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/shared_list.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"

namespace kith::cli {
namespace {

Error usage(std::string text) {
  return {ErrorCode::invalid_argument, std::move(text)};
}

/// Checks the arguments.
std::optional<Error> mistake_in(const LimitCommand& command) {
  if (command.name.empty()) return usage("the limit's NAME is empty");
  if (std::ranges::find(command.keys, "") != command.keys.end()) return usage("a KEY is empty");
  if (!command.defines) return std::nullopt;
  const RateLimiterOptions& options = command.options;
  if (options.window == Duration::zero() && options.calendar == CalendarUnit::none) {
    return usage("a window of 0 never limits; give it a length, e.g. --window 60s");
  }
  if (const auto good = validate(options); !good) return good.error();
  return std::nullopt;
}

ValueMap arguments_of(const LimitCommand& command, const std::string& key) {
  ValueMap arguments{{"name", command.name}, {"key", key}, {"cost", command.cost}};
  if (!command.defines) return arguments;
  const RateLimiterOptions& options = command.options;
  arguments["limit"] = options.limit;
  arguments["window_ns"] = options.window.count();
  arguments["algorithm"] = std::string(to_string(options.algorithm));
  arguments["burst"] = options.burst;
  arguments["calendar"] = std::string(to_string(options.calendar));
  arguments["shadow"] = options.shadow;
  return arguments;
}

std::string left_text(const Value& reply) {
  std::string text = fmt::format("{} of {} left", field_integer(reply, "remaining"),
                                 field_integer(reply, "limit"));
  if (field_bool(reply, "shadowed")) text += ", shadow: would be limited";
  if (field_integer(reply, "ticket") != 0) text += ", ticket " + field_text(reply, "ticket");
  return text;
}

/// Describes the decision on a request; `colon` follows its first word.
std::string decision_text(const Value& reply, const char* good, const char* colon = ":") {
  const std::string node = field_text(reply, "node");
  if (!field_bool(reply, "admitted")) {
    return fmt::format("limited{} again {} (counted on {})", colon, retry_text(reply), node);
  }
  return fmt::format("{}{} {} (counted on {})", good, colon, left_text(reply), node);
}

/// Counts several keys, one line each. An error of an item takes precedence in the exit code.
int run_batch(const Context& context, const LimitCommand& command) {
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
    text += fmt::format(
        "{}: {}\n", command.keys[i],
        error == nullptr ? decision_text(answers[i], "admitted", ",") : field_text(*error, "text"));
  }
  return show(context, *reply, text, code);
}

/// Formats a definition: "100 per 60 s, sliding_log".
std::string definition_text(const Value& limit) {
  const Value* definition = limit.find("definition");
  if (definition == nullptr) return {};
  const std::string window = format_duration(Duration(field_integer(*definition, "window_ns")));
  const std::string calendar = field_text(*definition, "calendar");
  const std::string algorithm = field_text(*definition, "algorithm");
  const auto count = field_integer(*definition, "limit");
  std::string text = algorithm == "concurrency"
                         ? fmt::format("{} at a time, {} each", count, window)
                     : calendar != "none" ? fmt::format("{} per {} (UTC)", count, calendar)
                                          : fmt::format("{} per {}", count, window);
  text += ", " + algorithm;
  if (const auto burst = field_integer(*definition, "burst"); burst != 0) {
    text += fmt::format(", burst {}", burst);
  }
  if (field_bool(*definition, "shadow")) text += ", shadow";
  return text;
}

std::string places_text(const Value& limit) {
  std::string text;
  for (const Value& node : field_list(limit, "nodes")) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", field_text(node, "node"),
                        field_integer(node, "keys"));
  }
  return text;
}

std::string key_text(const Value& key) {
  std::string text = fmt::format("{}: {} used, {} left", field_text(key, "key"),
                                 field_integer(key, "used"), field_integer(key, "remaining"));
  if (!field_bool(key, "admitted")) text += ", again " + retry_text(key);
  return text + fmt::format(" (counted on {}, partition {})\n", field_text(key, "node"),
                            field_integer(key, "partition"));
}

}  // namespace

int run_limit(const Context& context, const LimitCommand& command) {
  if (const auto mistake = mistake_in(command)) return fail(context, *mistake);
  if (command.keys.size() > 1) return run_batch(context, command);
  const auto reply = ask(context, "limit", arguments_of(command, command.keys.front()));
  if (!reply) return fail(context, reply.error());
  const int code = field_bool(*reply, "admitted") ? 0 : 1;
  return show(context, *reply, decision_text(*reply, "admitted"), code);
}

int run_limit_reserve(const Context& context, const LimitCommand& command) {
  if (const auto mistake = mistake_in(command)) return fail(context, *mistake);
  if (command.cost < 1) return fail(context, usage("a reservation needs a cost of at least 1"));
  ValueMap arguments = arguments_of(command, command.keys.front());
  arguments["hold_for_ns"] = command.hold_for.count();
  const auto reply = ask(context, "limit_reserve", std::move(arguments));
  if (!reply) return fail(context, reply.error());
  const int code = field_bool(*reply, "admitted") ? 0 : 1;
  return show(context, *reply, decision_text(*reply, "reserved"), code);
}

int run_limit_end(const Context& context, const LimitCommand& command) {
  if (const auto mistake = mistake_in(command)) return fail(context, *mistake);
  const auto reply = ask(context, "limit_end",
                         {{"name", command.name},
                          {"key", command.keys.front()},
                          {"ticket", static_cast<std::int64_t>(command.ticket)},
                          {"commit", command.commit}});
  if (!reply) return fail(context, reply.error());
  if (!field_bool(*reply, "ended")) {
    return show(context, *reply,
                fmt::format("the ticket {} holds nothing: it is unknown, has ended or has expired",
                            command.ticket),
                1);
  }
  return show(context, *reply, command.commit ? "counted" : "given back");
}

int run_limit_show(const Context& context, const LimitCommand& command) {
  const std::string& key = command.keys.front();
  if (command.name.empty()) return fail(context, usage("the limit's NAME is empty"));
  ValueMap arguments{{"name", command.name}};
  if (!key.empty()) arguments["key"] = key;
  const auto reply = ask(context, "limit_show", std::move(arguments));
  if (!reply) return fail(context, reply.error());
  std::string text = fmt::format("{}: {} (defined {})\n", command.name, definition_text(*reply),
                                 instant_text(*reply, "defined_at_ns"));
  text += fmt::format("keys: {}, on {}\n", field_integer(*reply, "keys"), places_text(*reply));
  if (const Value* used = reply->find("key")) text += key_text(*used);
  return show(context, *reply, text);
}

int run_limits(const Context& context, const std::string& prefix) {
  const auto reply = ask_whole_list(context, "limits", prefix);
  if (!reply) return fail(context, reply.error());
  Table table{.columns = {"NAME", "ALLOWS", "KEYS", "ON", "DEFINED"}, .rows = {}};
  for (const Value& limit : field_list(*reply, "limits")) {
    table.rows.push_back({field_text(limit, "name"), definition_text(limit),
                          field_text(limit, "keys"), places_text(limit),
                          instant_text(limit, "defined_at_ns")});
  }
  return show(context, *reply, table);
}

}  // namespace kith::cli
