// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/commands/context.hpp"

namespace kith::cli {

/// Requests all pages of a list and returns `{LIST: [...], "unreachable": [...]}`. Prints the nodes
/// that did not answer on standard error. Errors: those of `ask`.
[[nodiscard]] Result<Value> ask_whole_list(const Context& context, const std::string& list,
                                           const std::string& prefix);
/// Formats the time until a retry can succeed: "never", or "in 3 s".
[[nodiscard]] std::string retry_text(const Value& reply);
/// Formats a time since 1970 in UTC.
[[nodiscard]] std::string instant_text(const Value& reply, std::string_view field);

}  // namespace kith::cli
