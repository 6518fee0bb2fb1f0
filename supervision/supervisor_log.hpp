#pragma once

#include <string>

#include "core/error.hpp"
#include "supervision/restart_intensity.hpp"

/// What supervisors say in the log of their system, besides the crash reports of the processes.
/// Inside the supervisor only. Source: supervisor(3), supervisor reports.
namespace kith::detail {

/// Says that the calling supervisor ends because its children have failed too often; `child` is the
/// last one that did.
void log_restart_limit(const std::string& child, const RestartIntensity& intensity);
/// Says that a child could not be started again.
void log_failed_restart(const std::string& child, const Error& why);

}  // namespace kith::detail
