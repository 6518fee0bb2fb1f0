#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/log.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/limit_service.hpp"

namespace kith::resilience {

/// Where a shared breaker stands. Thread-safety: plain value.
struct BreakerStatus {
  BreakerState state = BreakerState::closed;
  std::uint32_t consecutive_failures = 0;
  BreakerCounters counters;
  BreakerMetrics metrics;
  KITH_FIELDS(state, consecutive_failures, counters, metrics)
};

/// Asks for permission to do one request.
struct AcquireBreaker {
  using Reply = BreakerAdmission;
  std::string name;
  CircuitBreakerOptions options;
  KITH_WIRE("breaker.acquire", name, options)
};

/// Brings a permit back. A breaker that nobody has asked is not made by it, nor is one changed that
/// was defined anew since.
struct RecordBreaker {
  using Reply = BreakerStatus;
  std::string name;
  BreakerPermit permit;
  CallResult result{};
  KITH_WIRE("breaker.record", name, permit, result)
};

/// Brings a permit back without a result.
struct CancelBreaker {
  std::string name;
  BreakerPermit permit;
  KITH_WIRE("breaker.cancel", name, permit)
};

/// Asks where it stands; a breaker that nobody has used is closed.
struct AskBreaker {
  using Reply = BreakerStatus;
  std::string name;
  bool reset = false;  ///< closes it first
  KITH_WIRE("breaker.ask", name, reset)
};

/// Puts it into a state by hand: closed (a reset), open, disabled, forced_open, forced_closed or
/// metrics_only. `open_for`, of open only: for how long; zero: as its options say.
struct ForceBreaker {
  using Reply = BreakerStatus;
  std::string name;
  CircuitBreakerOptions options;
  BreakerState state = BreakerState::closed;
  Duration open_for{};
  KITH_WIRE("breaker.force", name, options, state, open_for)
};

/// A change of state during a replay.
struct ReplayTransition {
  std::string name;
  std::int64_t at = 0;  ///< nanoseconds since 1970
  BreakerState to = BreakerState::closed;
  std::uint32_t item = 0;  ///< which item of the request made it
  KITH_FIELDS(name, at, to, item)
};

/// What became of the requests of a `ReplayBreakers`.
struct ReplayedBreakers {
  Bytes refused;  ///< a byte an item: 1 refused
  std::vector<ReplayTransition> transitions;
  KITH_FIELDS(refused, transitions)
};

/// Requests with known outcomes at times of their own, in order. An item whose number has been
/// answered before changes nothing again.
struct ReplayBreakers {
  using Reply = ReplayedBreakers;
  std::string run;
  CircuitBreakerOptions options;
  std::vector<std::uint64_t> numbers;  ///< of the items, none used twice in a run
  std::vector<std::string> names;
  std::vector<std::int64_t> times;  ///< nanoseconds since 1970
  Bytes failed;                     ///< a byte an item: 1 failed
  KITH_WIRE("breaker.replay", run, options, numbers, names, times, failed)
};

/// Some breakers may have something to do by themselves. The service sends it to itself.
struct PollBreakers {};

using BreakerProtocol = Protocol<AcquireBreaker, RecordBreaker, CancelBreaker, AskBreaker,
                                 ForceBreaker, ReplayBreakers, ForgetRun, PollBreakers>;

/// A change of state of a shared breaker, told where it is decided. Thread-safety: plain value; its
/// text lasts as long as the call.
struct BreakerChange {
  std::string_view name;
  BreakerState from = BreakerState::closed;
  BreakerState to = BreakerState::closed;
};
using BreakerObserver = std::function<void(const BreakerChange&)>;

/// Keeps the breakers whose names this node is primary for. When the node dies they start closed on
/// the next primary (docs/guarantees.md). `on_change` is told of each change of state that this
/// node decides, in this process: see `NodeOptions::on_breaker_change`. What breakers do by
/// themselves (`BreakerMachine::poll`) it does when that is due, at most once a millisecond, with
/// one timer for all of them. Thread-safety: a process.
class BreakerService : public GenServer<BreakerService, BreakerProtocol> {
 public:
  explicit BreakerService(std::shared_ptr<Log> log, BreakerObserver on_change = {})
      : log_(std::move(log)), on_change_(std::move(on_change)) {}

  /// Errors of all: `invalid_argument` (options, name), `overloaded` (too many names).
  Result<BreakerAdmission> handle_call(const AcquireBreaker& request);
  Result<BreakerStatus> handle_call(const RecordBreaker& request);
  void handle_cast(const CancelBreaker& message);
  BreakerStatus handle_call(const AskBreaker& request);
  Result<BreakerStatus> handle_call(const ForceBreaker& request);
  Result<ReplayedBreakers> handle_call(const ReplayBreakers& request);
  void handle_cast(const ForgetRun& message);
  void handle_info(const PollBreakers&);

 private:
  using Machines = std::map<std::string, BreakerMachine>;
  struct Run {
    Machines breakers;
    ReplayAnswers<BreakerRun> answers;
  };
  using Breaker = Machines::value_type;
  /// What of a breaker matters to others than those who ask it.
  struct Standing {
    BreakerState state;
    std::optional<Duration> deadline;
  };
  static Standing standing(const Breaker& breaker) {
    return {breaker.second.state(), breaker.second.next_deadline()};
  }
  Result<Breaker*> find_or_make(Machines& among, const std::string& name,
                                const CircuitBreakerOptions& options);
  Result<Breaker*> defined(const std::string& name, const CircuitBreakerOptions& options);
  void note(Breaker& breaker, const Standing& before,
            const std::vector<BreakerTransition>& changes);
  void arm();
  void tell(const std::string& name, BreakerState from,
            const std::vector<BreakerTransition>& changes) const;

  std::shared_ptr<Log> log_;
  BreakerObserver on_change_;
  Machines breakers_;  // none is ever erased
  std::set<std::pair<Duration, Breaker*>> due_;
  std::optional<Timer> timer_;
  Duration timer_due_{};
  ReplayRuns<Run> runs_;
};

}  // namespace kith::resilience
