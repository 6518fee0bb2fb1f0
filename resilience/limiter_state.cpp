#include "resilience/limiter_state.hpp"

#include <string>

#include "resilience/limiter_time.hpp"
#include "transport/codec.hpp"

namespace kith {

void LimiterState::move_to(Duration now) {
  // Unsigned, so that a time from outside may wrap.
  const std::uint64_t by = limiting::elapsed(newest, now);
  const auto move = [by](Duration& time) {
    time = Duration(static_cast<Duration::rep>(limiting::nanoseconds(time) + by));
  };
  move(newest);
  if (begin) move(*begin);
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
    return {ErrorCode::decode, "the state of a limit has form " + std::to_string(state->version) +
                                   "; this program reads form " +
                                   std::to_string(LimiterState::current_version)};
  }
  return state;
}

}  // namespace kith
