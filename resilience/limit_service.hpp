// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/log.hpp"
#include "resilience/keyed_limiter.hpp"
#include "resilience/limit_event.hpp"
#include "resilience/listing.hpp"
#include "resilience/replay_runs.hpp"

namespace kith::resilience {

/// Counts a request for a key at the time of the node that stores the limit. Its options define the
/// limit, unless `defined_at` is set: then the later definition wins.
struct CheckLimit {
  using Reply = RateDecision;
  std::string name;
  RateLimiterOptions options;
  std::string key;
  LimitRequest request{};
  std::optional<Duration> at = std::nullopt;          ///< nullopt: now
  std::optional<Duration> defined_at = std::nullopt;  ///< since 1970; nullopt: by this request
  KITH_WIRE("limit.check", name, options, key, request, at, defined_at)
};

/// Holds the decision or error of one item. Thread-safety: plain value.
struct LimitAnswer {
  std::optional<RateDecision> decision;
  std::string error_code;
  std::string error_text;
  KITH_FIELDS(decision, error_code, error_text)
};

/// Counts N requests, also of different limits, in order.
struct CheckLimits {
  using Reply = std::vector<LimitAnswer>;
  std::vector<CheckLimit> items;
  KITH_WIRE("limit.check_many", items)
};

/// Holds units of a key for `hold_for`; the ticket of the answer ends the reservation. Defines the
/// limit as `CheckLimit` does.
struct ReserveLimit {
  using Reply = RateDecision;
  std::string name;
  RateLimiterOptions options;
  std::string key;
  std::int64_t hits = 1;
  Duration hold_for{};
  std::optional<Duration> defined_at = std::nullopt;
  KITH_WIRE("limit.reserve", name, options, key, hits, hold_for, defined_at)
};

/// Ends a reservation or lease: counts its units or frees them. Replies false if the ticket has
/// expired or is unknown.
struct EndReservation {
  using Reply = bool;
  std::string name;
  std::string key;
  std::uint64_t ticket = 0;
  bool commit = false;
  KITH_WIRE("limit.end_reservation", name, key, ticket, commit)
};

/// Describes a limit as stored on one node. Thread-safety: plain value.
struct LimitEntry {
  std::string name;
  RateLimiterOptions options;
  Duration defined_at{};   ///< since 1970
  std::uint64_t keys = 0;  ///< stored on the node
  KITH_FIELDS(name, options, defined_at, keys)
};

/// Reads the named limits that the node stores. Changes nothing.
struct FindLimits {
  using Reply = std::vector<LimitEntry>;
  std::vector<std::string> names;
  KITH_WIRE("limit.find", names)
};

/// Reads the answer for one more unit of a key (`KeyedLimiter::look`), by `options` if the node
/// does not store the limit. Changes nothing.
struct LookAtLimit {
  using Reply = RateDecision;
  std::string name;
  RateLimiterOptions options;
  std::string key;
  KITH_WIRE("limit.look", name, options, key)
};

/// Holds a page of the limits of one node, sorted by name.
struct LimitPage {
  std::vector<LimitEntry> items;
  bool more = false;
  KITH_FIELDS(items, more)
};

/// Lists the limits that the node stores. Changes nothing.
struct ListLimits {
  using Reply = LimitPage;
  ListRequest page;
  KITH_WIRE("limit.list", page)
};

/// Replays requests of one unit with known times, in order. An item whose number was answered
/// before gets the same answer and is not counted again.
struct ReplayLimits {
  using Reply = Bytes;  ///< one byte per item: 1 admitted, 0 limited
  std::string run;
  RateLimiterOptions options;
  std::vector<std::uint64_t> numbers;  ///< of the items; unique in a run
  std::vector<std::string> keys;
  std::vector<std::int64_t> times;  ///< nanoseconds since 1970
  KITH_WIRE("limit.replay", run, options, numbers, keys, times)
};

/// Drops the state of a replay.
struct ForgetRun {
  std::string run;
  KITH_WIRE("replay.forget", run)
};

using LimitProtocol = Protocol<CheckLimit, CheckLimits, ReserveLimit, EndReservation, FindLimits,
                               LookAtLimit, ListLimits, ReplayLimits, ForgetRun>;

/// Counts the keys that this node is primary for. If the node dies, its counts are lost
/// (docs/guarantees.md). Redefining a limit keeps its counts unless the algorithm changes. Clocks
/// are those of `RateLimiter`, also when the wall clock is set back. `on_hit` is called in this
/// process for each request that this node counts: see `NodeOptions::on_limit_hit`.
/// Thread-safety: a process.
class LimitService : public GenServer<LimitService, LimitProtocol> {
 public:
  explicit LimitService(std::shared_ptr<Log> log, LimitObserver on_hit = {})
      : log_(std::move(log)), on_hit_(std::move(on_hit)) {}

  /// Errors: `invalid_argument` (options, key, name), `overloaded` (too many names or keys).
  Result<RateDecision> handle_call(const CheckLimit& request);
  /// Errors: `invalid_argument` (more than `limits::limit_batch_items_max`, none is counted).
  Result<std::vector<LimitAnswer>> handle_call(const CheckLimits& request);
  /// Errors: as `CheckLimit`.
  Result<RateDecision> handle_call(const ReserveLimit& request);
  bool handle_call(const EndReservation& request);
  std::vector<LimitEntry> handle_call(const FindLimits& request);
  /// Errors: `invalid_argument` (options, key).
  Result<RateDecision> handle_call(const LookAtLimit& request);
  LimitPage handle_call(const ListLimits& request);
  Result<Bytes> handle_call(const ReplayLimits& request);
  void handle_cast(const ForgetRun& message);

 private:
  struct Run {
    KeyedLimiter limiter;
    ReplayAnswers<bool> answers;
  };
  struct Limit {
    KeyedLimiter limiter;
    Duration defined_at;              // since 1970
    Duration wall = Duration::min();  // newest time of a calendar limit
  };
  static LimitEntry entry_of(const std::map<std::string, Limit>::value_type& limit);
  [[nodiscard]] RateLimiterOptions in_force(const std::string& name,
                                            const RateLimiterOptions& options,
                                            std::optional<Duration> defined_at) const;
  Result<Limit*> find_or_make(const std::string& name, const RateLimiterOptions& options,
                              std::optional<Duration> defined_at, std::optional<Duration> foreign);
  void change(Limit& limit, const RateLimiterOptions& options, std::optional<Duration> foreign);
  Duration now(const RateLimiterOptions& options);
  Duration now(Limit& limit);

  std::shared_ptr<Log> log_;
  LimitObserver on_hit_;
  std::optional<Duration> epoch_;  // of the steady clock, since 1970: see RateLimiter
  std::map<std::string, Limit> limits_;
  ReplayRuns<Run> runs_;
};

}  // namespace kith::resilience
