// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/breakers.hpp"

#include <utility>

#include <fmt/format.h>

#include "cli/breaker_fields.hpp"
#include "cli/commands/shared_list.hpp"
#include "cli/duration.hpp"

namespace kith::cli {
namespace {

/// Formats the results in the window of the policy and its threshold.
std::string results_text(const Value& breaker, const Value& definition) {
  const std::string policy = field_text(definition, "policy");
  const auto threshold = field_integer(definition, "failure_threshold");
  const auto failures = field_integer(breaker, "failures");
  const Duration window(field_integer(definition, "window_time_ns"));
  if (policy == "consecutive")
    return fmt::format("{} of {} failures in a row", failures, threshold);
  if (policy == "failures_in_time") {
    return fmt::format("{} of {} failures within {}", failures, threshold, format_duration(window));
  }
  const std::string calls =
      fmt::format("{} of {} calls failed", field_integer(breaker, "calls_failed"),
                  field_integer(breaker, "calls"));
  const Value* rate = breaker.find("failure_rate");
  const auto* known = rate == nullptr ? nullptr : rate->get_if<double>();
  if (known == nullptr || *known < 0) {
    return fmt::format("{}, no rate below {} calls", calls,
                       field_integer(definition, "minimum_calls"));
  }
  return fmt::format("{}, {:.4g} % (opens at {} %)", calls, *known,
                     field_text(definition, "failure_rate"));
}

/// Explains a state in terms of the breaker's policy.
std::string detail_text(const Value& breaker) {
  static const Value none{ValueMap{}};
  const Value* found = breaker.find("definition");
  const Value& definition = found == nullptr ? none : *found;
  const std::string state = field_text(breaker, "state");
  const std::string policy = field_text(definition, "policy");
  const bool rates = policy == "count_window" || policy == "time_window";
  if (state == "forced_open") return "refuses everything until it is reset";
  if (state == "forced_closed") return "lets everything pass until it is reset";
  if (state == "disabled") return "lets everything pass and decides nothing until it is reset";
  if (state == "half_open") {
    return fmt::format("{} probes at a time", field_integer(definition, "half_open_probes"));
  }
  if (state == "open") {
    const std::string probe = field_bool(breaker, "permitted") ? "the next request is a probe"
                                                               : "again " + retry_text(breaker);
    return rates ? probe + ", opened by " + results_text(breaker, definition) : probe;
  }
  return results_text(breaker, definition);
}

std::string state_text(const Value& breaker) {
  return fmt::format("{}: {}, {} requests, {} refused (on {})", field_text(breaker, "state"),
                     detail_text(breaker), field_integer(breaker, "requests"),
                     field_integer(breaker, "refused"), field_text(breaker, "node"));
}

/// Formats a definition: when it opens and for how long.
std::string definition_text(const Value& definition) {
  const std::string policy = field_text(definition, "policy");
  const auto threshold = field_integer(definition, "failure_threshold");
  const auto window = format_duration(Duration(field_integer(definition, "window_time_ns")));
  const std::string rate = fmt::format("{} % failed", field_text(definition, "failure_rate"));
  const std::string minimum =
      fmt::format("from {} calls on", field_integer(definition, "minimum_calls"));
  std::string text;
  if (policy == "consecutive") text = fmt::format("{} failures in a row", threshold);
  if (policy == "failures_in_time") text = fmt::format("{} failures within {}", threshold, window);
  if (policy == "time_window") text = fmt::format("{} within {}, {}", rate, window, minimum);
  if (policy == "count_window") {
    text = fmt::format("{} of the last {} calls, {}", rate,
                       field_integer(definition, "window_calls"), minimum);
  }
  return fmt::format("opens at {} for {}", text,
                     format_duration(Duration(field_integer(definition, "open_for_ns"))));
}

Error not_out(const BreakerCommand& command) {
  return {ErrorCode::not_found,
          fmt::format("the breaker '{}' has no outstanding permit {}, the result was not counted: "
                      "the permit was used, or the breaker has changed its state since",
                      command.name, command.permit.value_or(0))};
}

}  // namespace

int run_breaker(const Context& context, const BreakerCommand& command) {
  if (command.name.empty()) {
    return fail(context, Error(ErrorCode::invalid_argument, "the breaker's NAME is empty"));
  }
  if (const auto good = validate(command.options); !good) return fail(context, good.error());
  ValueMap arguments = command.defines ? breaker_fields(command.options) : ValueMap{};
  arguments["name"] = command.name;
  arguments["action"] = command.action;
  if (command.permit) arguments["permit"] = *command.permit;
  const auto reply = ask(context, "breaker", std::move(arguments));
  if (!reply) return fail(context, reply.error());
  const bool brings = command.action == "success" || command.action == "failure";
  const bool counted = !brings || field_bool(*reply, "counted");
  if (!counted && command.permit) return fail(context, not_out(command));
  const bool refused =
      !counted || (command.action == "acquire" && !field_bool(*reply, "permitted"));
  std::string text = state_text(*reply);
  if (refused) {
    text = fmt::format("refused{}: again {}\n{}", counted ? "" : ", the result was not counted",
                       retry_text(*reply), text);
  } else if (command.action == "acquire") {
    text = fmt::format("permitted: report the result with --permit {}\n{}",
                       field_integer(*reply, "permit"), text);
  }
  return show(context, *reply, text, refused ? 1 : 0);
}

int run_breaker_show(const Context& context, const BreakerCommand& command) {
  if (command.name.empty()) {
    return fail(context, Error(ErrorCode::invalid_argument, "the breaker's NAME is empty"));
  }
  const auto reply = ask(context, "breaker_show", {{"name", command.name}});
  if (!reply) return fail(context, reply.error());
  const Value* definition = reply->find("definition");
  std::string text = fmt::format("{}: {} (defined {})\n", command.name,
                                 definition == nullptr ? "" : definition_text(*definition),
                                 instant_text(*reply, "defined_at_ns"));
  text += fmt::format("{}, since {}, partition {}\n", state_text(*reply),
                      instant_text(*reply, "since_ns"), field_integer(*reply, "partition"));
  return show(context, *reply, text);
}

int run_breakers(const Context& context, const std::string& prefix) {
  const auto reply = ask_whole_list(context, "breakers", prefix);
  if (!reply) return fail(context, reply.error());
  Table table{.columns = {"NAME", "STATE", "SINCE", "RESULTS", "REQUESTS", "REFUSED", "ON"},
              .rows = {}};
  for (const Value& breaker : field_list(*reply, "breakers")) {
    const std::string state = field_text(breaker, "state");
    const bool refuses = state == "open" || state == "forced_open";
    table.rows.push_back(
        {field_text(breaker, "name"), Cell(state, refuses ? Colour::bad : Colour::none),
         instant_text(breaker, "since_ns"), detail_text(breaker), field_text(breaker, "requests"),
         field_text(breaker, "refused"), field_text(breaker, "node")});
  }
  return show(context, *reply, table);
}

}  // namespace kith::cli
