// SPDX-License-Identifier: Apache-2.0
#include "resilience/limiter_machine.hpp"

#include <algorithm>
#include <utility>

#include "resilience/limiter_time.hpp"

namespace kith {

using limiting::later;

namespace {

/// Returns the shift for `limiting::moved` between any two times, modulo 2^64.
Duration difference(Duration to, Duration from) {
  return Duration(static_cast<Duration::rep>(limiting::elapsed(from, to)));
}

}  // namespace

LimiterMachine::LimiterMachine(const LimiterMachine& other)
    : state_(other.state_),
      holds_(other.holds_ ? std::make_unique<Holds>(*other.holds_) : nullptr) {}

LimiterMachine& LimiterMachine::operator=(LimiterMachine other) noexcept {
  state_ = std::move(other.state_);
  holds_ = std::move(other.holds_);
  return *this;
}

LimiterMachine::State LimiterMachine::fresh(const RateLimiterOptions& options) {
  switch (options.algorithm) {
    case LimiterAlgorithm::sliding_log:
      return limiting::SlidingLog{};
    case LimiterAlgorithm::token_bucket:
      return limiting::TokenBucket{};
    case LimiterAlgorithm::sliding_counter:
      return limiting::SlidingCounter{};
    case LimiterAlgorithm::leaky_bucket:
      return limiting::LeakyBucket{};
    case LimiterAlgorithm::gcra:
      return limiting::Gcra{};
    case LimiterAlgorithm::fixed_window:
      return limiting::FixedWindow{};
    case LimiterAlgorithm::concurrency:
      return limiting::ConcurrencyLimit{};
  }
  return limiting::SlidingLog{};
}

RateDecision LimiterMachine::check(const RateLimiterOptions& options, const LimitRequest& request,
                                   Duration at, std::uint64_t ticket) {
  const bool leases = options.algorithm == LimiterAlgorithm::concurrency;
  if (request.reset_first) *this = LimiterMachine(options);
  const Duration now = advance(options, at);
  const std::int64_t hits =
      std::clamp<std::int64_t>(request.hits, -limiting::room_max, limiting::room_max);
  const std::int64_t left = std::max<std::int64_t>(room(options), 0);
  const bool fits = hits <= left;
  const std::int64_t taken = fits ? hits : request.drain_over_limit ? left : 0;
  if (taken != 0 && !leases) take(options, taken);
  if (taken < 0 && leases) release_oldest(-taken);
  if (taken > 0 && leases) hold(ticket, taken, later(now, options.window), now);
  RateDecision decision = answer(options, hits, fits, now);
  // A drained lease needs its ticket too: without it nothing could end the lease early.
  if (leases && taken > 0) decision.ticket = ticket;
  return decision;
}

RateDecision LimiterMachine::reserve(const RateLimiterOptions& options, std::int64_t hits,
                                     Duration hold_for, Duration at, std::uint64_t ticket) {
  const Duration now = advance(options, at);
  hits = std::clamp<std::int64_t>(hits, 1, limiting::room_max);
  const bool full = holds_ && holds_->open.size() >= limiter_holds_max;
  const bool fits = hits <= room(options) && !full;
  // With all holds in use, the earliest one must end first, even if there are free units.
  const Duration wait_min = full ? holds_->open.front().expires - now : Duration::zero();
  if (fits) hold(ticket, hits, later(now, hold_for), now);
  RateDecision decision = answer(options, hits, fits, now, wait_min);
  if (fits) decision.ticket = ticket;
  return decision;
}

bool LimiterMachine::commit(const RateLimiterOptions& options, std::uint64_t ticket, Duration at) {
  advance(options, at);
  if (!holds_) return false;
  const auto found = std::ranges::find(holds_->open, ticket, &Hold::ticket);
  if (found == holds_->open.end()) return false;
  if (options.algorithm == LimiterAlgorithm::concurrency) return true;
  take(options, found->units);
  holds_->units -= found->units;
  holds_->open.erase(found);
  if (holds_->open.empty()) holds_.reset();
  return true;
}

bool LimiterMachine::cancel(const RateLimiterOptions& options, std::uint64_t ticket, Duration at) {
  advance(options, at);
  if (!holds_) return false;
  const auto found = std::ranges::find(holds_->open, ticket, &Hold::ticket);
  if (found == holds_->open.end()) return false;
  holds_->units -= found->units;
  holds_->open.erase(found);
  if (holds_->open.empty()) holds_.reset();
  return true;
}

void LimiterMachine::change(const RateLimiterOptions& before, const RateLimiterOptions& after) {
  if (before.algorithm != after.algorithm) {
    *this = LimiterMachine(after);
    return;
  }
  std::visit([&](auto& state) { state.change(before, after); }, state_);
}

void LimiterMachine::change_clock(const RateLimiterOptions& options, Duration at, Duration then) {
  move(options, difference(then, advance(options, at)));
}

void LimiterMachine::set_back(const RateLimiterOptions& options, Duration at) {
  if (const Duration now = newest(); now > at) move(options, difference(at, now));
}

void LimiterMachine::move(const RateLimiterOptions& options, Duration by) {
  std::visit([&](auto& state) { state.move(by, options); }, state_);
  if (!holds_) return;
  holds_->now = limiting::moved(holds_->now, by);
  for (Hold& hold : holds_->open) {
    if (hold.expires != Duration::max()) hold.expires = limiting::moved(hold.expires, by);
  }
}

Duration LimiterMachine::newest() const {
  return std::visit([](const auto& state) { return state.newest(); }, state_);
}

bool LimiterMachine::idle(const RateLimiterOptions& options, Duration at) {
  return advance(options, at) == at && !holds_ && idle_after(options) == Duration::zero();
}

Duration LimiterMachine::idle_after(const RateLimiterOptions& options) const {
  const Duration own =
      std::visit([&](const auto& state) { return state.reset_after(options); }, state_);
  if (!holds_) return own;
  return std::max(own, holds_->open.back().expires - holds_->now);
}

LimiterState LimiterMachine::save(const RateLimiterOptions& options) const {
  LimiterState state;
  state.options = options;
  std::visit([&](const auto& algorithm) { algorithm.save(state); }, state_);
  if (!holds_) return state;
  for (const Hold& hold : holds_->open) {
    state.tickets.push_back(hold.ticket);
    state.held.push_back(hold.units);
    state.held_until.push_back(hold.expires);
  }
  return state;
}

Result<LimiterMachine> LimiterMachine::restore(LimiterState state,
                                               const RateLimiterOptions& options, Duration at,
                                               Duration since) {
  const Error unsound(ErrorCode::decode, "the state of a limit is inconsistent");
  if (!validate(state.options)) return unsound;
  if (state.options.algorithm != options.algorithm) {
    return {ErrorCode::conflict, "the state of a limit belongs to another algorithm"};
  }
  LimiterMachine machine(state.options);
  if (state.newest == Duration::min()) return machine;  // saved before it was used
  if (state.newest > at) state.move_to(at);
  const bool sound = std::visit(
      [&](auto& algorithm) { return algorithm.restore(state.options, state); }, machine.state_);
  if (!sound || !machine.restore_holds(state)) return unsound;
  machine.advance(state.options, state.newest);
  if (state.options != options) machine.change(state.options, options, std::min(since, at));
  return machine;
}

bool LimiterMachine::restore_holds(const LimiterState& state) {
  const std::size_t holds = state.tickets.size();
  if (state.held.size() != holds || state.held_until.size() != holds) return false;
  Duration last = Duration::min();
  for (std::size_t i = 0; i < holds; ++i) {
    const Duration until = state.held_until[i];
    if (state.held[i] < 1 || state.held[i] > limiting::room_max) return false;
    if (until < std::exchange(last, until)) return false;
    if (until <= state.newest) continue;
    if (limiting::elapsed(state.newest, until) > limiting::nanoseconds(Duration::max())) {
      return false;
    }
    hold(state.tickets[i], state.held[i], until, state.newest);
  }
  return true;
}

std::size_t LimiterMachine::heap_bytes() const {
  const std::size_t held = holds_ ? sizeof(Holds) + holds_->open.capacity() * sizeof(Hold) : 0;
  return held + std::visit([](const auto& state) { return state.heap_bytes(); }, state_);
}

Duration LimiterMachine::advance(const RateLimiterOptions& options, Duration at) {
  const Duration now = std::visit([&](auto& state) { return state.advance(options, at); }, state_);
  if (!holds_) return now;
  holds_->now = now;
  auto live = holds_->open.begin();
  for (; live != holds_->open.end() && live->expires <= now; ++live) holds_->units -= live->units;
  holds_->open.erase(holds_->open.begin(), live);
  if (holds_->open.empty()) holds_.reset();
  return now;
}

std::int64_t LimiterMachine::room(const RateLimiterOptions& options) const {
  return std::visit([&](const auto& state) { return state.room(options); }, state_) - held();
}

void LimiterMachine::take(const RateLimiterOptions& options, std::int64_t hits) {
  std::visit([&](auto& state) { state.take(options, hits); }, state_);
}

Duration LimiterMachine::wait_for(const RateLimiterOptions& options, std::int64_t hits) const {
  const auto alone = [&](const State& state, std::int64_t units) {
    return std::visit(
        [&](const auto& algorithm) {
          return units <= algorithm.room(options) ? Duration::zero()
                                                  : algorithm.wait_for(options, units);
        },
        state);
  };
  if (!holds_) return alone(state_, hits);
  // The held units are constant between two expiries, so search these intervals in order for the
  // first fitting time. Each is evaluated on a copy advanced to its beginning, because room that
  // exists now may be credit that has expired by then.
  State then = state_;
  std::int64_t units = held();
  Duration begin = Duration::zero();
  for (const Hold& hold : holds_->open) {
    const Duration end = hold.expires - holds_->now;
    const Duration fits = later(begin, alone(then, hits + units));
    if (fits < end) return fits;
    begin = end;
    std::visit([&](auto& algorithm) { algorithm.advance(options, hold.expires); }, then);
    units -= hold.units;
  }
  return later(begin, alone(then, hits));
}

void LimiterMachine::hold(std::uint64_t ticket, std::int64_t units, Duration expires,
                          Duration now) {
  if (!holds_) holds_ = std::make_unique<Holds>();
  holds_->now = now;
  holds_->units += units;
  const auto place = std::ranges::upper_bound(holds_->open, expires, {}, &Hold::expires);
  holds_->open.insert(place, {ticket, units, expires});
}

void LimiterMachine::release_oldest(std::int64_t units) {
  if (!holds_) return;
  for (Hold& hold : holds_->open) {
    const std::int64_t less = std::min(units, hold.units);
    hold.units -= less;
    holds_->units -= less;
    units -= less;
  }
  std::erase_if(holds_->open, [](const Hold& hold) { return hold.units == 0; });
  if (holds_->open.empty()) holds_.reset();
}

RateDecision LimiterMachine::answer(const RateLimiterOptions& options, std::int64_t hits, bool fits,
                                    Duration now, Duration wait_min) const {
  const std::int64_t left = std::clamp<std::int64_t>(room(options), 0, limiting::room_max);
  const Duration wait =
      std::max(wait_min, hits <= left ? Duration::zero() : wait_for(options, hits));
  return {.admitted = fits || options.shadow,
          .remaining = static_cast<std::uint32_t>(left),
          .retry_after = fits ? Duration::zero() : wait,
          .reset_after = idle_after(options),
          .limit = options.limit,
          .reset_at = wait == Duration::max() ? wait : later(now, wait),
          .shadowed = !fits && options.shadow};
}

}  // namespace kith
