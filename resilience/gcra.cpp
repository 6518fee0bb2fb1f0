// SPDX-License-Identifier: Apache-2.0
#include "resilience/gcra.hpp"

#include <algorithm>
#include <limits>

namespace kith::limiting {
namespace {

/// Returns the parts per nanosecond. With a limit of 0 the former arrival time stays, in whole
/// nanoseconds.
std::uint32_t parts_in_nanosecond(const RateLimiterOptions& options) {
  return std::max(options.limit, 1U);
}

}  // namespace

Duration Gcra::advance(const RateLimiterOptions& options, Duration at) {
  if (!used_) {
    used_ = true;
    newest_ = at;
    return at;
  }
  const Duration now = std::max(newest_, at);
  const std::uint64_t passed = elapsed(newest_, now);
  newest_ = now;
  if ((is_credit_ || credit_ > 0) && elapsed(credited_, now) >= nanoseconds(options.window)) {
    drop_credit();
  }
  if (is_credit_) return newest_;
  if (passed > static_cast<std::uint64_t>(ahead_)) {
    ahead_ = parts_ = 0;
    rest_ = {};
  } else {
    ahead_ -= static_cast<std::int64_t>(passed);
  }
  return newest_;
}

void Gcra::drop_credit() {
  credit_ = std::min<std::int64_t>(credit_, 0);
  if (!is_credit_) return;
  is_credit_ = false;
  credit_part_ = 0;
  rest_ = {};
}

std::int64_t Gcra::room(const RateLimiterOptions& options) const {
  if (options.limit == 0) return std::max<std::int64_t>(credit_, 0);
  const auto window = static_cast<SignedWide>(options.window.count());
  if (window == 0) return bucket_size(options);
  const SignedWide left = window * bucket_size(options) - level_rounded_up(options);
  if (left < window) return 0;
  return static_cast<std::int64_t>(std::min<SignedWide>(left / window, room_max));
}

void Gcra::take(const RateLimiterOptions& options, std::int64_t hits) {
  if (options.limit == 0) {
    credit_ = std::clamp(credit_ - hits, -room_max, room_max);
  } else {
    Level taken = level(options);
    taken.parts += static_cast<SignedWide>(hits) * options.window.count();
    set_level(options, taken);
  }
  if (hits < 0 && (is_credit_ || credit_ > 0)) credited_ = newest_;
}

Duration Gcra::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  if (hits > std::int64_t{bucket_size(options)} || options.limit == 0) return Duration::max();
  const auto window = static_cast<SignedWide>(options.window.count());
  const SignedWide allowed = window * (std::int64_t{bucket_size(options)} - hits);
  const SignedWide over = level_rounded_up(options) - allowed;
  if (over <= 0) return Duration::zero();
  return at_most_max((static_cast<Wide>(over) + options.limit - 1) / options.limit);
}

Duration Gcra::reset_after(const RateLimiterOptions& options) const {
  if (credit_ < 0) return Duration::max();  // units taken under a limit of 0 never flow off
  const bool credit = is_credit_ || credit_ > 0;
  const Duration lapses = credit ? rest_of(options.window, credited_, newest_) : Duration::zero();
  const std::uint32_t parts = parts_in_nanosecond(options);
  const SignedWide ahead =
      static_cast<SignedWide>(ahead_) * parts + parts_ + (is_credit_ || rest_.is_zero() ? 0 : 1);
  return std::max(lapses, at_most_max((static_cast<Wide>(ahead) + parts - 1) / parts));
}

void Gcra::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  // Parts of a nanosecond depend on the limit, parts of credit on the window: only the kind in use
  // is rescaled.
  if (!is_credit_) {
    const Mixed parts =
        rescaled({parts_, rest_}, parts_in_nanosecond(before), parts_in_nanosecond(after));
    parts_ = static_cast<std::uint32_t>(parts.whole);
    rest_ = parts.rest;
  } else if (after.window == Duration::zero()) {
    drop_credit();
  } else {
    const Mixed part =
        rescaled({credit_part_, rest_}, nanoseconds(before.window), nanoseconds(after.window));
    credit_part_ = part.whole;
    rest_ = part.rest;
  }
  if (before.limit == 0 && after.limit > 0 && credit_ != 0) set_level(after, level(after));
}

Gcra::Level Gcra::level(const RateLimiterOptions& options) const {
  const SignedWide units = static_cast<SignedWide>(credit_) * options.window.count();
  if (!is_credit_) {
    return {static_cast<SignedWide>(ahead_) * parts_in_nanosecond(options) + parts_ - units, rest_};
  }
  const SignedWide credit = units + credit_part_;
  if (rest_.is_zero()) return {-credit, {}};
  return {-credit - 1, rest_.complement()};
}

SignedWide Gcra::level_rounded_up(const RateLimiterOptions& options) const {
  const Level exact = level(options);
  return exact.parts + (exact.rest.is_zero() ? 0 : 1);
}

void Gcra::set_level(const RateLimiterOptions& options, const Level& level) {
  constexpr SignedWide edge = std::numeric_limits<std::int64_t>::max();
  ahead_ = credit_ = 0;
  parts_ = 0;
  credit_part_ = 0;
  rest_ = level.rest;
  is_credit_ = level.parts < 0;
  if (!is_credit_) {
    const std::uint32_t limit = parts_in_nanosecond(options);
    if (level.parts <= edge) {  // the usual case avoids the slow 128-bit division
      ahead_ = static_cast<std::int64_t>(level.parts) / limit;
      parts_ = static_cast<std::uint32_t>(static_cast<std::int64_t>(level.parts) % limit);
    } else {
      ahead_ = static_cast<std::int64_t>(std::min(level.parts / limit, edge));
      parts_ = static_cast<std::uint32_t>(level.parts % limit);
    }
    return;
  }
  const auto window = static_cast<SignedWide>(options.window.count());
  if (window == 0) return drop_credit();
  const SignedWide credit = level.rest.is_zero() ? -level.parts : -level.parts - 1;
  if (!level.rest.is_zero()) rest_ = level.rest.complement();
  credit_ = static_cast<std::int64_t>(std::min<SignedWide>(credit / window, room_max));
  credit_part_ = static_cast<std::uint64_t>(credit % window);
}

void Gcra::save(LimiterState& state) const {
  state.newest = newest_;
  state.units = ahead_;
  state.part = parts_;
  state.credited = credited_;
  state.credit = credit_;
  if (is_credit_) state.credit_part = credit_part_;
  save_rest(rest_, state);
}

bool Gcra::restore(const RateLimiterOptions& options, const LimiterState& state) {
  constexpr std::int64_t edge = std::numeric_limits<std::int64_t>::max();
  if (state.part >= parts_in_nanosecond(options) || state.units < -edge) return false;
  if (state.credit < -room_max || state.credit > room_max) return false;
  const std::uint64_t credit_part = state.credit_part.value_or(0);
  if (credit_part != 0 && credit_part >= nanoseconds(options.window)) return false;
  const auto rest = restored_rest(state);
  if (!rest) return false;
  used_ = true;
  newest_ = state.newest;
  credited_ = state.credited;
  is_credit_ = state.credit_part.has_value();
  credit_ = state.credit;
  credit_part_ = credit_part;
  rest_ = *rest;
  if (state.units < 0) {  // older versions stored credit as a negative time
    set_level(options, {static_cast<SignedWide>(state.units) * parts_in_nanosecond(options) +
                            static_cast<SignedWide>(state.part),
                        {}});
  } else {
    ahead_ = state.units;
    parts_ = static_cast<std::uint32_t>(state.part);
  }
  return (!is_credit_ && credit_ <= 0) || credited_ <= newest_;
}

}  // namespace kith::limiting
