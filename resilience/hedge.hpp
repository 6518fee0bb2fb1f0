// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "resilience/request_tasks.hpp"

namespace kith {

/// Configures hedged requests. Thread-safety: plain value.
struct HedgeOptions {
  /// Time before the next attempt, zero or more; for example the 95th percentile of the latency.
  /// Higher saves load, but shortens fewer slow requests.
  Duration delay{};
  /// Attempts per request, the first one included. Higher cuts more of the tail at the price of
  /// load.
  std::uint32_t attempts = 2;
};

/// Repeats a slow request in parallel and returns the first success; a stage of a pipeline.
///
///     Hedge hedge({.delay = 20ms});
///     Result<int> rows = hedge.run([] { return 42; });
///
/// The first success ends the other attempts. A failed attempt starts the next one at once. Use it
/// only for idempotent requests, whose captures may be used by several processes at a time.
/// Source: Dean and Barroso, "The Tail at Scale", Hedged requests.
/// Thread-safety: plain value; inside processes only.
class Hedge {
 public:
  explicit Hedge(HedgeOptions options) : options_(options) {}

  /// Returns the first success, or the last error. Errors: `invalid_argument` (a delay below zero),
  /// `crashed` (the request threw), those of `request`.
  template <std::copy_constructible F>
  Attempt<F> run(F request) const {
    if (auto good = detail::not_negative("delay", options_.delay); !good) return good.error();
    detail::RequestTasks<Attempt<F>> tasks;
    std::optional<Attempt<F>> result;
    std::uint32_t made = 0;
    do {
      const bool more = made < options_.attempts;
      if (more || made == 0) {
        tasks.start(request);
        ++made;
      }
      auto ended = tasks.first(made < options_.attempts ? options_.delay : infinite);
      if (ended) result = std::move(ended);
    } while (!(result && *result) && (made < options_.attempts || !tasks.none()));
    tasks.end();
    return std::move(*result);
  }

 private:
  HedgeOptions options_;
};

}  // namespace kith
