// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kith {

/// Levels of log lines; a log writes those at or above its own level.
enum class LogLevel : std::uint8_t { trace, debug, info, warning, error, off };

/// Returns the level with that name ("trace" ... "off"), or nullopt.
[[nodiscard]] std::optional<LogLevel> log_level_from_string(std::string_view name);
[[nodiscard]] std::string_view to_string(LogLevel level);

/// A named detail of a log line.
using LogField = std::pair<std::string_view, std::string>;

/// Receives log lines. Thread-safety: all functions may be called from any thread.
///
///     auto log = make_console_log(LogLevel::info, LogFormat::text, "node-a");
///     log->warning("payments", "the bank does not answer", {{"attempts", "3"}});
class Log {
 public:
  virtual ~Log() = default;
  /// True if lines of this level are written.
  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  /// Writes one line: the component (e.g. "membership"), a sentence, and named details.
  virtual void write(LogLevel level, std::string_view component, std::string_view sentence,
                     std::initializer_list<LogField> fields) = 0;

  /// Calls `write` with this level.
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

/// Formats of console log lines.
enum class LogFormat : std::uint8_t { text, json };

/// Returns a log that writes to standard error through spdlog, as text or JSON lines, each with the
/// node's name.
[[nodiscard]] std::shared_ptr<Log> make_console_log(LogLevel level, LogFormat format,
                                                    std::string node);
/// Returns a log that drops all lines.
[[nodiscard]] std::shared_ptr<Log> make_null_log();

}  // namespace kith
