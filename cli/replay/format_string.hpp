#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/replay/field_names.hpp"
#include "cli/replay/log_line.hpp"
#include "core/result.hpp"

namespace kith::replay {

/// Reads lines as a format of nginx (`log_format`) describes them: variables such as `$remote_addr`
/// or `${remote_addr}`, and between them what stands in each line as it is. Variables that are not
/// in `field_names()` are passed over. Thread-safety: plain value.
class FormatString {
 public:
  /// Reads a format. Errors: `invalid_argument` when lines of that format cannot be taken apart
  /// (two variables touch) or lack the time or a field that is required.
  static Result<FormatString> compile(std::string_view text, const RequiredFields& required);

  /// Reads a line. A value ends where the text after its variable in the format comes first; when a
  /// time or status comes next, where such a value follows that text. Where that text begins with a
  /// quote, a backslash makes the byte after it an ordinary one. White space at the end is nothing.
  /// Errors: `decode`, saying what is wrong. Pure.
  [[nodiscard]] Result<LogLine> parse(std::string_view line) const;

 private:
  struct Part {
    std::string variable;
    std::optional<LineField> field;  // nothing: passed over
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
