// SPDX-License-Identifier: Apache-2.0
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

/// Requests a permit. Without options it uses those in force, or the default options if the breaker
/// is not defined yet.
struct AcquireBreaker {
  using Reply = BreakerAdmission;
  std::string name;
  std::optional<CircuitBreakerOptions> options;
  KITH_WIRE("breaker.acquire", name, options)
};

/// Returns a permit with its result. It does not create a breaker, and has no effect if the breaker
/// was redefined since.
struct RecordBreaker {
  using Reply = BreakerStatus;
  std::string name;
  BreakerPermit permit;
  CallResult result{};
  KITH_WIRE("breaker.record", name, permit, result)
};

/// Returns a permit without a result.
struct CancelBreaker {
  std::string name;
  BreakerPermit permit;
  KITH_WIRE("breaker.cancel", name, permit)
};

/// Reads the status; an unknown breaker is closed.
struct AskBreaker {
  using Reply = BreakerStatus;
  std::string name;
  bool reset = false;  ///< closes it first
  KITH_WIRE("breaker.ask", name, reset)
};

/// Puts the breaker into a state: closed (a reset), open, disabled, forced_open, forced_closed or
/// metrics_only. `open_for` is the open time, for open only; zero: as its options say. Without
/// options: as `AcquireBreaker`.
struct ForceBreaker {
  using Reply = BreakerStatus;
  std::string name;
  std::optional<CircuitBreakerOptions> options;
  BreakerState state = BreakerState::closed;
  Duration open_for{};
  KITH_WIRE("breaker.force", name, options, state, open_for)
};

/// Reads the entry of a breaker without changing it; nullopt if the node does not store it.
struct FindBreaker {
  using Reply = std::optional<BreakerEntry>;
  std::string name;
  KITH_WIRE("breaker.find", name)
};

/// Holds a page of the breakers of one node, sorted by name.
struct BreakerPage {
  std::vector<BreakerEntry> items;
  bool more = false;
  KITH_FIELDS(items, more)
};

/// Lists the breakers that the node stores. Changes nothing.
struct ListBreakers {
  using Reply = BreakerPage;
  ListRequest page;
  KITH_WIRE("breaker.list", page)
};

/// Describes a state change during a replay.
struct ReplayTransition {
  std::string name;
  std::int64_t at = 0;  ///< nanoseconds since 1970
  BreakerState to = BreakerState::closed;
  std::uint32_t item = 0;  ///< index of the item that caused it
  KITH_FIELDS(name, at, to, item)
};

/// Holds the results of a `ReplayBreakers`.
struct ReplayedBreakers {
  Bytes refused;  ///< one byte per item: 1 refused
  std::vector<ReplayTransition> transitions;
  KITH_FIELDS(refused, transitions)
};

/// Replays requests with known outcomes and times, in order. An item whose number was answered
/// before gets the same answer and has no further effect.
struct ReplayBreakers {
  using Reply = ReplayedBreakers;
  std::string run;
  CircuitBreakerOptions options;
  std::vector<std::uint64_t> numbers;  ///< of the items; unique in a run
  std::vector<std::string> names;
  std::vector<std::int64_t> times;  ///< nanoseconds since 1970
  Bytes failed;                     ///< one byte per item: 1 failed
  KITH_WIRE("breaker.replay", run, options, numbers, names, times, failed)
};

/// Timer message of the service to itself: some breaker is due for a `poll`.
struct PollBreakers {};

using BreakerProtocol =
    Protocol<AcquireBreaker, RecordBreaker, CancelBreaker, AskBreaker, ForceBreaker, FindBreaker,
             ListBreakers, ReplayBreakers, ForgetRun, PollBreakers>;

/// Runs the breakers whose names this node is primary for. If the node dies, they start closed on
/// the next primary (docs/guarantees.md). `on_change` is called in this process for each state
/// change that this node decides: see `NodeOptions::on_breaker_change`. One timer for all breakers
/// makes their transitions without requests (`BreakerMachine::poll`), at most once per millisecond.
///
/// Invariant: `due_` contains each breaker that has a deadline, under that deadline. Breakers are
/// never erased, so pointers to them stay valid. Thread-safety: a process.
class BreakerService : public GenServer<BreakerService, BreakerProtocol> {
 public:
  explicit BreakerService(std::shared_ptr<Log> log, BreakerObserver on_change = {})
      : log_(std::move(log)), on_change_(std::move(on_change)) {}

  /// Errors of all handlers: `invalid_argument` (options, name), `overloaded` (too many names).
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
    Duration since;       // since 1970: begin of the current state
  };
  using Breakers = std::map<std::string, Kept>;
  struct Run {
    Breakers breakers;
    ReplayAnswers<BreakerRun> answers;
  };
  using Breaker = Breakers::value_type;
  /// State and deadline before an operation, to detect changes in `note`.
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
