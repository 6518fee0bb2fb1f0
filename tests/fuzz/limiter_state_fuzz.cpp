// SPDX-License-Identifier: Apache-2.0

// Any bytes are either refused, or decode to the state of a limit that can be used and saved.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "resilience/limiter_machine.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto state = kith::decode_limiter_state(std::as_bytes(std::span(data, size)));
  if (!state) return 0;
  const kith::Duration now = std::chrono::hours(24 * 365 * 56);
  const kith::RateLimiterOptions options = state->options;
  auto machine = kith::LimiterMachine::restore(*state, options, now);
  if (!machine) return 0;
  kith::LimiterMachine changed(*machine);
  changed.change(options, {.limit = 5, .algorithm = options.algorithm});
  for (const std::int64_t hits : {0, 1, -2, 7}) {
    static_cast<void>(machine->check(options, {.hits = hits}, now, 1));
    static_cast<void>(machine->reserve(options, 1, std::chrono::seconds(5), now, 2));
    static_cast<void>(machine->idle(options, now));
  }
  const auto saved = kith::decode_limiter_state(kith::encode(machine->save(options)));
  if (!saved || !kith::LimiterMachine::restore(*saved, options, now)) std::abort();
  return 0;
}
