// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/node_client.hpp"
#include "cli/output.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/value.hpp"

namespace kith::cli {

/// The default timeout of a request.
inline constexpr Duration ask_timeout_default = std::chrono::seconds(10);

/// Options common to all commands. Thread-safety: plain value.
struct Context {
  std::optional<std::string> node;  ///< --node
  bool json = false;                ///< -o json
  std::optional<Duration> timeout;  ///< --timeout, counted from `began`
  TimePoint began;                  ///< when the command started

  /// Returns the time left of --timeout, or `otherwise` without the flag; never negative.
  [[nodiscard]] Duration time_left(Duration otherwise, TimePoint now) const;
};

/// Connects to the node of this context. If it was chosen from several, names it on standard error
/// (not with -o json). Errors: `no_connection`, `invalid_argument` (no node was named, and nodes of
/// different clusters run here).
[[nodiscard]] Result<NodeClient> connect(const Context& context);

/// Sends a request over a connection. Errors: those of the node, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> ask(const Context& context, NodeClient& client,
                                const std::string& operation, ValueMap arguments,
                                Duration timeout = ask_timeout_default);
/// Connects and sends a request. Errors: as both.
[[nodiscard]] Result<Value> ask(const Context& context, const std::string& operation,
                                ValueMap arguments, Duration timeout = ask_timeout_default);
/// Requests a list page by page (docs/protocol.md, "Pages") until it ends or `take` returns false.
/// Errors: as `ask`.
[[nodiscard]] Result<void> for_each_page(const Context& context, const std::string& operation,
                                         ValueMap arguments,
                                         const std::function<bool(const Value& page)>& take);
/// Requests all pages of a list that fits into memory; returns the reply with the whole list in
/// `field`.
[[nodiscard]] Result<Value> ask_all(const Context& context, const std::string& operation,
                                    ValueMap arguments, const std::string& field);

/// Prints the error and returns its exit code.
int fail(const Context& context, const Error& error);
/// Prints the value as JSON with -o json, else the text; returns `code`.
int show(const Context& context, const Value& value, const std::string& text, int code = 0);
/// Prints the value as JSON with -o json, else the table; returns 0.
int show(const Context& context, const Value& value, const Table& table);

/// Returns a field as readable text, or an empty string.
[[nodiscard]] std::string field_text(const Value& value, std::string_view field);
/// Returns the integer in a field, or zero.
[[nodiscard]] std::int64_t field_integer(const Value& value, std::string_view field);
/// Returns the boolean in a field, or false.
[[nodiscard]] bool field_bool(const Value& value, std::string_view field);
/// Returns the list in a field, or an empty one.
[[nodiscard]] const ValueArray& field_list(const Value& value, std::string_view field);

}  // namespace kith::cli
