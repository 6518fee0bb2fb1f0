// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "resilience/limiter_options.hpp"

namespace kith {

/// Stores the counts of one key outside the process, with the options under which they were counted
/// and the version of the format. All algorithms share the fields; fields that an algorithm does
/// not use are empty. Times are on the clock of the saved machine (`RateLimiter` with a store:
/// since 1970). Thread-safety: plain value.
struct LimiterState {
  /// The version that this program writes, and the only one that it reads.
  static constexpr std::uint32_t current_version = 1;

  std::uint32_t version = current_version;
  RateLimiterOptions options;         ///< under which it was counted
  Duration newest = Duration::min();  ///< its newest time; `Duration::min()`: never used
  std::optional<Duration> begin;      ///< fixed_window: begin of the current window, if any
  /// Buckets: the room; windows: hits of the current one; gcra: nanoseconds ahead.
  std::int64_t units = 0;
  std::int64_t before = 0;    ///< sliding_counter: hits of the previous window
  std::uint64_t part = 0;     ///< of the next unit
  std::int64_t credit = 0;    ///< sliding_log, gcra
  Duration credited{};        ///< sliding_log, buckets, gcra: when credit was last given
  std::vector<Duration> log;  ///< sliding_log: times of admitted hits, oldest first
  std::vector<std::uint32_t> log_units;
  std::vector<std::uint64_t> tickets;  ///< reservations and leases: tickets
  std::vector<std::int64_t> held;      ///< their units
  std::vector<Duration> held_until;    ///< their expiry times
  // Not written by older versions: absent means zero.
  std::optional<std::int64_t> owed;          ///< buckets: debt after a change of size
  std::optional<std::uint32_t> grown;        ///< leaky_bucket: growth since it was last full
  std::optional<std::uint64_t> rest;         ///< fraction of the next part: numerator
  std::optional<std::uint64_t> rest_of;      ///< and denominator
  std::optional<std::uint64_t> credit_part;  ///< gcra: part of the next unit of credit
  std::optional<Duration> fade_length;       ///< sliding_counter: time over which `before` fades
  std::optional<Duration> fade_end;          ///< sliding_counter: end of the fading

  KITH_FIELDS(version, options, newest, begin, units, before, part, credit, credited, log,
              log_units, tickets, held, held_until, owed, grown, rest, rest_of, credit_part,
              fade_length, fade_end)
  friend bool operator==(const LimiterState&, const LimiterState&) = default;

  /// Shifts all times so that `newest` becomes `now`.
  void move_to(Duration now);
};

/// Encodes a state as a MessagePack map by field name. It fits in a frame if `limit` is at most
/// `limits::limiter_stored_units_max`.
[[nodiscard]] Bytes encode(const LimiterState& state);
/// Decodes a state; `LimiterMachine::restore` checks its content. Error: `decode` (malformed, too
/// large, another version).
[[nodiscard]] Result<LimiterState> decode_limiter_state(BytesView bytes);

}  // namespace kith
