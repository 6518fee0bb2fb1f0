// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "core/limits.hpp"
#include "core/random.hpp"
#include "supervision/worker_pool.hpp"
#include "tests/supervision/pool_fixture.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

/// Replies on demand.
struct Later {
  using Reply = int;
};
struct AnswerAll {};
struct Fail {
  using Reply = int;
};
class Patient : public GenServer<Patient, Protocol<Later, AnswerAll, Fail>> {
 public:
  void handle_call(const Later&, From<int> from) { open_.push_back(from); }
  void handle_cast(const AnswerAll&) {
    for (const auto& from : std::exchange(open_, {})) from.reply(1);
  }
  static Answer<int> handle_call(const Fail&) {
    sleep_for(1s);
    throw std::runtime_error("failed on purpose");
  }

 private:
  std::vector<From<int>> open_;
};

/// Pools whose callers time out before their worker has finished.
class GivenUp : public WaitingPools {
 protected:
  using Patients = WorkerPool<Patient>;

  Patients start_patients() {
    return Patients::start_link(system, {.name = "patients", .size = 1, .max_in_flight = 1})
        .value();
  }
  /// Calls with a timeout of a second.
  void ask_in_vain(const Patients& pool) {
    spawn(system, [pool] { static_cast<void>(pool.call(Later{}, 1s)); });
    system.advance(1s);
  }
};

TEST_F(GivenUp, AWorkerWhoseCallerTimedOutIsBusyUntilItAnswers) {
  const Pool pool = start_limited({.size = 1});
  const auto late = ask(pool, 10s, 1s);
  system.advance(1s);
  EXPECT_EQ((*late)->error().code(), ErrorCode::timeout);
  EXPECT_EQ(pool.status().in_flight, 1U);
  EXPECT_EQ(pool.status().free, 0U);
  const auto next = ask(pool, 1s);
  EXPECT_EQ(pool.status().waiting, 1U);
  system.advance(9s);
  EXPECT_EQ(pool.status().waiting, 0U);
  EXPECT_FALSE(next->has_value());
  system.advance(1s);
  EXPECT_TRUE(next->has_value());
  EXPECT_EQ(pool.status().in_flight, 0U);
  EXPECT_EQ(pool.status().free, 1U);
}

TEST_F(GivenUp, AWorkerWhoseCallerWasKilledIsBusyUntilItAnswers) {
  const Pool pool = start_limited({.size = 1, .overflow = PoolOverflow::reject});
  const Pid caller = spawn(system, [&] { static_cast<void>(pool.call(Work{10s}, infinite)); });
  system.run_until_idle();
  kill(caller);
  EXPECT_EQ((*ask(pool, 1s))->error().code(), ErrorCode::overloaded);
  system.advance(10s);
  EXPECT_EQ(pool.status().in_flight, 0U);
  const auto next = ask(pool, 1s);
  system.advance(1s);
  EXPECT_TRUE(**next);
}

TEST_F(GivenUp, AWorkerThatIsKilledLeavesNothingCounted) {
  const Pool pool = start_limited({.size = 1});
  const auto late = ask(pool, 10s, 1s);
  system.advance(1s);
  kill(pool.workers()[0]);
  EXPECT_EQ(pool.status().in_flight, 0U);
  EXPECT_EQ(pool.status().free, 1U);
  EXPECT_TRUE(pool.call(Work{}));
}

TEST_F(GivenUp, ARequestThatStillWaitsInTheMailboxCountsToo) {
  const Pool pool =
      Pool::start_link(system, {.name = "pool", .size = 1, .max_in_flight = 2}, "worker", events)
          .value();
  const auto first = ask(pool, 10s);
  const auto second = ask(pool, 5s, 1s);
  system.advance(1s);
  EXPECT_EQ((*second)->error().code(), ErrorCode::timeout);
  EXPECT_EQ(pool.status().in_flight, 2U);
  system.advance(9s);
  EXPECT_EQ(pool.status().in_flight, 1U);
  system.advance(5s);
  EXPECT_EQ(pool.status().in_flight, 0U);
}

TEST_F(GivenUp, ARequestThatIsAnsweredLaterCountsUntilItIs) {
  const Patients pool = start_patients();
  ask_in_vain(pool);
  EXPECT_EQ(pool.status().in_flight, 1U);
  EXPECT_EQ(pool.status().free, 0U);
  EXPECT_TRUE(pool.cast(AnswerAll{}));
  system.run_until_idle();
  EXPECT_EQ(pool.status().in_flight, 0U);
  EXPECT_EQ(pool.status().free, 1U);
}

TEST_F(GivenUp, AnOpenAnswerEndsWithItsWorker) {
  const Patients pool = start_patients();
  ask_in_vain(pool);
  kill(pool.workers()[0]);
  EXPECT_EQ(pool.status().in_flight, 0U);
  EXPECT_EQ(pool.status().free, 1U);
}

TEST_F(GivenUp, ACallerThatWaitsGetsTheReplacementAndNotTheWorkerThatFails) {
  const Patients pool = start_patients();
  std::optional<Result<int>> first;
  std::optional<Result<int>> second;
  spawn(system, [&] { first = pool.call(Fail{}, infinite); });
  system.run_until_idle();
  spawn(system, [&] { second = pool.call(Later{}, infinite); });
  system.advance(1s);
  EXPECT_EQ(first->error().code(), ErrorCode::crashed);
  EXPECT_FALSE(second);
  EXPECT_TRUE(pool.cast(AnswerAll{}));
  system.run_until_idle();
  EXPECT_EQ(second->value(), 1);
}

TEST_F(GivenUp, ACallerWithAFullMailboxIsStillToldThatAWorkerIsFree) {
  const Pool pool = start_limited({.size = 1});
  occupy(pool, 1s);
  bool answered = false;
  const Pid caller = spawn(system, [&] { answered = pool.call(Work{}, infinite).has_value(); },
                           {.mailbox_bound = 1});
  system.run_until_idle();
  tell(caller, Crash{});
  EXPECT_EQ(send(system, caller, Crash{}).error().code(), ErrorCode::overloaded);
  system.advance(1s);
  EXPECT_TRUE(answered);
}

TEST_F(GivenUp, NoMoreCallersWaitThanAllowed) {
  const Pool pool = start_limited({.size = 1, .max_waiting = 2});
  occupy(pool, 1h);
  std::vector<std::shared_ptr<std::optional<Result<Pid>>>> outcomes;
  for (int i = 0; i < 5; ++i) outcomes.push_back(ask(pool, 1s, 1min));
  EXPECT_EQ(pool.status().waiting, 2U);
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_EQ((*outcomes[i])->error().code(), ErrorCode::overloaded);
  }
  system.advance(1min);
  EXPECT_EQ(pool.status().waiting, 0U);
  EXPECT_EQ(WorkerPoolOptions{}.max_waiting, limits::mailbox_messages_max);
}

TEST_F(GivenUp, AnElasticPoolThatRejectsGrowsAllTheSame) {
  const Pool pool = start_limited({.size = 1, .overflow = PoolOverflow::reject, .max_size = 2});
  occupy(pool, 1h);
  EXPECT_EQ((*ask(pool, 1s))->error().code(), ErrorCode::overloaded);
  EXPECT_EQ(pool.status().workers, 2U);
  EXPECT_TRUE(pool.call(Work{}));
}

struct Ask {
  using Reply = int;
  int number;
};

/// Counts the cases in which a worker has a second request in its mailbox, which is one too many.
class Single : public GenServer<Single, Protocol<Ask, Crash>> {
 public:
  explicit Single(std::shared_ptr<std::atomic<int>> crowded) : crowded_(std::move(crowded)) {}
  int handle_call(const Ask& request) {
    std::this_thread::yield();
    if (current_system()->message_queue_length(self()).value() > 0) ++*crowded_;
    return request.number;
  }
  void handle_cast(const Crash&) { throw std::runtime_error("crashed on purpose"); }

 private:
  std::shared_ptr<std::atomic<int>> crowded_;
};

TEST(WorkerPoolThreads, AWorkerHasOneRequestAtATimeWhoeverGivesUp) {
  System system{{.workers = 2}};
  const auto crowded = std::make_shared<std::atomic<int>>(0);
  const auto pool = WorkerPool<Single>::start_link(
      system, {.name = "pool", .size = 2, .max_in_flight = 1}, crowded);
  ASSERT_TRUE(pool);
  const auto use = [&pool](std::uint64_t seed) {
    Random random(seed);
    for (int i = 0; i < 300; ++i) {
      const Duration patience = std::chrono::microseconds(random.below(30));
      const auto answer = pool->call(Ask{i}, random.chance(0.5) ? patience : 10s);
      EXPECT_TRUE(answer || answer.error().code() == ErrorCode::timeout);
    }
  };
  {
    const std::jthread first(use, 1);
    const std::jthread second(use, 2);
    const std::jthread third(use, 3);
  }
  EXPECT_EQ(*crowded, 0);
  // Each has answered all earlier requests.
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool->call(Ask{i}));
  while (pool->status().in_flight > 0) std::this_thread::yield();
  EXPECT_EQ(pool->status().free, 2U);
  EXPECT_TRUE(pool->stop());
}

}  // namespace
}  // namespace kith
