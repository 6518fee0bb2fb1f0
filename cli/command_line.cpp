// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command_line_parts.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "core/clock.hpp"
#include "core/nearest_name.hpp"
#include "core/printable.hpp"
#include "node/version.hpp"

namespace kith::cli {
namespace {

constexpr int usage_code = 2;

constexpr const char* epilogue =
    "A command connects to the node of --node, else of KITH_NODE, else to the newest daemon of\n"
    "this user on this machine, else to 127.0.0.1:7400.\n\n"
    "Exit codes: 0 ok, 1 failed or the answer is no, 2 usage error, 3 unreachable, 4 not found,\n"
    "5 not authorised, 6 timeout, 7 conflict or already exists.\n\n"
    "To get started: kith start, then in another terminal: kith members";

/// Returns the innermost subcommand on the line.
const CLI::App& innermost(const CLI::App& root) {
  const auto named = root.get_subcommands();
  return named.empty() ? root : innermost(*named.front());
}

std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? "kith" : full_name(*parent) + " " + app.get_name();
}

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// Describes a word that the command does not accept.
std::string describe_extra(const CLI::App& app, const std::string& word) {
  const std::vector<std::string> commands = commands_of(app);
  if (word.starts_with('-')) {
    const std::string flag = word.substr(0, word.find('='));
    const bool negative = word.size() > 1 && word[1] >= '0' && word[1] <= '9';
    if (negative) return fmt::format("put -- before {}, which looks like a flag", in_quotes(word));
    return fmt::format("{} has no flag {}{}", full_name(app), in_quotes(flag),
                       did_you_mean(flag, flags_of(app)));
  }
  if (commands.empty()) {
    return fmt::format("{}: unexpected argument {}", full_name(app), in_quotes(word));
  }
  return fmt::format("{} has no command {}{}", full_name(app), in_quotes(word),
                     did_you_mean(word, commands));
}

/// Returns the mistake in a line that CLI11 accepted, or nullopt.
std::optional<std::string> find_mistake(const CLI::App& root) {
  const CLI::App& app = innermost(root);
  std::vector<std::string> extras = root.remaining(true);
  std::erase(extras, "--");
  const std::vector<std::string> commands = commands_of(app);
  if (!extras.empty() && app.get_name() == "table") {
    if (auto mistake = describe_table_extra(extras, commands)) return mistake;
  }
  if (!extras.empty()) return describe_extra(app, extras.front());
  if (commands.empty()) return std::nullopt;
  return fmt::format("{} needs a command: {}", full_name(app), fmt::join(commands, ", "));
}

int usage_error(const CLI::App& root, const std::string& sentence, bool json) {
  const std::string help = full_name(innermost(root)) + " --help";
  print_error(Error(ErrorCode::invalid_argument, fmt::format("{}; see `{}`", sentence, help)),
              json);
  return usage_code;
}

/// Returns whether usage errors are JSON. Scans the words itself, because CLI11 stops at the first
/// error and may not have reached -o.
bool asks_for_json(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool flag = words[i] == "-o" || words[i] == "--output";
    if (flag && i + 1 < words.size() && words[i + 1] == "json") return true;
    if (words[i] == "-ojson" || words[i] == "--output=json") return true;
  }
  return false;
}

/// Splits "--flag=" into the flag and an empty word, because CLI11 would take the next word as its
/// value.
void split_empty_values(std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (!word.starts_with("--") || word.find('=') != word.size() - 1) continue;
    words[i].pop_back();
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, "");
  }
}

std::vector<std::string> words_of(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  split_empty_values(words);
  prepare_table_words(words);
  prepare_shared_words(words);
  return words;
}

/// Rewrites `help COMMAND` to `COMMAND --help`. Returns the mistake if there is no such command.
std::optional<std::string> rewrite_help(const CLI::App& root, std::vector<std::string>& words) {
  if (words.empty() || words.front() != "help") return std::nullopt;
  words.erase(words.begin());
  const CLI::App* app = &root;
  for (const std::string& word : words) {
    if (word.starts_with('-')) break;
    const auto commands =
        app->get_subcommands([&](const CLI::App* command) { return command->get_name() == word; });
    if (commands.empty()) return describe_extra(*app, word);
    app = commands.front();
  }
  words.emplace_back("--help");
  return std::nullopt;
}

/// Runs the command. Exceptions and a failed write to standard output (a full disk) are failures.
int run(const Invocation& invocation) {
  try {
    const int code = invocation.run(invocation.context);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    return print_error(Error(ErrorCode::input_output, "cannot write standard output"),
                       invocation.context.json);
  } catch (const std::exception& problem) {
    return print_error(Error(ErrorCode::internal, problem.what()), invocation.context.json);
  }
}

void set_up(CLI::App& root, Invocation& invocation) {
  root.allow_extras();  // find_mistake reports them with a suggestion
  root.require_subcommand(0, 1);
  root.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  root.set_version_flag("-V,--version", fmt::format("kith {}", version));
  root.footer(epilogue);
  root.get_formatter()->column_width(34);
  add_common_flags(root, invocation.context);
  add_cluster_commands(root, invocation);
  add_process_commands(root, invocation);
  add_shared_commands(root, invocation);
  add_table_commands(root, invocation);
  add_replay_commands(root, invocation);
  add_command(root, "help", "Show the help of a command", "kith help members");
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  return command;
}

void add_common_flags(CLI::App& command, Context& context, bool with_node) {
  if (with_node) {
    command.add_option("--node", context.node, "Address of the node to talk to")
        ->type_name("HOST:PORT");
  }
  const auto set_output = [&context](const std::string& format) {
    context.json = format == "json";
  };
  command
      .add_option_function<std::string>("-o,--output", set_output, "Output format: table or json")
      ->type_name("FORMAT")
      ->check(one_of({"table", "json"}));
  const auto set_timeout = [&context](const std::string& text) {
    const auto timeout = parse_duration(text);
    if (!timeout) throw CLI::ValidationError("--timeout", timeout.error().text());
    context.timeout = *timeout;
  };
  command
      .add_option_function<std::string>("--timeout", set_timeout, "Maximum time to wait, e.g. 5s")
      ->type_name("DURATION");
}

CLI::Option* add_duration(CLI::App& command, const std::string& flag, Duration& target,
                          const std::string& description) {
  const auto set = [&target, flag](const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration) throw CLI::ValidationError(flag, duration.error().text());
    target = *duration;
  };
  std::string usual = format_duration(target);
  std::erase(usual, ' ');
  return command.add_option_function<std::string>(flag, set, description)
      ->type_name("DURATION")
      ->default_str(usual);
}

CLI::Validator one_of(std::vector<std::string> words) {
  std::string all = fmt::format("{{{}}}", fmt::join(words, ","));
  const auto check = [words = std::move(words)](const std::string& text) -> std::string {
    if (std::ranges::find(words, text) != words.end()) return {};
    return fmt::format("{} is not one of {}{}", in_quotes(text), fmt::join(words, ", "),
                       did_you_mean(text, words));
  };
  return {check, std::move(all), "ONE_OF"};
}

CLI::Validator number_in(std::uint64_t least, std::uint64_t most) {
  const std::string range = most == std::numeric_limits<std::uint64_t>::max()
                                ? fmt::format("of at least {}", least)
                                : fmt::format("from {} to {}", least, most);
  const auto check = [=](const std::string& text) -> std::string {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, number);
    const bool good = problem == std::errc{} && stop == end && number >= least && number <= most;
    return good ? std::string() : fmt::format("{} is not a number {}", in_quotes(text), range);
  };
  return {check, "", "NUMBER_IN"};
}

void add_algorithm(CLI::App& command, LimiterAlgorithm& target) {
  const auto set = [&target](const std::string& name) {
    target = limiter_algorithm_from_string(name).value_or(LimiterAlgorithm::sliding_log);
  };
  command
      .add_option_function<std::string>("--algorithm", set,
                                        "Counting algorithm; sliding_log is exact")
      ->type_name("NAME")
      ->check(one_of({"sliding_log", "token_bucket", "sliding_counter", "leaky_bucket", "gcra",
                      "fixed_window", "concurrency", "token", "leaky", "fixed"}))
      ->default_str("sliding_log");
}

int run_command_line(int argc, const char* const* argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond RLIMIT_FSIZE fails instead of killing
  std::vector<std::string> words = words_of(argc, argv);
  const bool json = asks_for_json(words);
  CLI::App root("Supervised processes, names, limits and breakers across machines.", "kith");
  Invocation invocation;
  invocation.context.began = SystemClock().now();
  set_up(root, invocation);
  if (words.empty()) {
    fmt::print(stderr, "{}", root.help());
    return usage_code;
  }
  if (const auto mistake = rewrite_help(root, words)) return usage_error(root, *mistake, json);
  try {
    std::ranges::reverse(words);  // CLI11 takes the words from the end
    root.parse(words);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return root.exit(wanted);
  } catch (const CLI::ParseError& error) {
    const auto mistake = root.remaining(true).empty() ? std::nullopt : find_mistake(root);
    return usage_error(root, mistake.value_or(error.what()), json);
  }
  if (const auto mistake = find_mistake(root)) return usage_error(root, *mistake, json);
  return run(invocation);
}

}  // namespace kith::cli
