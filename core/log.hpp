#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kith {

/// How much a log line matters.
enum class LogLevel : std::uint8_t { trace, debug, info, warning, error, off };

/// The level with that name ("trace" ... "off"), if there is one.
[[nodiscard]] std::optional<LogLevel> log_level_from_string(std::string_view name);
[[nodiscard]] std::string_view to_string(LogLevel level);

/// A named detail of a log line.
using LogField = std::pair<std::string_view, std::string>;

/// Where log lines go. Thread-safety: all functions may be called from any thread.
class Log {
 public:
  virtual ~Log() = default;
  /// Whether a line of this level would be written.
  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  /// Writes one line: who speaks (e.g. "membership"), a sentence, and named details.
  virtual void write(LogLevel level, std::string_view component, std::string_view sentence,
                     std::initializer_list<LogField> fields) = 0;

  /// Shorthands for `write`.
  void debug(std::string_view component, std::string_view sentence,
             std::initializer_list<LogField> fields = {}) {
    write(LogLevel::debug, component, sentence, fields);
  }
  void info(std::string_view component, std::string_view sentence,
            std::initializer_list<LogField> fields = {}) {
    write(LogLevel::info, component, sentence, fields);
  }
  void warning(std::string_view component, std::string_view sentence,
               std::initializer_list<LogField> fields = {}) {
    write(LogLevel::warning, component, sentence, fields);
  }
  void error(std::string_view component, std::string_view sentence,
             std::initializer_list<LogField> fields = {}) {
    write(LogLevel::error, component, sentence, fields);
  }
};

/// What the lines of a console log look like.
enum class LogFormat : std::uint8_t { text, json };

/// A log to standard error through spdlog, as text or JSON lines, each with the node's name.
[[nodiscard]] std::shared_ptr<Log> make_console_log(LogLevel level, LogFormat format,
                                                    std::string node);
/// A log that drops everything.
[[nodiscard]] std::shared_ptr<Log> make_null_log();

}  // namespace kith
