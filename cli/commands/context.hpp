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

/// How long a command waits for the node unless told otherwise.
inline constexpr Duration ask_timeout_default = std::chrono::seconds(10);

/// What all commands have in common. Thread-safety: plain value.
struct Context {
  std::optional<std::string> node;  ///< --node
  bool json = false;                ///< -o json
  std::optional<Duration> timeout;  ///< --timeout, counted from `began`
  TimePoint began;                  ///< when the command started

  /// What is left of --timeout, or `otherwise` when there is none; never negative.
  [[nodiscard]] Duration time_left(Duration otherwise, TimePoint now) const;
};

/// Connects to the node of this context. Says on standard error which one it is when that was a
/// choice of several. Errors: `no_connection`, `invalid_argument` (none was named, and several of
/// different clusters run here).
[[nodiscard]] Result<NodeClient> connect(const Context& context);

/// Asks a node that is connected to. Errors: those of the node, `no_connection`, `timeout`.
[[nodiscard]] Result<Value> ask(const Context& context, NodeClient& client,
                                const std::string& operation, ValueMap arguments,
                                Duration timeout = ask_timeout_default);
/// Asks the node of this context. Errors: as both.
[[nodiscard]] Result<Value> ask(const Context& context, const std::string& operation,
                                ValueMap arguments, Duration timeout = ask_timeout_default);
/// Asks for a list page by page (docs/protocol.md, "Pages") until it ends or `take` gives false.
/// Errors: as `ask`.
[[nodiscard]] Result<void> for_each_page(const Context& context, const std::string& operation,
                                         ValueMap arguments,
                                         const std::function<bool(const Value& page)>& take);
/// The same for lists that are short enough to be kept: the answer with the whole list in `field`.
[[nodiscard]] Result<Value> ask_all(const Context& context, const std::string& operation,
                                    ValueMap arguments, const std::string& field);

/// Says what went wrong and gives the exit code.
int fail(const Context& context, const Error& error);
/// Writes the value as JSON with -o json, else the text; gives `code`.
int show(const Context& context, const Value& value, const std::string& text, int code = 0);
/// The same with a table.
int show(const Context& context, const Value& value, const Table& table);

/// The field as people read it; empty when there is none.
[[nodiscard]] std::string field_text(const Value& value, std::string_view field);
/// The number in that field, else zero.
[[nodiscard]] std::int64_t field_integer(const Value& value, std::string_view field);
/// The truth in that field, else false.
[[nodiscard]] bool field_bool(const Value& value, std::string_view field);
/// The list in that field, else an empty one.
[[nodiscard]] const ValueArray& field_list(const Value& value, std::string_view field);

}  // namespace kith::cli
