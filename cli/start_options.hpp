#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "node/daemon.hpp"

namespace kith::cli {

/// A setting of `kith start` and where it was made, for messages. Thread-safety: plain value.
struct Setting {
  std::string text;
  std::string origin;  ///< e.g. "--profile", "KITH_PROFILE", "kith.toml:3"
};

/// Settings by their names in the file: "name", "log_level", ... Lists have commas between.
using Settings = std::map<std::string, Setting, std::less<>>;

/// The names of all settings, in the order of the documentation.
[[nodiscard]] const std::vector<std::string>& setting_names();
/// The name of a setting as a flag ("--log-level") and in the environment ("KITH_LOG_LEVEL").
[[nodiscard]] std::string flag_of(std::string_view setting);
[[nodiscard]] std::string variable_of(std::string_view setting);

/// What the environment sets. Empty variables count as not set, but for KITH_RUNTIME_DIR.
[[nodiscard]] Settings settings_from_environment();
/// What a TOML file sets. Errors: `not_found`, `input_output`, `invalid_argument` naming file, line
/// and, for an unknown key, the nearest known one.
[[nodiscard]] Result<Settings> settings_from_file(const std::string& path);
/// What TOML text sets; `path` is for messages. Errors: `invalid_argument`. Pure.
[[nodiscard]] Result<Settings> settings_from_toml(std::string_view text, const std::string& path);

/// Refuses names of variables that begin with KITH_ and are nearly, but not quite, one that is
/// read. Errors: `invalid_argument`, naming the right one. Pure.
[[nodiscard]] Result<void> check_variables(const std::vector<std::string>& variables);

/// All settings together: each from the first of flags, environment and file that has it. The file
/// is the one that `config` names in flags or environment, if any. Errors: as `settings_from_file`.
[[nodiscard]] Result<Settings> collect_settings(const Settings& flags);
/// What they mean, with defaults for the rest. Errors: `invalid_argument`, naming the origin.
[[nodiscard]] Result<DaemonOptions> daemon_options(const Settings& settings);

/// Takes the settings out of the environment, so that nodes of the command's own do not inherit
/// what was meant for the daemon of this machine. Before threads are started.
void forget_environment_settings();

}  // namespace kith::cli
