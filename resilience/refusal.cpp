// SPDX-License-Identifier: Apache-2.0
#include "resilience/refusal.hpp"

#include <chrono>
#include <string>

#include "core/printable.hpp"

namespace kith {
namespace {

/// Returns "try again in 12.3 s", rounded up to tenths, so that a caller who waits that long is not
/// too early.
std::string when(Duration wait) {
  if (wait <= Duration::zero()) return "try again";
  constexpr Duration tenth = std::chrono::milliseconds(100);
  const std::int64_t tenths = (wait - Duration(1)) / tenth + 1;
  return "try again in " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

Error breaker_refusal(std::string_view name, BreakerState state, Duration retry_after) {
  std::string text = "the breaker " + in_quotes(name) + " is " + std::string(to_string(state));
  if (state == BreakerState::forced_open) {
    text += " by hand; reset it to go on";
  } else {
    if (state == BreakerState::closed) text += " but refuses some requests (fault_rate)";
    text += "; " + when(retry_after);
  }
  return {ErrorCode::circuit_open, std::move(text)};
}

Error limit_refusal(std::string_view name, std::string_view key, const RateDecision& decision) {
  std::string text = "the limit ";
  if (!name.empty()) text += in_quotes(name) + " ";
  text += "has " + std::to_string(decision.remaining) + " of " + std::to_string(decision.limit) +
          " left for " + in_quotes(key) + "; ";
  text += decision.retry_after == Duration::max() ? "it never admits so much at once"
                                                  : when(decision.retry_after);
  return {ErrorCode::rate_limited, std::move(text)};
}

}  // namespace kith
