#pragma once

#include <cstdint>
#include <optional>

#include "resilience/request_tasks.hpp"

namespace kith {

/// How a request is made several times at once. Thread-safety: plain value.
struct HedgeOptions {
  /// Before the next attempt; say, what 95 of 100 requests take. Zero or more.
  Duration delay{};
  std::uint32_t attempts = 2;  ///< the first one included
};

/// Makes a request again when it takes long, without giving up the first: whichever succeeds first
/// counts and the others are ended. An attempt that fails lets the next one begin at once. Only for
/// requests that may be made twice; what they use is used by several processes at one time. A stage
/// of a pipeline. Source: Dean and Barroso, "The Tail at Scale", Hedged requests.
/// Thread-safety: plain value; inside processes only.
class Hedge {
 public:
  explicit Hedge(HedgeOptions options) : options_(options) {}

  /// The first success, or the last error. Errors: `invalid_argument` (a delay below zero),
  /// `crashed` (the request threw), its own.
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
