// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "cli/commands/context.hpp"

/// Commands for named processes. Each returns the exit code.
namespace kith::cli {

/// A message to a named process. Thread-safety: plain value.
struct MessageCommand {
  std::string to;       ///< global name of the process
  std::string message;  ///< wire name of the message
  std::string body;     ///< a JSON object; empty: no fields
};

/// `kith names`: prints the names that start with `prefix`, page by page in constant memory.
int run_names(const Context& context, const std::string& prefix);
/// `kith whereis NAME`.
int run_whereis(const Context& context, const std::string& name);
/// `kith send NAME MESSAGE [JSON]`.
int run_send(const Context& context, const MessageCommand& command);
/// `kith call NAME MESSAGE [JSON]`.
int run_call(const Context& context, const MessageCommand& command);
/// `kith tree`: shows up to `children` children per process, and up to `children` processes without
/// a parent.
int run_tree(const Context& context, std::size_t children);
/// `kith agent start NAME`.
int run_agent_start(const Context& context, const std::string& name);
/// `kith agent stop NAME`.
int run_agent_stop(const Context& context, const std::string& name);

}  // namespace kith::cli
