#pragma once

#include <cstddef>
#include <string>

#include "cli/commands/context.hpp"

/// The commands about named processes. Each gives the exit code.
namespace kith::cli {

/// A message for a named process. Thread-safety: plain value.
struct MessageCommand {
  std::string to;       ///< the name in the cluster
  std::string message;  ///< the message's name on the wire
  std::string body;     ///< a JSON object; empty: no fields
};

/// `kith names`: those that begin with `prefix`. Writes page by page; a million take no more
/// memory.
int run_names(const Context& context, const std::string& prefix);
/// `kith whereis NAME`.
int run_whereis(const Context& context, const std::string& name);
/// `kith send NAME MESSAGE [JSON]`.
int run_send(const Context& context, const MessageCommand& command);
/// `kith call NAME MESSAGE [JSON]`.
int run_call(const Context& context, const MessageCommand& command);
/// `kith tree`: at most so many children of one process are shown, and so many processes without a
/// parent.
int run_tree(const Context& context, std::size_t children);
/// `kith agent start NAME`.
int run_agent_start(const Context& context, const std::string& name);
/// `kith agent stop NAME`.
int run_agent_stop(const Context& context, const std::string& name);

}  // namespace kith::cli
