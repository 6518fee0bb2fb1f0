// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "cli/start_options.hpp"
#include "core/nearest_name.hpp"

namespace kith::cli {
namespace {

/// Names the type of a setting for error texts.
std::string_view kind_of(std::string_view setting) {
  if (setting == "insecure") return "true or false";
  if (setting == "workers") return "a number";
  if (setting == "seeds") return "a list of strings";
  return "a string";
}

std::string place_of(const std::string& path, const toml::source_region& source) {
  return fmt::format("{}:{}:{}", path, source.begin.line, source.begin.column);
}

/// Joins a list of strings with commas; returns nullopt if it has another element.
std::optional<std::string> text_of_list(const toml::array& list) {
  std::string text;
  for (const toml::node& element : list) {
    const auto* part = element.as_string();
    if (part == nullptr) return std::nullopt;
    text += (text.empty() ? "" : ",") + part->get();
  }
  return text;
}

/// Returns the value as flags and environment spell it, or nullopt if it has the wrong type.
std::optional<std::string> text_of(const std::string& setting, const toml::node& value) {
  if (setting == "insecure") {
    if (const auto* flag = value.as_boolean()) return flag->get() ? "true" : "false";
    return std::nullopt;
  }
  if (setting == "workers") {
    if (const auto* number = value.as_integer()) return std::to_string(number->get());
    return std::nullopt;
  }
  if (setting == "seeds" && value.is_array()) return text_of_list(*value.as_array());
  if (const auto* text = value.as_string()) return text->get();
  return std::nullopt;
}

std::string shown(const toml::node& value) {
  std::ostringstream text;
  value.visit([&](const auto& content) { text << content; });
  return text.str();
}

}  // namespace

Result<Settings> settings_from_toml(std::string_view text, const std::string& path) {
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    return Error(ErrorCode::invalid_argument,
                 fmt::format("{}: {}", place_of(path, error.source()), error.description()));
  }
  Settings settings;
  for (const auto& [key, value] : table) {
    const std::string name(key.str());
    const std::string place = place_of(path, key.source());
    if (std::ranges::find(setting_names(), name) == setting_names().end()) {
      return Error(ErrorCode::invalid_argument,
                   fmt::format("{}: unknown setting '{}'{}", place, name,
                               did_you_mean(name, setting_names())));
    }
    const auto content = text_of(name, value);
    if (!content) {
      return Error(ErrorCode::invalid_argument, fmt::format("{}: '{}' must be {}, not {}", place,
                                                            name, kind_of(name), shown(value)));
    }
    settings[name] = {*content, fmt::format("{} ({})", place, name)};
  }
  return settings;
}

Result<Settings> settings_from_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Error(ErrorCode::invalid_argument,
                 "the configuration file '" + path + "' is a directory");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int code = errno;
    return Error(code == ENOENT ? ErrorCode::not_found : ErrorCode::input_output,
                 fmt::format("cannot read the configuration file '{}': {}", path,
                             std::generic_category().message(code)));
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return settings_from_toml(text, path);
}

}  // namespace kith::cli
