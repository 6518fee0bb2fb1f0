#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kith {

class Value;

/// What kind of expected failure an `Error` is. The names are part of the wire protocol and of the
/// command's `-o json` output; the command maps them to exit codes.
enum class ErrorCode : std::uint8_t {
  timeout,           ///< no answer before the deadline; the request may still have been carried out
  no_process,        ///< the process does not exist or has ended
  no_connection,     ///< the node of the other side cannot be reached
  overloaded,        ///< a bounded queue is full
  circuit_open,      ///< a breaker refuses calls
  rate_limited,      ///< a limit refuses calls
  decode,            ///< bytes from outside are not what they should be
  invalid_argument,  ///< an argument is not acceptable
  not_found,         ///< the named thing does not exist
  already_exists,    ///< the name or key is taken
  conflict,          ///< another party won, or the definition differs
  unauthorised,      ///< not permitted: table rights, run-time directory, open port
  unavailable,       ///< not now: draining, stopping, not joined
  crashed,           ///< the other side ended before it answered; the text holds its exit reason
  input_output,      ///< the operating system refused (file, socket, disk)
  internal,          ///< a defect of kith
};

/// The code's stable name, e.g. "no_process".
[[nodiscard]] std::string_view to_string(ErrorCode code);
/// The code with that name, if there is one.
[[nodiscard]] std::optional<ErrorCode> error_code_from_string(std::string_view name);

/// An expected failure: a code that programs decide on and a text that tells a person what happened
/// and what to do next. A plain value; it travels between nodes (`std::error_code` does not: its
/// categories are compared by address). Thread-safety: as a plain value.
class Error {
 public:
  Error(ErrorCode code, std::string text) : code_(code), text_(std::move(text)) {}

  /// What kind of failure it is.
  [[nodiscard]] ErrorCode code() const { return code_; }
  /// The sentence for people.
  [[nodiscard]] const std::string& text() const { return text_; }
  /// "code: text".
  [[nodiscard]] std::string to_string() const;
  /// The exit reason behind `crashed`, as a term; null when there is none. It does not travel.
  [[nodiscard]] const Value* reason() const { return reason_.get(); }
  /// The same error with the exit reason behind it.
  [[nodiscard]] Error with_reason(const Value& reason) const;

  /// The same code and text.
  friend bool operator==(const Error& a, const Error& b) {
    return a.code_ == b.code_ && a.text_ == b.text_;
  }

 private:
  ErrorCode code_;
  std::string text_;
  std::shared_ptr<const Value> reason_;
};

}  // namespace kith
