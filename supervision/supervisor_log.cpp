// SPDX-License-Identifier: Apache-2.0
#include "supervision/supervisor_log.hpp"

#include <chrono>

#include "actor/lineage.hpp"
#include "actor/process.hpp"
#include "actor/system.hpp"
#include "core/log.hpp"

namespace kith::detail {

void log_restart_limit(const std::string& child, const RestartIntensity& intensity) {
  const auto within = std::chrono::duration_cast<std::chrono::milliseconds>(intensity.within());
  this_system().log().error("supervisor", "the restart limit is reached: the supervisor ends",
                            {{"supervisor", description_of_this()},
                             {"child", child},
                             {"restarts", std::to_string(intensity.max_restarts())},
                             {"within_ms", std::to_string(within.count())},
                             {"ancestors", ancestors_of_this()}});
}

void log_failed_restart(const std::string& child, const Error& why) {
  this_system().log().error("supervisor", "a child could not be started again",
                            {{"supervisor", description_of_this()},
                             {"child", child},
                             {"why", why.to_string()},
                             {"ancestors", ancestors_of_this()}});
}

}  // namespace kith::detail
