#pragma once

#include <string>

#include "cli/commands/context.hpp"

namespace kith::cli {

/// The whole list of an operation that answers in pages, as `{LIST: [...], "unreachable": [...]}`.
/// Says on standard error which nodes have not answered. Errors: those of `ask`.
[[nodiscard]] Result<Value> ask_whole_list(const Context& context, const std::string& list,
                                           const std::string& prefix);
/// When the time may be asked for again: "never", or "in 3 s".
[[nodiscard]] std::string retry_text(const Value& reply);
/// An instant since 1970 for people, in UTC.
[[nodiscard]] std::string instant_text(const Value& reply, std::string_view field);

}  // namespace kith::cli
