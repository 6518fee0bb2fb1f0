// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/daemon.hpp"

namespace kith::cli {

/// A setting of `kith start` and its origin for error texts. Thread-safety: plain value.
struct Setting {
  std::string text;
  std::string origin;  ///< e.g. "--profile", "KITH_PROFILE", "kith.toml:3"
};

/// Settings by their names in the file ("name", "log_level", ...). Lists are comma-separated.
using Settings = std::map<std::string, Setting, std::less<>>;

/// Returns the names of all settings, in the order of the documentation.
[[nodiscard]] const std::vector<std::string>& setting_names();
/// Return the name of a setting as a flag ("--log-level") and in the environment
/// ("KITH_LOG_LEVEL").
[[nodiscard]] std::string flag_of(std::string_view setting);
[[nodiscard]] std::string variable_of(std::string_view setting);

/// Reads the settings of the environment. Empty variables count as unset, except KITH_RUNTIME_DIR.
[[nodiscard]] Settings settings_from_environment();
/// Reads the settings of a TOML file. Errors: `not_found`, `input_output`, `invalid_argument` with
/// file, line and, for an unknown key, the nearest known one.
[[nodiscard]] Result<Settings> settings_from_file(const std::string& path);
/// Parses TOML text; `path` is used in error texts. Errors: `invalid_argument`. Pure.
[[nodiscard]] Result<Settings> settings_from_toml(std::string_view text, const std::string& path);

/// Rejects names that start with KITH_ and resemble a known variable, since a misspelt variable
/// would otherwise be ignored. Errors: `invalid_argument` with the right name. Pure.
[[nodiscard]] Result<void> check_variables(const std::vector<std::string>& variables);

/// Merges all settings: flags take precedence over the environment, which takes precedence over the
/// file that `config` names, if any. Errors: as `settings_from_file`.
[[nodiscard]] Result<Settings> collect_settings(const Settings& flags);
/// Validates settings and adds defaults for the rest. Errors: `invalid_argument` with the origin.
[[nodiscard]] Result<DaemonOptions> daemon_options(const Settings& settings);

/// Removes the settings from the environment, so that child nodes do not inherit those of this
/// machine's daemon. Must be called before threads start, since it changes the environment.
void forget_environment_settings();

}  // namespace kith::cli
