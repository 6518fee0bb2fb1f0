// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command_line_parts.hpp"
#include "cli/commands/cluster.hpp"
#include "cli/commands/processes.hpp"

namespace kith::cli {
namespace {

using Run = int (*)(const Context&);

/// Adds a command without arguments.
void add_plain(CLI::App& root, Invocation& invocation, const std::string& name,
               const std::string& description, Run run) {
  CLI::App* command = add_command(root, name, description, "kith " + name + " -o json");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, run] { invocation.run = run; });
}

void add_health(CLI::App& root, Invocation& invocation) {
  CLI::App* command =
      add_command(root, "health", "Check whether the node is ready (exit code 1 if not)",
                  "kith health -o json\n  kith health --wait --timeout 30s");
  const auto wait = std::make_shared<bool>(false);
  command->add_flag("--wait", *wait,
                    "Wait until it is ready (exit code 6 after --timeout, default 30s)");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, wait] {
    invocation.run = [wait](const Context& context) {
      return *wait ? run_health_wait(context) : run_health(context);
    };
  });
}

/// Adds a flag of `kith start`. Its value is validated later, together with environment and file.
void add_setting(CLI::App& command, Settings& settings, const std::string& name,
                 const std::string& type, const std::string& description) {
  const std::string flag = flag_of(name);
  const auto set = [&settings, name, flag](const std::string& text) {
    settings[name] = {text, flag};
  };
  command
      .add_option_function<std::string>(flag, set,
                                        fmt::format("{} [{}]", description, variable_of(name)))
      ->type_name(type);
}

void add_seeds(CLI::App& command, Settings& settings) {
  const auto set = [&settings](const std::vector<std::string>& seeds) {
    settings["seeds"] = {fmt::format("{}", fmt::join(seeds, ",")), "--seed"};
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--seed", set, "Node to join through; repeatable, or separated by commas [KITH_SEEDS]")
      ->type_name("HOST:PORT,...")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_start_flags(CLI::App& command, Settings& settings) {
  const auto add = [&](const char* name, const char* type, const char* description) {
    add_setting(command, settings, name, type, description);
  };
  add("name", "NAME", "Name, unique in the cluster; default: host name and port");
  add("cluster", "NAME", "Cluster name; nodes of other clusters are refused; default: kith");
  add("listen", "HOST:PORT", "Listen address; default: 127.0.0.1:7400, or a free port if taken");
  add("advertise", "HOST:PORT",
      "Address that other nodes dial; default: the bound address, or the machine's only one");
  add_seeds(command, settings);
  const auto insecure = [&settings](std::int64_t) {
    settings["insecure"] = {"true", "--insecure"};
  };
  command.add_flag_function(
      "--insecure", insecure,
      "Allow listening beyond loopback, without keys; private networks only [KITH_INSECURE]");
  add("profile", "NAME",
      "How fast unresponsive members are removed: automatic, local, lan, compose");
  add("workers", "NUMBER", "Worker threads; default: one per core");
  add("log_level", "LEVEL", "Log level: trace, debug, info, warning, error, off; default: info");
  add("log_format", "FORMAT", "Log format: text or json; default: text on a terminal, else json");
  add("runtime_dir", "DIRECTORY",
      "Directory that records the address for other commands; --runtime-dir= for none");
  add("config", "FILE", "TOML file with these settings, e.g. log_level");
}

void add_start(CLI::App& root, Invocation& invocation) {
  CLI::App* command = add_command(root, "start", "Run a node in the foreground until it is stopped",
                                  "kith start --name a --listen 127.0.0.1:7400\n"
                                  "  kith start --name b --listen 127.0.0.1:7401 --seed "
                                  "127.0.0.1:7400");
  const auto settings = std::make_shared<Settings>();
  add_start_flags(*command, *settings);
  command->callback([&invocation, settings] {
    invocation.run = [settings](const Context& context) { return run_start(context, *settings); };
  });
}

/// Adds one required argument to a command.
void add_with_text(CLI::App* command, Invocation& invocation, const std::string& argument,
                   const std::string& meaning, int (*run)(const Context&, const std::string&)) {
  const auto text = std::make_shared<std::string>();
  command->add_option(argument, *text, meaning)->required()->type_name("");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, text, run] {
    invocation.run = [text, run](const Context& context) { return run(context, *text); };
  });
}

void add_names(CLI::App& root, Invocation& invocation) {
  CLI::App* command =
      add_command(root, "names", "List the registered names of the cluster and their processes",
                  "kith names -o json\n  kith names --prefix worker.");
  const auto prefix = std::make_shared<std::string>();
  command->add_option("--prefix", *prefix, "Only names that start with this prefix")
      ->type_name("TEXT");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, prefix] {
    invocation.run = [prefix](const Context& context) { return run_names(context, *prefix); };
  });
}

void add_tree(CLI::App& root, Invocation& invocation) {
  CLI::App* command = add_command(root, "tree", "Show the supervision tree of the node",
                                  "kith tree\n  kith tree --node 127.0.0.1:7401 -o json");
  const auto children = std::make_shared<std::size_t>(50);
  command
      ->add_option("--children", *children,
                   "Maximum children shown per process, and processes without a parent")
      ->capture_default_str()
      ->type_name("NUMBER");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, children] {
    invocation.run = [children](const Context& context) { return run_tree(context, *children); };
  });
}

void add_message(CLI::App& root, Invocation& invocation, const std::string& name,
                 const std::string& description, const std::string& example,
                 int (*run)(const Context&, const MessageCommand&)) {
  CLI::App* command = add_command(root, name, description, example);
  const auto message = std::make_shared<MessageCommand>();
  command->add_option("NAME", message->to, "Name of the process in the cluster")
      ->required()
      ->type_name("");
  command->add_option("MESSAGE", message->message, "Name of the message")
      ->required()
      ->type_name("");
  command->add_option("JSON", message->body, "Fields of the message, as a JSON object")
      ->type_name("");
  add_common_flags(*command, invocation.context);
  command->callback([&invocation, message, run] {
    invocation.run = [message, run](const Context& context) { return run(context, *message); };
  });
}

}  // namespace

void add_cluster_commands(CLI::App& root, Invocation& invocation) {
  add_start(root, invocation);
  CLI::App* join = add_command(root, "join", "Make the node join a cluster through another node",
                               "kith join 127.0.0.1:7401");
  add_with_text(join, invocation, "ADDRESS", "Address of a node of the cluster: HOST:PORT",
                run_join);
  add_plain(root, invocation, "leave", "Make the node leave its cluster and shut down", run_leave);
  add_plain(root, invocation, "members", "List the nodes of the cluster", run_members);
  add_plain(root, invocation, "ping", "Check that the node answers, and show the round-trip time",
            run_ping);
  add_health(root, invocation);
  add_plain(root, invocation, "info", "Show the node's identity and counters", run_info);
  add_plain(root, invocation, "version", "Show the version of this command", run_version);
}

void add_process_commands(CLI::App& root, Invocation& invocation) {
  add_names(root, invocation);
  add_tree(root, invocation);
  CLI::App* whereis = add_command(
      root, "whereis", "Show the process with a name (exit code 4 if none)", "kith whereis config");
  add_with_text(whereis, invocation, "NAME", "Name in the cluster", run_whereis);
  add_message(root, invocation, "send",
              "Send a message to a named process without waiting for a reply",
              R"(kith send config set '{"key":"region","value":"eu-1"}')", run_send);
  add_message(root, invocation, "call", "Call a named process and show its reply",
              R"(kith call config put '{"key":"region","value":"eu-1"}')", run_call);
  CLI::App* agent =
      root.add_subcommand("agent", "Start or stop a named agent: a map that all nodes can use");
  agent->require_subcommand(0, 1);
  CLI::App* start =
      add_command(*agent, "start", "Start an agent on the node", "kith agent start config");
  add_with_text(start, invocation, "NAME", "Name of the agent in the cluster", run_agent_start);
  CLI::App* stop =
      add_command(*agent, "stop", "Stop an agent on any node", "kith agent stop config");
  add_with_text(stop, invocation, "NAME", "Name of the agent in the cluster", run_agent_stop);
}

}  // namespace kith::cli
