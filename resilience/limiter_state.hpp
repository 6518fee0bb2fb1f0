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

/// What the limit of one key has counted, as it is kept outside the process: it says itself under
/// which options it was counted and in which form it is written. All algorithms share the fields;
/// those that one does not need are empty. Times are on the clock of the machine that was saved
/// (`RateLimiter` with a store: since 1970). Thread-safety: plain value.
struct LimiterState {
  /// The form that this program writes, and the only one that it reads.
  static constexpr std::uint32_t current_version = 1;

  std::uint32_t version = current_version;
  RateLimiterOptions options;         ///< under which it was counted
  Duration newest = Duration::min();  ///< its newest time; `Duration::min()`: never used
  std::optional<Duration> begin;      ///< fixed_window: when the present window began, if one has
  /// Buckets: what still fits; windows: hits of the present one; gcra: nanoseconds ahead.
  std::int64_t units = 0;
  std::int64_t before = 0;    ///< sliding_counter: hits of the window before
  std::uint64_t part = 0;     ///< of the next unit
  std::int64_t credit = 0;    ///< sliding_log, gcra
  Duration credited{};        ///< sliding_log, buckets, gcra: when credit was last given
  std::vector<Duration> log;  ///< sliding_log: times of admitted hits, oldest first
  std::vector<std::uint32_t> log_units;
  std::vector<std::uint64_t> tickets;  ///< reservations and leases: their names,
  std::vector<std::int64_t> held;      ///< units,
  std::vector<Duration> held_until;    ///< and ends
  // What older programs did not write: absent is zero.
  std::optional<std::int64_t> owed;          ///< buckets: by a change of their size
  std::optional<std::uint32_t> grown;        ///< leaky_bucket: of its size, since it was last full
  std::optional<std::uint64_t> rest;         ///< of the next part, so many
  std::optional<std::uint64_t> rest_of;      ///< of these
  std::optional<std::uint64_t> credit_part;  ///< gcra: of the next unit of credit
  std::optional<Duration> fade_length;       ///< sliding_counter: over which `before` fades
  std::optional<Duration> fade_end;          ///< and until when

  KITH_FIELDS(version, options, newest, begin, units, before, part, credit, credited, log,
              log_units, tickets, held, held_until, owed, grown, rest, rest_of, credit_part,
              fade_length, fade_end)
  friend bool operator==(const LimiterState&, const LimiterState&) = default;

  /// Moves all times by as much as brings `newest` to `now`.
  void move_to(Duration now);
};

/// The bytes of a state (MessagePack, a map by field). No larger than a frame when `limit` is at
/// most `limits::limiter_stored_units_max`.
[[nodiscard]] Bytes encode(const LimiterState& state);
/// The state of these bytes. What it says is checked by `LimiterMachine::restore`. Error: `decode`
/// (malformed, too large, of another version).
[[nodiscard]] Result<LimiterState> decode_limiter_state(BytesView bytes);

}  // namespace kith
