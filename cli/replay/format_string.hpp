// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/replay/field_names.hpp"
#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Parses lines with a `log_format` of nginx: variables such as `$remote_addr` or `${remote_addr}`
/// separated by literal text. Variables that are not in `field_names()` are ignored. Thread-safety:
/// plain value.
class FormatString {
 public:
  /// Compiles a format. Errors: `invalid_argument` if it is ambiguous (no text separates two
  /// variables) or lacks the time or a required field.
  static Result<FormatString> compile(std::string_view text, const RequiredFields& required);

  /// Parses a line. A value ends at the first occurrence of the text after its variable; if a time
  /// or status comes next, where a valid one follows that text. If that text starts with a quote, a
  /// backslash escapes the next byte. White space at the end is ignored. Errors: `decode` with the
  /// reason. Pure.
  [[nodiscard]] Result<LogLine> parse(std::string_view line) const;

 private:
  struct Part {
    std::string variable;
    std::optional<LineField> field;  // nullopt: ignored
    std::string after;               // the text up to the next variable
  };

  Result<void> split(std::string_view text);
  void choose();
  [[nodiscard]] Result<void> check(const RequiredFields& required) const;
  [[nodiscard]] bool has(LineField field) const;
  [[nodiscard]] bool may_begin(std::string_view text, std::size_t part) const;
  [[nodiscard]] std::size_t end_of_value(std::string_view text, std::size_t part) const;
  Result<void> take(LogLine& line, LineField field, std::string_view value) const;

  std::string before_;
  std::vector<Part> parts_;
  bool status_required_ = false;
};

}  // namespace kith::replay
