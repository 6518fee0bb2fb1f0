// SPDX-License-Identifier: Apache-2.0
#include "cli/replay/command.hpp"

#include <cstdio>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/child_node.hpp"
#include "cli/exit_code.hpp"
#include "cli/node_client.hpp"
#include "cli/replay/comparison.hpp"
#include "cli/replay/driver.hpp"
#include "cli/replay/text_table.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"

namespace kith::cli {
namespace {

constexpr std::chrono::milliseconds redraw_interval{100};

int fail(const ReplayCommand& command, const Error& error) {
  return print_error(error, command.json);
}

void draw_progress(double part) {
  constexpr int width = 40;
  const int done = static_cast<int>(part * width);
  fmt::print(stderr, "\r[{:=<{}}{: <{}}] {:3.0f} %", "", done, "", width - done, part * 100);
  std::fflush(stderr);
}

void erase_progress() {
  fmt::print(stderr, "\r{: <60}\r", "");
  std::fflush(stderr);
}

/// Names of the nodes and their cluster.
struct Nodes {
  std::vector<std::string> names;
  std::string cluster;  // of the first node
};

Result<Nodes> ask_nodes(const std::vector<std::string>& addresses) {
  Nodes nodes;
  for (const std::string& address : addresses) {
    auto client = NodeClient::connect(address);
    if (!client) return client.error();
    const auto info = client->ask("info", {});
    if (!info) return info.error();
    const Value* name = info->find("name");
    const Value* cluster = info->find("cluster");
    nodes.names.push_back(name == nullptr ? address : name->text_or(address));
    if (cluster != nullptr && nodes.cluster.empty()) nodes.cluster = cluster->text_or("");
  }
  return nodes;
}

/// Prints the nodes that the run puts load on: running nodes may serve other apps.
void tell_nodes(const ReplayCommand& command, const Nodes& nodes) {
  if (command.quiet) return;
  if (command.nodes.empty()) {
    fmt::print(stderr, "kith: replaying on {} started for this run\n",
               nodes.names.size() == 1 ? "a node" : fmt::format("{} nodes", nodes.names.size()));
  } else if (!command.nodes_found.empty()) {
    std::string names;
    for (std::size_t i = 0; i < nodes.names.size(); ++i) {
      names += fmt::format("{}'{}' at {}", i == 0 ? "" : ", ", replay::show(nodes.names[i]).text,
                           command.nodes[i]);
    }
    fmt::print(stderr,
               "kith: replaying on the running cluster '{}', through {} ({}); --nodes N starts "
               "nodes for the run instead\n",
               replay::show(nodes.cluster).text, names, command.nodes_found);
  }
}

void forget_run(const std::vector<std::string>& addresses, const std::string& run) {
  for (const std::string& address : addresses) {
    auto client = NodeClient::connect(address);
    if (client && client->ask("replay_end", {{"run", run}}))
      return;  // that node informs the others
  }
}

/// Prints that no line of the log is readable; returns the exit code.
int not_a_log(const ReplayCommand& command, const replay::UnreadableLines& lines) {
  const auto& [number, why] = lines.first().front();
  print_error(Error(ErrorCode::invalid_argument,
                    fmt::format("{} is not an access log: line {}: {}; is --format right?",
                                command.log == "-" ? "standard input" : command.log, number, why)),
              command.json);
  return 1;
}

int compare(const ReplayCommand& command, replay::LogReader log) {
  replay::Comparison comparison(command.options, command.compare);
  while (true) {
    auto entry = log.next();
    if (!entry) return fail(command, entry.error());
    if (!*entry) break;
    if (!(*entry)->line) {
      comparison.add_unreadable((*entry)->number, (*entry)->line.error().text());
    } else if (const auto added = comparison.add(*(*entry)->line); !added) {
      return fail(command, added.error());
    }
  }
  if (comparison.requests() == 0 && comparison.unreadable().count() > 0) {
    return not_a_log(command, comparison.unreadable());
  }
  fmt::print(stderr, "{}", comparison.unreadable().text());
  fmt::print("{}\n", command.json ? to_json(comparison) : to_text(comparison));
  return 0;
}

int play(const ReplayCommand& command, replay::LogReader log,
         const std::vector<std::string>& addresses) {
  const auto nodes = ask_nodes(addresses);
  if (!nodes) return fail(command, nodes.error());
  tell_nodes(command, *nodes);
  const std::string run = fmt::format("replay-{:016x}", entropy());
  replay::ReplayPlan plan(command.options, nodes->names);
  ReplayDriver driver(plan, log, command.options, addresses, run);
  const bool draws = !command.quiet && isatty(STDERR_FILENO) != 0;
  TimePoint drawn;
  driver.on_progress = [&](double part) {
    if (draws && SystemClock().now() - drawn > redraw_interval) {
      draw_progress(part);
      drawn = SystemClock().now();
    }
    if (command.on_progress) command.on_progress(part);
  };
  driver.on_node_lost = [&](const std::string& address, const Error& why) {
    if (draws) erase_progress();
    fmt::print(stderr,
               "kith: the node at {} is unreachable ({}); its requests were rerouted and its "
               "counters were reset\n",
               address, why.text());
  };
  const auto began = SystemClock().now();
  const Result<void> played = driver.run();
  const std::chrono::duration<double> took = SystemClock().now() - began;
  if (draws) erase_progress();
  // Also after a failure: the nodes would keep the state of the run until it expires.
  forget_run(addresses, run);
  if (!played) return fail(command, played.error());
  const replay::ReplayReport report = plan.report(took.count());
  if (report.requests == 0 && report.unreadable.count() > 0) {
    return not_a_log(command, report.unreadable);
  }
  fmt::print(stderr, "{}", report.unreadable.text());
  fmt::print("{}\n", command.json ? to_json(report) : to_text(report));
  return 0;
}

Result<replay::AccessLogParser> parser_of(const ReplayCommand& command) {
  const replay::RequiredFields required = required_fields(command.options);
  if (!command.format_string) return replay::AccessLogParser(command.format, required);
  auto format = replay::FormatString::compile(*command.format_string, required);
  if (!format) return format.error();
  return replay::AccessLogParser(*std::move(format));
}

}  // namespace

int run_replay(const ReplayCommand& command) {
  // Options, format and log are checked before any node is started or loaded.
  if (const auto good = validate(command.options); !good) {
    print_error(good.error(), command.json);
    return 2;
  }
  auto parser = parser_of(command);
  if (!parser) return fail(command, parser.error());
  auto file = replay::LogFile::open(command.log);
  if (!file) return fail(command, file.error());
  replay::LogReader log(std::move(*file), *std::move(parser));
  if (!command.compare.empty()) return compare(command, std::move(log));
  if (!command.nodes.empty()) return play(command, std::move(log), command.nodes);
  auto own =
      ChildCluster::start(command.own_nodes, "replay-", fmt::format("replay-{:016x}", entropy()));
  if (!own) return fail(command, own.error());
  return play(command, std::move(log), own->addresses());
}

}  // namespace kith::cli
