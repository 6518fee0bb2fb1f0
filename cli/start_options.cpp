// SPDX-License-Identifier: Apache-2.0
#include "cli/start_options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "cli/node_address.hpp"
#include "core/nearest_name.hpp"
#include "core/printable.hpp"
#include "node/listen_address.hpp"
#include "node/runtime_directory.hpp"

namespace kith::cli {
namespace {

constexpr int workers_max = 1024;

template <typename... Arguments>
Error wrong(const Setting& setting, fmt::format_string<Arguments...> format,
            Arguments&&... arguments) {
  return Error(ErrorCode::invalid_argument,
               setting.origin + ": " + fmt::format(format, std::forward<Arguments>(arguments)...));
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return parts;
}

Result<bool> read_bool(const Setting& setting) {
  for (const char* yes : {"true", "1", "yes", "on"}) {
    if (setting.text == yes) return true;
  }
  for (const char* no : {"false", "0", "no", "off"}) {
    if (setting.text == no) return false;
  }
  return wrong(setting, "{} is neither true nor false", in_quotes(setting.text));
}

Result<int> read_workers(const Setting& setting) {
  int number = 0;
  const char* end = setting.text.data() + setting.text.size();
  const auto [stop, problem] = std::from_chars(setting.text.data(), end, number);
  if (problem != std::errc{} || stop != end || number < 1 || number > workers_max) {
    return wrong(setting, "{} is not a number from 1 to {}", in_quotes(setting.text), workers_max);
  }
  return number;
}

/// Returns the meaning of a word; the error lists all words.
template <typename T>
Result<T> read_word(const Setting& setting,
                    const std::vector<std::pair<std::string, T>>& meanings) {
  std::vector<std::string> words;
  std::string list;
  for (const auto& [word, meaning] : meanings) {
    if (setting.text == word) return meaning;
    words.push_back(word);
    list += (list.empty() ? "" : ", ") + word;
  }
  return wrong(setting, "{} is not one of {}{}", in_quotes(setting.text), list,
               did_you_mean(setting.text, words));
}

Result<Profile> read_profile(const Setting& setting) {
  return read_word<Profile>(setting, {{"automatic", Profile::automatic},
                                      {"local", Profile::local},
                                      {"lan", Profile::lan},
                                      {"compose", Profile::compose}});
}

Result<LogLevel> read_log_level(const Setting& setting) {
  return read_word<LogLevel>(setting, {{"trace", LogLevel::trace},
                                       {"debug", LogLevel::debug},
                                       {"info", LogLevel::info},
                                       {"warning", LogLevel::warning},
                                       {"error", LogLevel::error},
                                       {"off", LogLevel::off}});
}

Result<LogFormat> read_log_format(const Setting& setting) {
  return read_word<LogFormat>(setting, {{"text", LogFormat::text}, {"json", LogFormat::json}});
}

Result<std::string> read_address(const Setting& setting) {
  const std::size_t colon = setting.text.rfind(':');
  const std::string_view text = setting.text;
  const std::string_view digits = colon == text.npos ? "" : text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = !digits.empty() && stop == digits.data() + digits.size();
  if (colon == 0 || problem != std::errc{} || !whole) {
    return wrong(setting, "{} is not an address; write HOST:PORT, such as 127.0.0.1:7400",
                 in_quotes(setting.text));
  }
  return setting.text;
}

/// Parses a setting with `read` into `target`, if it is set.
template <typename T, typename Read>
Result<void> apply(const Settings& settings, std::string_view name, T& target, Read read) {
  const auto it = settings.find(name);
  if (it == settings.end()) return {};
  auto value = read(it->second);
  if (!value) return value.error();
  target = std::move(*value);
  return {};
}

Result<std::string> read_text(const Setting& setting) {
  return setting.text;
}

Result<std::string> read_name(const Setting& setting) {
  if (const auto good = node::check_node_name(setting.text); !good) {
    return wrong(setting, "{}", good.error().text());
  }
  return setting.text;
}

/// Rejects empty values: an unset shell variable, as in --profile=$PROFILE, would select the
/// default silently.
Result<void> check_not_empty(const Settings& settings) {
  for (const auto& [name, setting] : settings) {
    if (!setting.text.empty() || name == "runtime_dir" || name == "seeds") continue;
    return wrong(setting, "must not be empty; omit it for the default");
  }
  return {};
}

Result<std::vector<std::string>> read_seeds(const Setting& setting) {
  std::vector<std::string> seeds = split(setting.text);
  for (const std::string& seed : seeds) {
    if (const auto address = read_address({seed, setting.origin}); !address) {
      return address.error();
    }
  }
  return seeds;
}

}  // namespace

const std::vector<std::string>& setting_names() {
  static const std::vector<std::string> names = {
      "name",    "cluster", "listen",    "advertise",  "seeds",      "insecure",
      "profile", "workers", "log_level", "log_format", "runtime_dir"};
  return names;
}

std::string flag_of(std::string_view setting) {
  if (setting == "seeds") return "--seed";
  std::string flag = "--" + std::string(setting);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::string variable_of(std::string_view setting) {
  std::string variable = "KITH_" + std::string(setting);
  std::ranges::transform(variable, variable.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return variable;
}

namespace {

std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t sign = text.find('=');
    const bool is_set = sign != text.npos && sign + 1 < text.size();
    if (is_set) names.emplace_back(text.substr(0, sign));
  }
  return names;
}

}  // namespace

Settings settings_from_environment() {
  Settings settings;
  std::vector<std::string> names = setting_names();
  names.emplace_back("config");
  for (const std::string& name : names) {
    const std::string variable = variable_of(name);
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || (*value == '\0' && name != "runtime_dir")) continue;
    settings[name] = {value, variable};
  }
  return settings;
}

Result<void> check_variables(const std::vector<std::string>& variables) {
  std::vector<std::string> known{"CONFIG", "NODE"};
  for (const std::string& name : setting_names()) known.push_back(variable_of(name).substr(5));
  for (const std::string& variable : variables) {
    if (!variable.starts_with("KITH_")) continue;
    const std::string rest = variable.substr(5);
    if (std::ranges::find(known, rest) != known.end()) continue;
    if (const auto near = nearest_name(rest, known)) {
      return Error(
          ErrorCode::invalid_argument,
          fmt::format("unknown environment variable {}; did you mean KITH_{}?", variable, *near));
    }
  }
  return {};
}

Result<Settings> collect_settings(const Settings& flags) {
  if (const auto good = check_variables(environment_names()); !good) return good.error();
  if (const auto good = check_not_empty(flags); !good) return good.error();
  Settings all = flags;
  all.merge(settings_from_environment());  // keeps what is set already: flags take precedence
  if (const auto config = all.find("config"); config != all.end()) {
    auto file = settings_from_file(config->second.text);
    if (!file) return file.error();
    all.merge(*file);
  }
  return all;
}

Result<DaemonOptions> daemon_options(const Settings& settings) {
  if (const auto good = check_not_empty(settings); !good) return good.error();
  DaemonOptions options;
  options.node.listen = default_address;
  options.port_was_chosen = settings.contains("listen");
  options.log_format = isatty(STDERR_FILENO) == 1 ? LogFormat::text : LogFormat::json;
  options.runtime_directory = node::RuntimeDirectory::default_path();
  for (const Result<void>& applied :
       {apply(settings, "name", options.node.name, read_name),
        apply(settings, "cluster", options.node.cluster, read_text),
        apply(settings, "listen", options.node.listen, read_address),
        apply(settings, "advertise", options.node.advertise, read_address),
        apply(settings, "seeds", options.node.seeds, read_seeds),
        apply(settings, "insecure", options.node.insecure, read_bool),
        apply(settings, "profile", options.node.profile, read_profile),
        apply(settings, "workers", options.node.workers, read_workers),
        apply(settings, "log_level", options.log_level, read_log_level),
        apply(settings, "log_format", options.log_format, read_log_format),
        apply(settings, "runtime_dir", options.runtime_directory, read_text)}) {
    if (!applied) return applied.error();
  }
  return options;
}

void forget_environment_settings() {
  for (const std::string& name : setting_names()) unsetenv(variable_of(name).c_str());
  unsetenv("KITH_CONFIG");
}

}  // namespace kith::cli
