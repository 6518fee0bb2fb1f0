// SPDX-License-Identifier: Apache-2.0
#include "resilience/limiter_state.hpp"

#include <string>

#include "resilience/limiter_time.hpp"
#include "transport/codec.hpp"

namespace kith {

void LimiterState::move_to(Duration now) {
  // Modulo 2^64, because times from outside may be anywhere.
  const Duration by(static_cast<Duration::rep>(limiting::elapsed(newest, now)));
  const auto move = [by](Duration& time) { time = limiting::moved(time, by); };
  move(newest);
  if (begin) move(*begin);
  if (fade_end) move(*fade_end);
  move(credited);
  for (Duration& time : log) move(time);
  for (Duration& time : held_until) move(time);
}

Bytes encode(const LimiterState& state) {
  return transport::encode_message(state);
}

Result<LimiterState> decode_limiter_state(BytesView bytes) {
  auto state = transport::decode_message<LimiterState>(bytes);
  if (!state) return state;
  if (state->version != LimiterState::current_version) {
    return {ErrorCode::decode,
            "the state of a limit has version " + std::to_string(state->version) +
                "; this program reads version " + std::to_string(LimiterState::current_version)};
  }
  return state;
}

}  // namespace kith
