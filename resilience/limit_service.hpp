#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/log.hpp"
#include "resilience/keyed_limiter.hpp"
#include "resilience/replay_runs.hpp"

namespace kith::resilience {

/// Counts `cost` units of a key, at the time of the node that keeps the limit.
struct CheckLimit {
  using Reply = RateDecision;
  std::string name;
  RateLimiterOptions options;
  std::string key;
  std::uint32_t cost = 1;
  std::optional<Duration> at;  ///< absent: now
  KITH_WIRE("limit.check", name, options, key, cost, at)
};

/// Counts one unit for each of many keys at times of their own, in order. An item whose number has
/// been answered before is not counted again.
struct ReplayLimits {
  using Reply = Bytes;  ///< a byte an item: 1 admitted, 0 limited
  std::string run;
  RateLimiterOptions options;
  std::vector<std::uint64_t> numbers;  ///< of the items, none used twice in a run
  std::vector<std::string> keys;
  std::vector<std::int64_t> times;  ///< nanoseconds since 1970
  KITH_WIRE("limit.replay", run, options, numbers, keys, times)
};

/// Forgets what belongs to one replay.
struct ForgetRun {
  std::string run;
  KITH_WIRE("replay.forget", run)
};

using LimitProtocol = Protocol<CheckLimit, ReplayLimits, ForgetRun>;

/// Keeps the limits whose keys this node is primary for. When the node dies its counts are lost:
/// the next primary starts anew (docs/guarantees.md). A limit that is defined anew with other
/// options takes these and keeps its counts, unless the algorithm is another one. Thread-safety: a
/// process.
class LimitService : public GenServer<LimitService, LimitProtocol> {
 public:
  explicit LimitService(std::shared_ptr<Log> log) : log_(std::move(log)) {}

  /// Errors: `invalid_argument` (options, key, name), `overloaded` (too many names or keys).
  Result<RateDecision> handle_call(const CheckLimit& request);
  Result<Bytes> handle_call(const ReplayLimits& request);
  void handle_cast(const ForgetRun& message);

 private:
  struct Run {
    KeyedLimiter limiter;
    ReplayAnswers<bool> answers;
  };
  Result<KeyedLimiter*> limiter(const std::string& name, const RateLimiterOptions& options);

  std::shared_ptr<Log> log_;
  std::map<std::string, KeyedLimiter> limits_;
  ReplayRuns<Run> runs_;
};

}  // namespace kith::resilience
