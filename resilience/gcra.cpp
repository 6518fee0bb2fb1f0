#include "resilience/gcra.hpp"

#include <algorithm>
#include <limits>

namespace kith::limiting {

Duration Gcra::advance(const RateLimiterOptions& options, Duration at) {
  if (!used_) {
    used_ = true;
    newest_ = at;
    return at;
  }
  const Duration now = std::max(newest_, at);
  const std::uint64_t passed = elapsed(newest_, now);
  newest_ = now;
  if (ahead_ >= 0) {
    if (passed > static_cast<std::uint64_t>(ahead_))
      ahead_ = parts_ = 0;
    else
      ahead_ -= static_cast<std::int64_t>(passed);
  } else if (elapsed(credited_, now) >= nanoseconds(options.window)) {
    ahead_ = parts_ = 0;
  }
  return newest_;
}

std::int64_t Gcra::room(const RateLimiterOptions& options) const {
  if (options.limit == 0) return 0;
  const auto window = static_cast<SignedWide>(options.window.count());
  if (window == 0) return bucket_size(options);
  const SignedWide left = window * bucket_size(options) - ahead(options);
  if (left < window) return 0;
  return static_cast<std::int64_t>(std::min<SignedWide>(left / window, room_max));
}

void Gcra::take(const RateLimiterOptions& options, std::int64_t hits) {
  const auto window = static_cast<SignedWide>(options.window.count());
  set_ahead(options, ahead(options) + static_cast<SignedWide>(hits) * window);
  if (hits < 0 && ahead_ < 0) credited_ = newest_;
}

Duration Gcra::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  if (hits > std::int64_t{bucket_size(options)} || options.limit == 0) return Duration::max();
  const auto window = static_cast<SignedWide>(options.window.count());
  const SignedWide allowed = window * (std::int64_t{bucket_size(options)} - hits);
  const SignedWide over = ahead(options) - allowed;
  if (over <= 0) return Duration::zero();
  return at_most_max((static_cast<Wide>(over) + options.limit - 1) / options.limit);
}

Duration Gcra::reset_after(const RateLimiterOptions& options) const {
  if (options.limit == 0) return Duration::zero();
  const SignedWide parts = ahead(options);
  if (parts < 0) return rest_of(options.window, credited_, newest_);
  return at_most_max((static_cast<Wide>(parts) + options.limit - 1) / options.limit);
}

void Gcra::change(const RateLimiterOptions&, const RateLimiterOptions&) {
  if (parts_ > 0) ++ahead_;  // parts of another limit do not count the same
  parts_ = 0;
}

SignedWide Gcra::ahead(const RateLimiterOptions& options) const {
  return static_cast<SignedWide>(ahead_) * options.limit + parts_;
}

void Gcra::set_ahead(const RateLimiterOptions& options, SignedWide parts) {
  const SignedWide limit = std::max(options.limit, 1U);
  SignedWide whole = parts / limit;
  SignedWide rest = parts % limit;
  if (rest < 0) {
    rest += limit;
    --whole;
  }
  constexpr SignedWide edge = std::numeric_limits<std::int64_t>::max();
  ahead_ = static_cast<std::int64_t>(std::clamp(whole, -edge, edge));
  parts_ = static_cast<std::uint32_t>(rest);
}

void Gcra::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = ahead_;
  state.part = parts_;
  state.credited = credited_;
}

bool Gcra::restore(const RateLimiterOptions& options, const LimiterState& state) {
  constexpr std::int64_t edge = std::numeric_limits<std::int64_t>::max();
  if (state.part >= std::max(options.limit, 1U) || state.units < -edge) return false;
  if (state.units < 0 && state.credited > state.newest) return false;
  used_ = true;
  newest_ = state.newest;
  ahead_ = state.units;
  parts_ = static_cast<std::uint32_t>(state.part);
  credited_ = state.credited;
  return true;
}

}  // namespace kith::limiting
