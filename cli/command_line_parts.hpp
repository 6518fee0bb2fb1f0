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

/// What the files command_line*.cpp share: the pieces of the command line.
namespace kith::cli {

/// What the command line asks for, filled in while it is read. Thread-safety: plain value.
struct Invocation {
  Context context;
  std::function<int(const Context&)> run;
};

/// A command without commands of its own: description, example, the common flags, and what it does.
CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example);
/// -o/--output, --timeout and (unless the command has its own) --node.
void add_common_flags(CLI::App& command, Context& context, bool with_node = true);
/// A flag that takes a length of time.
CLI::Option* add_duration(CLI::App& command, const std::string& flag, Duration& target,
                          const std::string& description);
/// Accepts these words only; the error names the nearest.
CLI::Validator one_of(std::vector<std::string> words);
/// Accepts whole numbers of a range only; the error says which.
CLI::Validator number_in(std::uint64_t least, std::uint64_t most = UINT64_MAX);
/// --algorithm.
void add_algorithm(CLI::App& command, LimiterAlgorithm& target);

/// What a breaker does, in flags that begin alike; on a line where breakers may be absent, with the
/// flag that brings them. Gives the flags.
std::vector<CLI::Option*> add_breaker_options(CLI::App& command, CircuitBreakerOptions& options,
                                              const std::string& prefix,
                                              CLI::Option* needed = nullptr);

/// The commands, each group in a file of its own.
void add_cluster_commands(CLI::App& root, Invocation& invocation);
void add_process_commands(CLI::App& root, Invocation& invocation);
void add_shared_commands(CLI::App& root, Invocation& invocation);
/// Writes `limit NAME KEY` out as `limit check NAME KEY` and `breaker NAME` as `breaker use NAME`.
void prepare_shared_words(std::vector<std::string>& words);
void add_table_commands(CLI::App& root, Invocation& invocation);
/// Writes `table NAME get KEY` (put, erase, update-counter) out as `table shared NAME get KEY`, and
/// puts a space before rows of `table insert`, for CLI11 takes "[a,b]" for a list of two words.
void prepare_table_words(std::vector<std::string>& words);
/// What is wrong with `table NAME WORD ...` when NAME is like no command: the word is no action on
/// a shared table. Nothing when there is no such word.
std::optional<std::string> describe_table_extra(const std::vector<std::string>& words,
                                                const std::vector<std::string>& commands);
void add_replay_commands(CLI::App& root, Invocation& invocation);

}  // namespace kith::cli
