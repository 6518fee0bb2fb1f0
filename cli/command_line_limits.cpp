// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command_line_parts.hpp"
#include "cli/commands/breakers.hpp"
#include "cli/commands/limits.hpp"

namespace kith::cli {
namespace {

constexpr const char* limit_help =
    "A request uses the definition in force, unless one of --limit, --window, --algorithm,\n"
    "--burst, --calendar and --shadow is given: that redefines the limit, with defaults for the\n"
    "omitted ones. `show` changes nothing. If a limit has the name of a command listed here,\n"
    "write kith limit check NAME KEY.\n\n"
    "Example:\n"
    "  kith limit api 10.0.0.7 --limit 100 --window 60s\n"
    "  kith limit api 10.0.0.7\n"
    "  kith limit show api 10.0.0.7\n"
    "  kith limit reserve api 10.0.0.7 --cost 5 --hold-for 30s";

constexpr const char* breaker_help =
    "A request uses the breaker's definition in force (the defaults if there is none), unless a\n"
    "flag of `use` other than --permit is given: that redefines the breaker, with defaults for "
    "the\n"
    "omitted ones. `show` and the action state change nothing. If a breaker is named show or use,\n"
    "write kith breaker use NAME ACTION.\n\n"
    "Example:\n"
    "  kith breaker payments failure --failures 5 --open-for 60s\n"
    "  kith breaker payments acquire\n"
    "  kith breaker payments forced_open\n"
    "  kith breaker show payments";

constexpr std::array<std::string_view, 4> limit_commands{"check", "show", "reserve", "end"};
constexpr std::array<std::string_view, 2> breaker_commands{"use", "show"};
/// Flags of these commands that take a value.
constexpr std::array<std::string_view, 22> valued_flags{"-o",
                                                        "--output",
                                                        "--node",
                                                        "--timeout",
                                                        "--limit",
                                                        "--window",
                                                        "--algorithm",
                                                        "--burst",
                                                        "--calendar",
                                                        "--cost",
                                                        "--hold-for",
                                                        "--ticket",
                                                        "--policy",
                                                        "--failures",
                                                        "--open-for",
                                                        "--open-backoff",
                                                        "--probes",
                                                        "--window-calls",
                                                        "--permit",
                                                        "--minimum-calls",
                                                        "--failure-rate",
                                                        "--prefix"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// Returns the index of the first word from `begin` on that is neither a flag nor the value of one,
/// or `words.size()`.
std::size_t plain_word(const std::vector<std::string>& words, std::size_t begin) {
  for (std::size_t i = begin; i < words.size(); ++i) {
    if (words[i] == "--") return i + 1;
    if (!words[i].starts_with('-')) return i;
    if (is_one_of(words[i], valued_flags)) ++i;
  }
  return words.size();
}

CLI::App* add_group(CLI::App& root, Invocation& invocation, const std::string& name,
                    const std::string& description, const std::string& help) {
  CLI::App* group = root.add_subcommand(name, description);
  group->require_subcommand(0, 1);
  group->footer(help);
  add_common_flags(*group, invocation.context);
  return group;
}

template <typename Line>
void run_as(CLI::App& command, Invocation& invocation, const std::shared_ptr<Line>& line,
            int (*run)(const Context&, const Line&)) {
  add_common_flags(command, invocation.context);
  command.callback([&invocation, line, run] {
    invocation.run = [line, run](const Context& context) { return run(context, *line); };
  });
}

/// Does the same and sets `defines` if any flag of `definition` is given.
template <typename Line>
void run_as(CLI::App& command, Invocation& invocation, const std::shared_ptr<Line>& line,
            int (*run)(const Context&, const Line&), std::vector<const CLI::Option*> definition) {
  add_common_flags(command, invocation.context);
  command.callback([&invocation, line, run, flags = std::move(definition)] {
    line->defines = std::ranges::any_of(flags, [](const auto* flag) { return flag->count() > 0; });
    invocation.run = [line, run](const Context& context) { return run(context, *line); };
  });
}

/// Adds the flags of a request and returns those that define the limit.
std::vector<const CLI::Option*> add_limit_options(CLI::App& command,
                                                  const std::shared_ptr<LimitCommand>& line) {
  RateLimiterOptions& options = line->options;
  const auto set_unit = [line](const std::string& name) {
    line->options.calendar = calendar_unit_from_string(name).value_or(CalendarUnit::none);
  };
  command.add_option("--limit", options.limit, "Requests per key and window")
      ->capture_default_str()
      ->type_name("NUMBER");
  add_duration(command, "--window", options.window, "Length of the window");
  add_algorithm(command, options.algorithm);
  command.add_option("--burst", options.burst, "With buckets and gcra: maximum burst")
      ->default_str("as --limit")
      ->type_name("NUMBER");
  command
      .add_option_function<std::string>("--calendar", set_unit,
                                        "With fixed_window and leaky_bucket: calendar windows "
                                        "(UTC) instead of --window")
      ->type_name("UNIT")
      ->check(one_of({"none", "minute", "hour", "day", "week", "month", "year"}));
  command.add_flag("--shadow", options.shadow,
                   "Admit everything, only report what would be limited");
  command.add_option("--cost", line->cost, "Units to count; 0 only checks, -5 gives back 5")
      ->capture_default_str()
      ->type_name("NUMBER");
  std::vector<const CLI::Option*> definition;
  for (const char* flag :
       {"--limit", "--window", "--algorithm", "--burst", "--calendar", "--shadow"}) {
    definition.push_back(command.get_option(flag));
  }
  return definition;
}

void add_limit_name(CLI::App& command, const std::shared_ptr<LimitCommand>& line) {
  command.add_option("NAME", line->name, "Name of the limit")->required()->type_name("");
}

void add_limit_key(CLI::App& command, const std::shared_ptr<LimitCommand>& line) {
  command
      .add_option("KEY", line->keys.emplace_back(), "Key that is counted, e.g. a client's address")
      ->required()
      ->type_name("");
}

void add_counting_commands(CLI::App& group, Invocation& invocation) {
  auto line = std::make_shared<LimitCommand>();
  CLI::App* check = add_command(group, "check",
                                "Count a request; `check` may be omitted (exit code 1 if limited)",
                                "kith limit api 10.0.0.7 --limit 100 --window 60s");
  add_limit_name(*check, line);
  check
      ->add_option("KEY", line->keys,
                   "Keys that are counted, e.g. clients' addresses; one request each")
      ->required()
      ->type_name("...");
  run_as(*check, invocation, line, run_limit, add_limit_options(*check, line));

  line = std::make_shared<LimitCommand>();
  CLI::App* reserve =
      add_command(group, "reserve", "Reserve units until `end` (exit code 1 if they do not fit)",
                  "kith limit reserve api 10.0.0.7 --cost 5 --hold-for 30s");
  add_limit_name(*reserve, line);
  add_limit_key(*reserve, line);
  auto definition = add_limit_options(*reserve, line);
  add_duration(*reserve, "--hold-for", line->hold_for, "The units are released after this time");
  run_as(*reserve, invocation, line, run_limit_reserve, std::move(definition));
}

void add_other_limit_commands(CLI::App& group, Invocation& invocation) {
  auto line = std::make_shared<LimitCommand>();
  CLI::App* end =
      add_command(group, "end",
                  "End a reservation or a lease and release its units (exit code 1 if it has none)",
                  "kith limit end api 10.0.0.7 1764583200000000001 --commit");
  add_limit_name(*end, line);
  add_limit_key(*end, line);
  end->add_option("TICKET,--ticket", line->ticket,
                  "Ticket number that `reserve` or `check` printed")
      ->required()
      ->type_name("");
  end->add_flag("--commit", line->commit, "Count the units instead of releasing them");
  run_as(*end, invocation, line, run_limit_end);

  line = std::make_shared<LimitCommand>();
  CLI::App* look = add_command(group, "show", "Show a limit and, with KEY, what the key has used",
                               "kith limit show api 10.0.0.7");
  add_limit_name(*look, line);
  look->add_option("KEY", line->keys.emplace_back(), "Key to show")->type_name("");
  run_as(*look, invocation, line, run_limit_show);
}

void add_breaker_name(CLI::App& command, const std::shared_ptr<BreakerCommand>& line) {
  command.add_option("NAME", line->name, "Name of the breaker")->required()->type_name("");
}

void add_breaker(CLI::App& root, Invocation& invocation) {
  CLI::App* group =
      add_group(root, invocation, "breaker",
                "Use a shared circuit breaker (acquire: exit code 1 if refused)", breaker_help);
  auto line = std::make_shared<BreakerCommand>();
  CLI::App* use = add_command(*group, "use", "Use a breaker; `use` may be omitted",
                              "kith breaker payments failure --failures 5 --open-for 60s");
  add_breaker_name(*use, line);
  use->add_option("ACTION", line->action,
                  "state, acquire, success, failure or reset; manual: disabled, forced_open, "
                  "forced_closed or metrics_only")
      ->type_name("")
      ->check(one_of({"state", "acquire", "success", "failure", "reset", "disabled", "forced_open",
                      "forced_closed", "metrics_only"}));
  const auto flags = add_breaker_options(*use, line->options, "--");
  use->add_option("--permit", line->permit,
                  "With success and failure: the number that acquire printed")
      ->type_name("NUMBER");
  run_as(*use, invocation, line, run_breaker, {flags.begin(), flags.end()});

  line = std::make_shared<BreakerCommand>();
  CLI::App* look = add_command(*group, "show", "Show a breaker's definition, state and partition",
                               "kith breaker show payments");
  add_breaker_name(*look, line);
  run_as(*look, invocation, line, run_breaker_show);
}

void add_list(CLI::App& root, Invocation& invocation, const std::string& name,
              const std::string& description, int (*run)(const Context&, const std::string&)) {
  const auto prefix = std::make_shared<std::string>();
  CLI::App* command = add_command(root, name, description, "kith " + name + " --prefix api");
  command->add_option("--prefix", *prefix, "Only names that start with this prefix")
      ->type_name("TEXT");
  run_as(*command, invocation, prefix, run);
}

}  // namespace

void add_shared_commands(CLI::App& root, Invocation& invocation) {
  CLI::App* limit =
      add_group(root, invocation, "limit",
                "Count a request against a shared limit (exit code 1 if limited)", limit_help);
  add_counting_commands(*limit, invocation);
  add_other_limit_commands(*limit, invocation);
  add_breaker(root, invocation);
  add_list(root, invocation, "limits", "List all limits of the cluster", run_limits);
  add_list(root, invocation, "breakers", "List all breakers of the cluster", run_breakers);
}

void prepare_shared_words(std::vector<std::string>& words) {
  const std::size_t command = plain_word(words, 0);
  if (command >= words.size()) return;
  const bool limit = words[command] == "limit";
  if (!limit && words[command] != "breaker") return;
  const std::size_t next = plain_word(words, command + 1);
  if (next >= words.size()) return;
  const bool after_dashes = words[next - 1] == "--";
  const bool known =
      limit ? is_one_of(words[next], limit_commands) : is_one_of(words[next], breaker_commands);
  if (known && !after_dashes) return;
  words.insert(words.begin() + static_cast<std::ptrdiff_t>(command) + 1, limit ? "check" : "use");
}

std::vector<CLI::Option*> add_breaker_options(CLI::App& command, CircuitBreakerOptions& options,
                                              const std::string& prefix, CLI::Option* needed) {
  const auto policy = [&options](const std::string& name) {
    options.policy = breaker_policy_from_string(name).value_or(BreakerPolicy::consecutive);
  };
  const auto number = [&](const char* flag, auto& target, const char* description) {
    return command.add_option(prefix + flag, target, description)
        ->capture_default_str()
        ->type_name("NUMBER");
  };
  std::vector<CLI::Option*> flags{
      command.add_option_function<std::string>(prefix + "policy", policy, "Which results open it")
          ->type_name("NAME")
          ->check(one_of({"consecutive", "count_window", "time_window", "failures_in_time"}))
          ->default_str("consecutive"),
      number("failures", options.failure_threshold,
             "Failures that open it: in a row, or with failures_in_time within the window"),
      add_duration(command, prefix + "open-for", options.open_for, "How long it stays open"),
      number("open-backoff", options.open_backoff,
             "Multiplier on the open time for consecutive re-opens"),
      number("probes", options.half_open_probes, "Probe requests while half-open"),
      number("window-calls", options.window_calls, "With count_window: calls in the window"),
      add_duration(command, prefix + "window", options.window_time,
                   "With time_window and failures_in_time: length of the window"),
      number("minimum-calls", options.minimum_calls,
             "With count_window and time_window: calls needed for a rate"),
      number("failure-rate", options.failure_rate,
             "With count_window and time_window: percentage of failures that opens it"),
  };
  if (needed == nullptr) return flags;
  for (CLI::Option* flag : flags) flag->needs(needed);
  return flags;
}

}  // namespace kith::cli
