// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/context.hpp"
#include "resilience/breaker_options.hpp"
#include "resilience/limiter_machine.hpp"

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

/// The parts of the command line that the files command_line*.cpp share.
namespace kith::cli {

/// The parsed command line: options common to all commands and the command to run.
/// Thread-safety: plain value.
struct Invocation {
  Context context;
  std::function<int(const Context&)> run;
};

/// Adds a command without subcommands; the caller adds flags and a callback.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example);
/// Adds -o/--output, --timeout and, with `with_node`, --node.
void add_common_flags(CLI::App& command, Context& context, bool with_node = true);
/// Adds a flag whose value is a duration such as 60s.
CLI::Option* add_duration(CLI::App& command, const std::string& flag, Duration& target,
                          const std::string& description);
/// Accepts only these words; the error suggests the nearest.
CLI::Validator one_of(std::vector<std::string> words);
/// Accepts only integers from `least` to `most`; the error names the range.
CLI::Validator number_in(std::uint64_t least, std::uint64_t most = UINT64_MAX);
/// Adds --algorithm.
void add_algorithm(CLI::App& command, LimiterAlgorithm& target);

/// Adds the flags that define a breaker, with a common prefix, and returns them. Each requires the
/// flag `needed` unless that is null.
std::vector<CLI::Option*> add_breaker_options(CLI::App& command, CircuitBreakerOptions& options,
                                              const std::string& prefix,
                                              CLI::Option* needed = nullptr);

/// Add the commands; each group has its own file.
void add_cluster_commands(CLI::App& root, Invocation& invocation);
void add_process_commands(CLI::App& root, Invocation& invocation);
void add_shared_commands(CLI::App& root, Invocation& invocation);
/// Expands `limit NAME KEY` to `limit check NAME KEY` and `breaker NAME` to `breaker use NAME`.
void prepare_shared_words(std::vector<std::string>& words);
void add_table_commands(CLI::App& root, Invocation& invocation);
/// Expands `table NAME get KEY` (put, erase, update-counter) to `table shared NAME get KEY`, and
/// puts a space before rows of `table insert`, because CLI11 parses "[a,b]" as a list of two words.
void prepare_table_words(std::vector<std::string>& words);
/// Describes the mistake in `table NAME WORD ...` if NAME does not resemble a command: WORD is not
/// an action on a shared table. Returns nullopt without such a WORD.
std::optional<std::string> describe_table_extra(const std::vector<std::string>& words,
                                                const std::vector<std::string>& commands);
void add_replay_commands(CLI::App& root, Invocation& invocation);

}  // namespace kith::cli
