// SPDX-License-Identifier: Apache-2.0
#include "resilience/limit_service.hpp"

#include <algorithm>
#include <utility>

#include "core/limits.hpp"
#include "resilience/limit_batch.hpp"
#include "resilience/limiter_wall.hpp"

namespace kith::resilience {
namespace {

/// Keys checked for idleness per request, so that no sweep blocks the service. A request adds at
/// most one key, so two are enough.
constexpr std::size_t swept_per_check = 2;

/// Starts tickets at the wall clock, above those that a former primary of the key has issued.
std::uint64_t last_ticket() {
  const auto wall = current_system()->clock().wall().time_since_epoch().count();
  return static_cast<std::uint64_t>(std::max<Duration::rep>(wall, 0));
}

Result<void> check_key(const std::string& key) {
  if (!key.empty() && key.size() <= limits::key_size_bytes_max) return {};
  return {ErrorCode::invalid_argument,
          "key: a limit's key has 1 to " + std::to_string(limits::key_size_bytes_max) + " bytes"};
}

bool has_calendar(const RateLimiterOptions& options) {
  return options.calendar != CalendarUnit::none;
}

}  // namespace

Duration LimitService::now(const RateLimiterOptions& options) {
  const Clock& clock = current_system()->clock();
  const Duration wall = clock.wall().time_since_epoch();
  if (has_calendar(options)) return wall;
  const Duration steady = clock.now().time_since_epoch();
  if (!epoch_) epoch_ = wall - steady;
  return *epoch_ + steady;
}

/// Returns the time of a limit: monotonic, unless the wall clock of a calendar limit was set back.
Duration LimitService::now(Limit& limit) {
  const Duration at = now(limit.limiter.options());
  return has_calendar(limit.limiter.options()) ? wall_time(limit.limiter, limit.wall, at) : at;
}

/// Returns the options for a request: its own, unless the limit was defined later.
RateLimiterOptions LimitService::in_force(const std::string& name,
                                          const RateLimiterOptions& options,
                                          std::optional<Duration> defined_at) const {
  if (!defined_at) return options;
  const auto it = limits_.find(name);
  const bool older = it != limits_.end() && it->second.defined_at >= *defined_at;
  return older ? it->second.limiter.options() : options;
}

/// Returns the limit of that name after applying `options`, which are in force. `foreign` is the
/// time of the request if it does not come from a clock of this node.
Result<LimitService::Limit*> LimitService::find_or_make(const std::string& name,
                                                        const RateLimiterOptions& options,
                                                        std::optional<Duration> defined_at,
                                                        std::optional<Duration> foreign) {
  const auto it = limits_.find(name);
  if (it != limits_.end() && it->second.limiter.options() == options) return &it->second;
  if (const auto good = validate(options); !good) return good.error();
  if (name.empty() || name.size() > limits::name_size_bytes_max) {
    return Error(ErrorCode::invalid_argument, "a limit's name has 1 to 255 bytes");
  }
  const Duration wall = current_system()->clock().wall().time_since_epoch();
  const Duration since = std::min(defined_at.value_or(wall), wall);
  if (it != limits_.end()) {
    log_->warning("limits", "a limit is defined anew", {{"name", name}});
    change(it->second, options, foreign);
    it->second.defined_at = since;
    return &it->second;
  }
  if (limits_.size() >= limits::named_things_max) {
    return Error(ErrorCode::overloaded, "there are too many limits on this node");
  }
  KeyedLimiter made(options, limiter_keys_max, last_ticket());
  return &limits_.emplace(name, Limit{std::move(made), since}).first->second;
}

void LimitService::change(Limit& limit, const RateLimiterOptions& options,
                          std::optional<Duration> foreign) {
  if (foreign) {
    // A change of options advances the time of all keys, so a foreign time is capped at now.
    limit.limiter.change(options, std::min(*foreign, now(options)));
    return;
  }
  const Duration at = now(limit);
  const bool other_clock = has_calendar(options) != has_calendar(limit.limiter.options());
  const Duration then = other_clock ? now(options) : at;
  // The clock first: the new options apply from a time of the new clock.
  limit.limiter.change_clock(at, then);
  limit.limiter.change(options, then);
  if (other_clock) limit.wall = then;
}

Result<RateDecision> LimitService::handle_call(const CheckLimit& request) {
  if (const auto good = check_key(request.key); !good) return good.error();
  const RateLimiterOptions options = in_force(request.name, request.options, request.defined_at);
  const auto found = find_or_make(request.name, options, request.defined_at, request.at);
  if (!found) return found.error();
  KeyedLimiter& limiter = (*found)->limiter;
  const Duration at = request.at ? *request.at : now(**found);
  // Foreign times may be out of order, which `forget_idle` does not allow.
  if (!request.at) limiter.forget_idle(at, swept_per_check);
  auto decision = limiter.check(request.key, request.request, at);
  if (on_hit_ && decision && request.request.hits != 0) {
    on_hit_({request.name, request.key, request.request.hits, *decision});
  }
  return decision;
}

Result<std::vector<LimitAnswer>> LimitService::handle_call(const CheckLimits& request) {
  if (const auto good = validate_batch(request.items.size()); !good) return good.error();
  std::vector<LimitAnswer> answers;
  answers.reserve(request.items.size());
  for (const CheckLimit& item : request.items) {
    const auto decision = handle_call(item);
    LimitAnswer& answer = answers.emplace_back();
    if (decision) {
      answer.decision = *decision;
    } else {
      answer.error_code = to_string(decision.error().code());
      answer.error_text = decision.error().text();
    }
  }
  return answers;
}

Result<RateDecision> LimitService::handle_call(const ReserveLimit& request) {
  if (const auto good = check_key(request.key); !good) return good.error();
  const RateLimiterOptions options = in_force(request.name, request.options, request.defined_at);
  const auto found = find_or_make(request.name, options, request.defined_at, std::nullopt);
  if (!found) return found.error();
  const Duration at = now(**found);
  return (*found)->limiter.reserve(request.key, request.hits, request.hold_for, at);
}

bool LimitService::handle_call(const EndReservation& request) {
  const auto it = limits_.find(request.name);
  if (it == limits_.end()) return false;
  const Duration at = now(it->second);
  KeyedLimiter& found = it->second.limiter;
  return request.commit ? found.commit(request.key, request.ticket, at)
                        : found.cancel(request.key, request.ticket, at);
}

LimitEntry LimitService::entry_of(const std::map<std::string, Limit>::value_type& limit) {
  const auto& [name, kept] = limit;
  return {name, kept.limiter.options(), kept.defined_at, kept.limiter.size()};
}

std::vector<LimitEntry> LimitService::handle_call(const FindLimits& request) {
  std::vector<LimitEntry> found;
  for (const std::string& name : request.names) {
    if (const auto it = limits_.find(name); it != limits_.end()) found.push_back(entry_of(*it));
  }
  return found;
}

Result<RateDecision> LimitService::handle_call(const LookAtLimit& request) {
  if (const auto good = check_key(request.key); !good) return good.error();
  const auto it = limits_.find(request.name);
  if (it != limits_.end()) {
    const Limit& found = it->second;
    const Duration at = now(found.limiter.options());
    if (!has_calendar(found.limiter.options())) return found.limiter.look(request.key, at);
    // Read-only: the next request applies a set-back clock.
    return is_set_back(found.wall, at)
               ? found.limiter.look(request.key, at, KeyedLimiter::Clock::set_back)
               : found.limiter.look(request.key, std::max(found.wall, at));
  }
  if (const auto good = validate(request.options); !good) return good.error();
  return KeyedLimiter(request.options).look(request.key, now(request.options));
}

LimitPage LimitService::handle_call(const ListLimits& request) {
  return page_of<LimitPage>(limits_, request.page, entry_of);
}

Result<Bytes> LimitService::handle_call(const ReplayLimits& request) {
  const std::size_t items = request.keys.size();
  if (request.times.size() != items || request.numbers.size() != items) {
    return Error(ErrorCode::invalid_argument, "there must be as many numbers and times as keys");
  }
  if (const auto good = validate(request.options); !good) return good.error();
  const auto found = runs_.find_or_make(request.run, current_system()->clock().now(),
                                        [&] { return Run{KeyedLimiter(request.options), {}}; });
  if (!found) return found.error();
  Run& run = **found;
  Bytes admitted;
  admitted.reserve(items);
  for (std::size_t i = 0; i < items; ++i) {
    const bool* answer = run.answers.find(request.numbers[i]);
    if (answer == nullptr) {
      const auto decision = run.limiter.check(request.keys[i], Duration(request.times[i]));
      if (!decision) return decision.error();
      answer = &run.answers.add(request.numbers[i], decision->admitted);
    }
    admitted.push_back(std::byte{*answer});
  }
  return admitted;
}

void LimitService::handle_cast(const ForgetRun& message) {
  runs_.forget(message.run);
}

}  // namespace kith::resilience
