// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/error.hpp"
#include "supervision/restart_intensity.hpp"

/// Log entries of supervisors, in addition to the crash reports of processes. Inside the supervisor
/// only. Source: supervisor(3), supervisor reports.
namespace kith::detail {

/// Logs that the calling supervisor ends because it exceeded its restart limit; `child` is the one
/// that ended last.
void log_restart_limit(const std::string& child, const RestartIntensity& intensity);
/// Logs that a child could not be restarted.
void log_failed_restart(const std::string& child, const Error& why);

}  // namespace kith::detail
