#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command_line_parts.hpp"
#include "cli/commands/shared.hpp"
#include "cli/demo/demo.hpp"
#include "cli/node_address.hpp"
#include "cli/node_client.hpp"
#include "cli/replay/command.hpp"
#include "cli/replay/comparison.hpp"
#include "cli/start_options.hpp"

namespace kith::cli {
namespace {

constexpr std::size_t own_nodes_max = 32;

constexpr const char* where_replays_run =
    "WITHOUT --nodes AND --node THE LOG IS PLAYED ON THE NODE THAT RUNS HERE, which loads\n"
    "its cluster: that of KITH_NODE, else this user's newest daemon, else the one at\n"
    "127.0.0.1:7400. When there is none, a node is started for the run.\n\n";

/// `kith replay` as it stands on the line. Thread-safety: plain value.
struct ReplayLine {
  ReplayCommand command;
  std::optional<std::size_t> own_nodes;
  CircuitBreakerOptions breaker;
  std::string breaker_by;
};

/// What a breaker does, in flags that begin alike; on a line where breakers may be absent, with the
/// flag that brings them.
void add_breaker_options(CLI::App& command, CircuitBreakerOptions& options,
                         const std::string& prefix, CLI::Option* needed = nullptr) {
  const auto policy = [&options](const std::string& name) {
    options.policy = breaker_policy_from_string(name).value_or(BreakerPolicy::consecutive);
  };
  const auto number = [&](const char* flag, auto& target, const char* description) {
    return command.add_option(prefix + flag, target, description)
        ->capture_default_str()
        ->type_name("NUMBER");
  };
  const std::vector<CLI::Option*> flags{
      command.add_option_function<std::string>(prefix + "policy", policy, "Which results decide")
          ->type_name("NAME")
          ->check(one_of({"consecutive", "count_window", "time_window", "failures_in_time"}))
          ->default_str("consecutive"),
      number("failures", options.failure_threshold,
             "Failures that open it: in a row, or with failures_in_time in the window"),
      add_duration(command, prefix + "open-for", options.open_for, "How long it refuses"),
      number("open-backoff", options.open_backoff, "How many times longer each next time"),
      number("probes", options.half_open_probes, "Requests that try out whether it may close"),
      number("window-calls", options.window_calls, "With count_window: calls that it remembers"),
      add_duration(command, prefix + "window", options.window_time,
                   "With time_window and failures_in_time: how long it looks back"),
      number("minimum-calls", options.minimum_calls, "With rates: calls that they need"),
      number("failure-rate", options.failure_rate, "With rates: per cent of failures that opens"),
  };
  if (needed == nullptr) return;
  for (CLI::Option* flag : flags) flag->needs(needed);
}

void add_limit(CLI::App& root, Invocation& invocation) {
  CLI::App* command =
      add_command(root, "limit", "Count a request against a shared limit; 1 when it is limited",
                  "kith limit api 10.0.0.7 --limit 100 --window 60s");
  const auto line = std::make_shared<LimitCommand>();
  command->add_option("NAME", line->name, "Name of the limit")->required()->type_name("");
  command->add_option("KEY", line->keys, "Who is counted; several at once are one request each")
      ->required()
      ->type_name("...");
  command->add_option("--limit", line->options.limit, "Requests in each window")
      ->capture_default_str()
      ->type_name("NUMBER");
  add_duration(*command, "--window", line->options.window, "Length of the window");
  add_algorithm(*command, line->options.algorithm);
  command->add_option("--cost", line->cost, "How much this request counts")
      ->capture_default_str()
      ->type_name("NUMBER");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, line] {
    invocation.run = [line](const Context& context) { return run_limit(context, *line); };
  });
}

void add_breaker(CLI::App& root, Invocation& invocation) {
  CLI::App* command =
      add_command(root, "breaker", "Use a shared circuit breaker; acquire is 1 when refused",
                  "kith breaker payments failure --failures 5 --open-for 60s");
  const auto line = std::make_shared<BreakerCommand>();
  command->add_option("NAME", line->name, "Name of the breaker")->required()->type_name("");
  command
      ->add_option("ACTION", line->action,
                   "state, acquire, success, failure or reset; by hand: disabled, forced_open, "
                   "forced_closed or metrics_only")
      ->type_name("")
      ->check(one_of({"state", "acquire", "success", "failure", "reset", "disabled",
                             "forced_open", "forced_closed", "metrics_only"}));
  add_breaker_options(*command, line->options, "--");
  command->add_option("--permit", line->permit, "Of acquire, when the result is reported")
      ->type_name("NUMBER");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, line] {
    invocation.run = [line](const Context& context) { return run_breaker(context, *line); };
  });
}

const char* describe(AddressSource source) {
  switch (source) {
    case AddressSource::flag: return "named by --node";
    case AddressSource::environment: return "named by KITH_NODE";
    case AddressSource::record: return "this user's newest daemon";
    case AddressSource::otherwise: return "found at the default address";
  }
  return "";
}

/// Which nodes a replay uses: those named, else the one that runs here, else one of its own.
Result<void> choose_nodes(ReplayLine& line, const Context& context) {
  line.command.nodes_found = describe(AddressSource::flag);
  if (line.own_nodes) {
    line.command.own_nodes = *line.own_nodes;
  } else if (line.command.nodes.empty()) {
    const auto found = find_node(context.node);
    if (!found) return found.error();
    const bool asked_for = found->source != AddressSource::otherwise;
    if (asked_for || NodeClient::connect(found->address)) line.command.nodes = {found->address};
    line.command.nodes_found = describe(found->source);
  }
  if (line.command.nodes.empty()) forget_environment_settings();
  return {};
}

int run_replay_line(ReplayLine line, const Context& context) {
  line.command.json = context.json;
  if (!line.command.compare.empty()) return run_replay(line.command);
  if (!line.breaker_by.empty()) line.command.options.breaker = line.breaker;
  if (const auto chosen = choose_nodes(line, context); !chosen) {
    return fail(context, chosen.error());
  }
  return run_replay(line.command);
}

void add_replay_nodes(CLI::App& command, ReplayLine& line) {
  auto* own = command.add_option("--nodes", line.own_nodes, "Start so many nodes for the run")
                  ->type_name("NUMBER")
                  ->check(number_in(1, own_nodes_max));
  command
      .add_option("--node", line.command.nodes,
                  "Use running nodes; default: the one that runs here, else one of its own")
      ->type_name("HOST:PORT ...")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->excludes(own);
}

void add_replay_format(CLI::App& command, ReplayLine& line) {
  const auto format = [&line](const std::string& name) {
    line.command.format = replay::access_log_format_from_string(name);
  };
  auto* named =
      command
          .add_option_function<std::string>(
              "--format", format,
              "combined, common, main, vhost_combined or json; default: found out")
          ->type_name("FORMAT")
          ->check(one_of({"combined", "common", "main", "vhost_combined", "json"}));
  command
      .add_option("--format-string", line.command.format_string,
                  "What nginx's log_format says, e.g. '$remote_addr [$time_local] \"$request\"'")
      ->type_name("TEXT")
      ->excludes(named);
}

void add_replay_limit(CLI::App& command, ReplayLine& line) {
  replay::ReplayOptions& options = line.command.options;
  command.add_option("--limit", options.limiter.limit, "Requests of a key in each window")
      ->capture_default_str()
      ->type_name("NUMBER");
  add_duration(command, "--window", options.limiter.window, "Length of the window");
  const auto by = [&options](const std::string& name) {
    options.by = replay::key_field_from_string(name).value_or(replay::KeyField::ip);
  };
  command.add_option_function<std::string>("--by", by, "What is limited: ip, user or path")
      ->type_name("FIELD")
      ->check(one_of({"ip", "user", "path"}))
      ->default_str("ip");
  add_algorithm(command, options.limiter.algorithm);
}

void add_replay_breaker(CLI::App& command, ReplayLine& line) {
  auto* by = command
                 .add_option("--breaker-by", line.breaker_by,
                             "Breakers by path1: the first part of the path; default: none")
                 ->type_name("path1")
                 ->check(one_of({"path1"}));
  add_breaker_options(command, line.breaker, "--breaker-", by);
  const auto failures = [&line](const std::string& text) {
    auto ranges = replay::parse_status_ranges(text);
    if (!ranges) throw CLI::ValidationError("--failure-status", ranges.error().text());
    line.command.options.failure_status = *ranges;
  };
  command
      .add_option_function<std::string>("--failure-status", failures,
                                        "Status codes that count as failures")
      ->type_name("500-599")
      ->default_str("500-599")
      ->needs(by);
}

void add_replay_comparison(CLI::App& command, ReplayLine& line) {
  const auto compare = [&line](const std::string& text) {
    auto algorithms = replay::parse_algorithms(text);
    if (!algorithms) throw CLI::ValidationError("--compare", algorithms.error().text());
    line.command.compare = *algorithms;
  };
  auto* flag = command.add_option_function<std::string>(
      "--compare", compare, "Only show how these algorithms would differ, without nodes");
  flag->type_name("NAME,NAME...");
  for (const char* other : {"--algorithm", "--nodes", "--node", "--breaker-by"}) {
    flag->excludes(command.get_option(other));
  }
}

void add_replay(CLI::App& root, Invocation& invocation) {
  CLI::App* command =
      add_command(root, "replay", "Play an access log through shared limits and breakers",
                  "kith replay access.log --nodes 3 --limit 20 --window 60s --breaker-by path1");
  const auto line = std::make_shared<ReplayLine>();
  command->add_option("LOG", line->command.log, "The log, or - for standard input")
      ->required()
      ->type_name("");
  add_replay_nodes(*command, *line);
  add_replay_format(*command, *line);
  add_replay_limit(*command, *line);
  add_replay_breaker(*command, *line);
  add_replay_comparison(*command, *line);
  command->add_flag("-q,--quiet", line->command.quiet, "No progress, no word of the nodes");
  add_common_flags(*command, invocation.context, false);
  command->footer(where_replays_run + command->get_footer());
  command->callback([&invocation, line] {
    invocation.run = [line](const Context& context) { return run_replay_line(*line, context); };
  });
}

void add_demo(CLI::App& root, Invocation& invocation) {
  CLI::App* command = add_command(
      root, "demo", "Show a cluster of three nodes at work while one is killed", "kith demo");
  const auto demo = std::make_shared<DemoCommand>();
  command->add_option("LOG", demo->log, "An access log; default: a generated one")->type_name("");
  command->add_flag("--print-log", demo->print_log,
                    "Only print the generated access log, an example for kith replay");
  command->callback([&invocation, demo] {
    invocation.run = [demo](const Context&) {
      forget_environment_settings();
      return run_demo(*demo);
    };
  });
}

}  // namespace

void add_shared_commands(CLI::App& root, Invocation& invocation) {
  add_limit(root, invocation);
  add_breaker(root, invocation);
}

void add_replay_commands(CLI::App& root, Invocation& invocation) {
  add_replay(root, invocation);
  add_demo(root, invocation);
}

}  // namespace kith::cli
