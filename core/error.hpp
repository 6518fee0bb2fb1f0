// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kith {

class Value;

/// Kinds of expected failures. The names are part of the wire protocol and of the command's
/// `-o json` output; the command maps them to exit codes.
enum class ErrorCode : std::uint8_t {
  timeout,           ///< no answer before the deadline; the request may still have been carried out
  no_process,        ///< the process does not exist or has ended
  no_connection,     ///< the node of the process cannot be reached
  overloaded,        ///< a bounded queue is full
  circuit_open,      ///< a circuit breaker refused the call
  rate_limited,      ///< a rate limit refused the call
  decode,            ///< bytes from outside are malformed
  invalid_argument,  ///< an argument is not acceptable
  not_found,         ///< the named thing does not exist
  already_exists,    ///< the name or key is taken
  conflict,          ///< a concurrent change won, or the definition differs
  unauthorised,      ///< not permitted: table rights, run-time directory, open port
  unavailable,       ///< temporarily not possible: draining, stopping, not joined
  crashed,           ///< the process ended before it answered; the text has its exit reason
  input_output,      ///< the operating system refused (file, socket, disk)
  internal,          ///< a defect of kith
};

/// Returns the code's stable name, e.g. "no_process".
[[nodiscard]] std::string_view to_string(ErrorCode code);
/// Returns the code with that name, or nullopt.
[[nodiscard]] std::optional<ErrorCode> error_code_from_string(std::string_view name);

/// Describes an expected failure: a code for programs and a text for people, which says what
/// happened and what to do next. It can be sent between nodes (`std::error_code` cannot: its
/// categories are compared by address). Thread-safety: plain value.
///
///     Result<double> parsed = Error(ErrorCode::decode, "'1,5' is not a number; write 1.5");
///     if (!parsed && parsed.error().code() == ErrorCode::decode) return parsed.error();
class Error {
 public:
  Error(ErrorCode code, std::string text) : code_(code), text_(std::move(text)) {}

  /// Returns the kind of failure.
  [[nodiscard]] ErrorCode code() const { return code_; }
  /// Returns the text for people.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// Returns "code: text".
  [[nodiscard]] std::string to_string() const;
  /// Returns the exit reason of a `crashed` error as a term, or null if unknown. It is not sent to
  /// other nodes.
  [[nodiscard]] const Value* reason() const { return reason_.get(); }
  /// Returns a copy of the error with this exit reason.
  [[nodiscard]] Error with_reason(const Value& reason) const;

  /// Compares code and text; ignores the exit reason.
  friend bool operator==(const Error& a, const Error& b) {
    return a.code_ == b.code_ && a.text_ == b.text_;
  }

 private:
  ErrorCode code_;
  std::string text_;
  std::shared_ptr<const Value> reason_;
};

}  // namespace kith
