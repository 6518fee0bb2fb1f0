// SPDX-License-Identifier: Apache-2.0
#include "cluster/quiet_line.hpp"

namespace kith::cluster {

QuietLine::QuietLine(Duration probe_interval, Duration isolation_max, TimePoint now)
    : interval_(probe_interval),
      isolation_max_(isolation_max),
      last_heard_(now),
      resumed_(now - 3 * probe_interval) {}

void QuietLine::heard(TimePoint now) {
  if (is_silent(now)) resumed_ = now;
  last_heard_ = now;
}

bool QuietLine::is_silent(TimePoint now) const {
  return now - last_heard_ > interval_ * 5 / 2;
}

bool QuietLine::may_accuse(TimePoint now) const {
  if (is_silent(now)) return now >= gives_up();
  return now >= resumed_ + 2 * interval_;
}

TimePoint QuietLine::may_expire_from(TimePoint now) const {
  return is_silent(now) ? gives_up() : resumed_ + 3 * interval_;
}

TimePoint QuietLine::gives_up() const {
  return last_heard_ + interval_ * 5 / 2 + isolation_max_;
}

}  // namespace kith::cluster
