// SPDX-License-Identifier: Apache-2.0
#include "core/log.hpp"

#include <array>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "core/printable.hpp"

namespace kith {
namespace {

constexpr std::array<std::string_view, 6> level_names = {"trace",   "debug", "info",
                                                         "warning", "error", "off"};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      break;
  }
  return spdlog::level::off;
}

std::string json_quote(std::string_view text) {
  return nlohmann::json(std::string(text))
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class ConsoleLog final : public Log {
 public:
  ConsoleLog(LogLevel level, LogFormat format, std::string node)
      : format_(format), node_(std::move(node)) {
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    logger_ = std::make_shared<spdlog::logger>("kith", std::move(sink));
    logger_->set_level(to_spdlog(level));
    logger_->flush_on(spdlog::level::trace);
    logger_->set_pattern(format == LogFormat::json
                             ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                             : "%Y-%m-%d %H:%M:%S.%e %^%-7l%$ %v",
                         spdlog::pattern_time_type::utc);
  }

  [[nodiscard]] bool enabled(LogLevel level) const override {
    return logger_->should_log(to_spdlog(level));
  }

  void write(LogLevel level, std::string_view component, std::string_view sentence,
             std::initializer_list<LogField> fields) override {
    if (!enabled(level)) return;
    logger_->log(to_spdlog(level), "{}",
                 format_ == LogFormat::json ? as_json(component, sentence, fields)
                                            : as_text(component, sentence, fields));
  }

 private:
  [[nodiscard]] std::string as_text(std::string_view component, std::string_view sentence,
                                    std::initializer_list<LogField> fields) const {
    std::string line = node_.empty() ? "" : fmt::format("[{}] ", node_);
    line += fmt::format("{}: {}", component, sentence);
    for (const auto& [key, value] : fields) {
      if (!value.empty()) line += fmt::format(" {}={}", key, value);
    }
    return printable(line);  // names and reasons may come from outside
  }

  [[nodiscard]] std::string as_json(std::string_view component, std::string_view sentence,
                                    std::initializer_list<LogField> fields) const {
    std::string line = fmt::format(R"("node":{},"component":{},"message":{})", json_quote(node_),
                                   json_quote(component), json_quote(sentence));
    for (const auto& [key, value] : fields) {
      line += fmt::format(",{}:{}", json_quote(key), json_quote(value));
    }
    return line;
  }

  LogFormat format_;
  std::string node_;
  std::shared_ptr<spdlog::logger> logger_;
};

class NullLog final : public Log {
 public:
  [[nodiscard]] bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::string_view,
             std::initializer_list<LogField>) override {}
};

}  // namespace

std::optional<LogLevel> log_level_from_string(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::string_view to_string(LogLevel level) {
  return level_names.at(static_cast<std::size_t>(level));
}

std::shared_ptr<Log> make_console_log(LogLevel level, LogFormat format, std::string node) {
  return std::make_shared<ConsoleLog>(level, format, std::move(node));
}

std::shared_ptr<Log> make_null_log() {
  return std::make_shared<NullLog>();
}

}  // namespace kith
