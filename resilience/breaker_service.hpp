#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/log.hpp"
#include "resilience/breaker_machine.hpp"
#include "resilience/breaker_status.hpp"
#include "resilience/limit_service.hpp"
#include "resilience/listing.hpp"

namespace kith::resilience {

/// Asks for permission to do one request. Without options: by those in force, or the usual ones
/// when nothing has defined the breaker yet.
struct AcquireBreaker {
  using Reply = BreakerAdmission;
  std::string name;
  std::optional<CircuitBreakerOptions> options;
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
/// metrics_only. `open_for`, of open only: for how long; zero: as its options say. Without options:
/// as `AcquireBreaker`.
struct ForceBreaker {
  using Reply = BreakerStatus;
  std::string name;
  std::optional<CircuitBreakerOptions> options;
  BreakerState state = BreakerState::closed;
  Duration open_for{};
  KITH_WIRE("breaker.force", name, options, state, open_for)
};

/// Looks at a breaker, without changing it; nothing when the node does not keep it.
struct FindBreaker {
  using Reply = std::optional<BreakerEntry>;
  std::string name;
  KITH_WIRE("breaker.find", name)
};

/// A page of the breakers of one node, by name.
struct BreakerPage {
  std::vector<BreakerEntry> items;
  bool more = false;
  KITH_FIELDS(items, more)
};

/// Lists the breakers that the node keeps. Changes nothing.
struct ListBreakers {
  using Reply = BreakerPage;
  ListRequest page;
  KITH_WIRE("breaker.list", page)
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

using BreakerProtocol =
    Protocol<AcquireBreaker, RecordBreaker, CancelBreaker, AskBreaker, ForceBreaker, FindBreaker,
             ListBreakers, ReplayBreakers, ForgetRun, PollBreakers>;

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
  std::optional<BreakerEntry> handle_call(const FindBreaker& request);
  BreakerPage handle_call(const ListBreakers& request);
  Result<ReplayedBreakers> handle_call(const ReplayBreakers& request);
  void handle_cast(const ForgetRun& message);
  void handle_info(const PollBreakers&);

 private:
  struct Kept {
    BreakerMachine machine;
    Duration defined_at;  // since 1970
    Duration since;       // since 1970: of the present state
  };
  using Breakers = std::map<std::string, Kept>;
  struct Run {
    Breakers breakers;
    ReplayAnswers<BreakerRun> answers;
  };
  using Breaker = Breakers::value_type;
  /// What of a breaker matters to others than those who ask it.
  struct Standing {
    BreakerState state;
    std::optional<Duration> deadline;
  };
  static Standing standing(const Breaker& breaker) {
    return {breaker.second.machine.state(), breaker.second.machine.next_deadline()};
  }
  static BreakerEntry entry_of(const Breaker& breaker);
  Result<Breaker*> find_or_make(Breakers& among, const std::string& name,
                                const CircuitBreakerOptions& options);
  Result<Breaker*> defined(const std::string& name,
                           const std::optional<CircuitBreakerOptions>& options);
  void note(Breaker& breaker, const Standing& before,
            const std::vector<BreakerTransition>& changes);
  void arm();
  void tell(const std::string& name, BreakerState from,
            const std::vector<BreakerTransition>& changes) const;

  std::shared_ptr<Log> log_;
  BreakerObserver on_change_;
  Breakers breakers_;  // none is ever erased
  std::set<std::pair<Duration, Breaker*>> due_;
  std::optional<Timer> timer_;
  Duration timer_due_{};
  ReplayRuns<Run> runs_;
};

}  // namespace kith::resilience
