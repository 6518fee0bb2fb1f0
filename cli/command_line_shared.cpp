// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command_line_parts.hpp"
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
    "WITHOUT --nodes AND --node THE LOG IS REPLAYED ON A RUNNING NODE and puts load on its\n"
    "cluster: the node of KITH_NODE, else this user's newest daemon, else the one at\n"
    "127.0.0.1:7400. If there is none, a node is started for the run.\n\n";

/// The parsed arguments of `kith replay`. Thread-safety: plain value.
struct ReplayLine {
  ReplayCommand command;
  std::optional<std::size_t> own_nodes;
  CircuitBreakerOptions breaker;
  std::string breaker_by;
};

const char* describe(AddressSource source) {
  switch (source) {
    case AddressSource::flag:
      return "named by --node";
    case AddressSource::environment:
      return "named by KITH_NODE";
    case AddressSource::record:
      return "this user's newest daemon";
    case AddressSource::otherwise:
      return "found at the default address";
  }
  return "";
}

/// Chooses the nodes of a replay: those named, else a running one, else one started for the run.
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
  auto* own = command.add_option("--nodes", line.own_nodes, "Number of nodes to start for the run")
                  ->type_name("NUMBER")
                  ->check(number_in(1, own_nodes_max));
  command
      .add_option(
          "--node", line.command.nodes,
          "Running nodes to use; default: the one of this machine, else one started for the run")
      ->type_name("HOST:PORT ...")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->excludes(own);
}

void add_replay_format(CLI::App& command, ReplayLine& line) {
  const auto format = [&line](const std::string& name) {
    line.command.format = replay::access_log_format_from_string(name);
  };
  auto* named = command
                    .add_option_function<std::string>(
                        "--format", format,
                        "combined, common, main, vhost_combined or json; default: detected")
                    ->type_name("FORMAT")
                    ->check(one_of({"combined", "common", "main", "vhost_combined", "json"}));
  command
      .add_option("--format-string", line.command.format_string,
                  "nginx's log_format, e.g. '$remote_addr [$time_local] \"$request\"'")
      ->type_name("TEXT")
      ->excludes(named);
}

void add_replay_limit(CLI::App& command, ReplayLine& line) {
  replay::ReplayOptions& options = line.command.options;
  command.add_option("--limit", options.limiter.limit, "Requests per key and window")
      ->capture_default_str()
      ->type_name("NUMBER");
  add_duration(command, "--window", options.limiter.window, "Length of the window");
  const auto by = [&options](const std::string& name) {
    options.by = replay::key_field_from_string(name).value_or(replay::KeyField::ip);
  };
  command.add_option_function<std::string>("--by", by, "Key of the limit: ip, user or path")
      ->type_name("FIELD")
      ->check(one_of({"ip", "user", "path"}))
      ->default_str("ip");
  add_algorithm(command, options.limiter.algorithm);
}

void add_replay_breaker(CLI::App& command, ReplayLine& line) {
  auto* by = command
                 .add_option("--breaker-by", line.breaker_by,
                             "One breaker per path1, the first segment of the path; default: none")
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
      "--compare", compare, "Only compare these algorithms, without nodes");
  flag->type_name("NAME,NAME...");
  for (const char* other : {"--algorithm", "--nodes", "--node", "--breaker-by"}) {
    flag->excludes(command.get_option(other));
  }
}

void add_replay(CLI::App& root, Invocation& invocation) {
  CLI::App* command =
      add_command(root, "replay", "Replay an access log through shared limits and breakers",
                  "kith replay access.log --nodes 3 --limit 20 --window 60s --breaker-by path1");
  const auto line = std::make_shared<ReplayLine>();
  command->add_option("LOG", line->command.log, "Log file, or - for standard input")
      ->required()
      ->type_name("");
  add_replay_nodes(*command, *line);
  add_replay_format(*command, *line);
  add_replay_limit(*command, *line);
  add_replay_breaker(*command, *line);
  add_replay_comparison(*command, *line);
  command->add_flag("-q,--quiet", line->command.quiet, "Do not print progress and the nodes used");
  add_common_flags(*command, invocation.context, false);
  command->footer(where_replays_run + command->get_footer());
  command->callback([&invocation, line] {
    invocation.run = [line](const Context& context) { return run_replay_line(*line, context); };
  });
}

void add_demo(CLI::App& root, Invocation& invocation) {
  CLI::App* command = add_command(
      root, "demo", "Demonstrate a cluster of three nodes, one of which is killed", "kith demo");
  const auto demo = std::make_shared<DemoCommand>();
  command->add_option("LOG", demo->log, "Access log; default: a generated one")->type_name("");
  command->add_flag("--print-log", demo->print_log,
                    "Only print the generated access log, e.g. for kith replay");
  command->callback([&invocation, demo] {
    invocation.run = [demo](const Context&) {
      forget_environment_settings();
      return run_demo(*demo);
    };
  });
}

}  // namespace

void add_replay_commands(CLI::App& root, Invocation& invocation) {
  add_replay(root, invocation);
  add_demo(root, invocation);
}

}  // namespace kith::cli
