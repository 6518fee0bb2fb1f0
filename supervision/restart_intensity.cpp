// SPDX-License-Identifier: Apache-2.0
#include "supervision/restart_intensity.hpp"

namespace kith {

bool RestartIntensity::allow(TimePoint now) {
  while (!restarts_.empty() && now - restarts_.front() > within_) restarts_.pop_front();
  // Bounds the memory; the newest `max_restarts_` + 1 decide.
  if (restarts_.size() > max_restarts_) restarts_.pop_front();
  restarts_.push_back(now);
  return restarts_.size() <= max_restarts_;
}

}  // namespace kith
