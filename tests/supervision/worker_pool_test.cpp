// SPDX-License-Identifier: Apache-2.0
#include "supervision/worker_pool.hpp"

#include <set>
#include <thread>

#include "core/random.hpp"
#include "supervision/partition_supervisor.hpp"
#include "tests/supervision/pool_fixture.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Ask {
  using Reply = int;
  int number;
};

/// A worker without shared state, for systems with threads.
class Echo : public GenServer<Echo, Protocol<Ask, Crash>> {
 public:
  int handle_call(const Ask& request) { return request.number; }
  void handle_cast(const Crash&) { throw std::runtime_error("crashed on purpose"); }
};

TEST_F(WorkerPoolTest, EqualWorkersTakeTurns) {
  const Pool pool = start(3);
  std::set<Pid> used;
  for (int i = 0; i < 3; ++i) used.insert(pool.call(Work{}).value());
  EXPECT_EQ(used.size(), 3U);
}

TEST_F(WorkerPoolTest, ARequestGoesToTheWorkerWithTheLeastToDo) {
  const Pool pool = start(3);
  occupy(pool, 1h);
  occupy(pool, 1h);
  const Pid idle = pool.call(Work{}).value();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pool.call(Work{}).value(), idle);
}

TEST_F(WorkerPoolTest, AWorkerThatCrashesIsReplaced) {
  const Pool pool = start(2);
  const auto before = pool.workers();
  EXPECT_TRUE(pool.cast(Crash{}));
  system.run_until_idle();
  EXPECT_EQ(pool.workers().size(), 2U);
  EXPECT_NE(pool.workers(), before);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.call(Work{}));
}

TEST_F(WorkerPoolTest, TheCallerOfAWorkerThatCrashesIsTold) {
  const Pool pool = start(1);
  std::optional<ErrorCode> told;
  spawn(system, [&] { told = pool.call(Work{1h}, infinite).error().code(); });
  system.run_until_idle();
  kill(pool.workers()[0]);
  EXPECT_EQ(told, ErrorCode::crashed);
  EXPECT_TRUE(pool.call(Work{}));
}

TEST_F(WorkerPoolTest, IsOverloadedWhenAllMailboxesAreFull) {
  const Pool pool = start(2, 1);
  for (int i = 0; i < 4; ++i) occupy(pool, 1s);
  EXPECT_EQ(pool.call(Work{}).error().code(), ErrorCode::overloaded);
  EXPECT_EQ(pool.cast(Crash{}).error().code(), ErrorCode::overloaded);
  system.advance(1s);
  EXPECT_TRUE(pool.call(Work{}));
}

TEST_F(WorkerPoolTest, ARequestThatWasGivenUpIsNoLongerCounted) {
  const Pool pool = start(2);
  const Pid caller = spawn(system, [&] { static_cast<void>(pool.call(Work{1h}, infinite)); });
  system.run_until_idle();
  kill(caller);
  kill(pool.workers()[0]);
  std::set<Pid> used;
  for (int i = 0; i < 2; ++i) used.insert(pool.call(Work{}).value());
  EXPECT_EQ(used.size(), 2U);
}

TEST_F(WorkerPoolTest, HasNoProcessAfterItWasStopped) {
  const Pool pool = start(2);
  EXPECT_TRUE(pool.stop());
  EXPECT_EQ(pool.call(Work{}).error().code(), ErrorCode::no_process);
  EXPECT_EQ(pool.workers().size(), 0U);
}

TEST_F(WorkerPoolTest, NeedsANameAndAWorker) {
  EXPECT_EQ(Pool::start_link(system, {}, std::string("w"), events).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      Pool::start_link(system, {.name = "p", .size = 0}, std::string("w"), events).error().code(),
      ErrorCode::invalid_argument);
}

TEST_F(WorkerPoolTest, APoolThatIsAChildIsReachedByTheSameHandleOverItsRestarts) {
  const Pool pool =
      Pool::prepare(system, {.name = "pool", .size = 2}, std::string("w"), events).value();
  EXPECT_EQ(pool.call(Work{}).error().code(), ErrorCode::no_process);
  const auto root = Supervisor::start_link(system, {pool.child("pool")}).value();
  EXPECT_TRUE(pool.call(Work{}));
  kill(pool.pid());
  EXPECT_TRUE(pool.call(Work{}));
  EXPECT_EQ(pool.supervisor().count().value().active, 2U);
}

TEST_F(WorkerPoolTest, PartitionsAreChosenByKeyAndSurviveRestarts) {
  const auto partitions =
      PartitionSupervisor<Probe>::start_link(system, {.name = "parts", .partitions = 4},
                                             std::string("partition"), events)
          .value();
  std::set<Pid> used;
  for (int i = 0; i < 64; ++i) {
    used.insert(call(partitions.ref(std::to_string(i)), Work{}).value());
  }
  EXPECT_EQ(used.size(), 4U);
  const auto ref = partitions.ref("key");
  const Pid before = call(ref, Work{}).value();
  EXPECT_EQ(call(partitions.ref("key"), Work{}).value(), before);
  kill(before);
  EXPECT_NE(call(ref, Work{}).value(), before);
}

TEST_F(WaitingPools, CallersWaitInTheOrderInWhichTheyCame) {
  const Pool pool = start_limited({.size = 1});
  const auto first = ask(pool, 1s);
  const auto second = ask(pool, 1s);
  const auto third = ask(pool, 1s);
  EXPECT_EQ(pool.status().waiting, 2U);
  system.advance(2s);
  EXPECT_TRUE(first->has_value());
  EXPECT_TRUE(second->has_value());
  EXPECT_FALSE(third->has_value());
}

TEST_F(WaitingPools, ACallerThatWaitedItsTimeIsToldAndLeavesTheQueue) {
  const Pool pool = start_limited({.size = 1});
  occupy(pool, 10s);
  const auto late = ask(pool, 1s, 3s);
  system.advance(3s);
  ASSERT_TRUE(late->has_value());
  EXPECT_EQ((*late)->error().code(), ErrorCode::timeout);
  EXPECT_EQ(pool.status().waiting, 0U);
}

TEST_F(WaitingPools, ACallerThatIsKilledWhileItWaitsLeavesTheQueue) {
  const Pool pool = start_limited({.size = 1});
  occupy(pool, 1s);
  const Pid caller = spawn(system, [&] { static_cast<void>(pool.call(Work{1h}, infinite)); });
  system.run_until_idle();
  kill(caller);
  EXPECT_EQ(pool.status().waiting, 0U);
  system.advance(1s);
  EXPECT_EQ(pool.status().free, 1U);
}

TEST_F(WaitingPools, AWorkerThatIsGivenToACallerWhoDiesAtThatMomentGoesToTheNext) {
  const Pool pool = start_limited({.size = 1});
  Pid second;
  spawn(system, [&] {
    static_cast<void>(pool.call(Work{1s}, infinite));  // its end gives the worker to the second
    exit(second, "kill");                              // which has not run yet
  });
  system.run_until_idle();
  second = spawn(system, [&] { static_cast<void>(pool.call(Work{1h}, infinite)); });
  system.run_until_idle();
  const auto third = ask(pool, 1s);
  system.advance(2s);
  EXPECT_FALSE(system.is_alive(second));
  EXPECT_TRUE(third->has_value());
  EXPECT_EQ(pool.status().free, 1U);
}

TEST_F(WaitingPools, APoolThatRejectsOrIsFullIsOverloaded) {
  const Pool pool = start_limited({.size = 1, .max_waiting = 1});
  occupy(pool, 1h);
  const auto waits = ask(pool, 1s);
  EXPECT_EQ((*ask(pool, 1s))->error().code(), ErrorCode::overloaded);
  EXPECT_FALSE(waits->has_value());
  EXPECT_TRUE(pool.stop());
  const Pool strict = start_limited({.size = 1, .overflow = PoolOverflow::reject});
  occupy(strict, 1h);
  EXPECT_EQ((*ask(strict, 1s))->error().code(), ErrorCode::overloaded);
}

TEST_F(WaitingPools, ACallerDoesNotWaitForAMailboxThatOthersHaveFilled) {
  const Pool pool = start_limited({.size = 1, .mailbox_bound = 2});
  for (int i = 0; i < 3; ++i) {  // not through the pool: one is handled, two wait
    spawn(system, [this, worker = pool.workers().at(0)] {
      static_cast<void>(call(Probe::Ref(&system, worker), Work{1h}, infinite));
    });
    system.run_until_idle();
  }
  const auto refused = ask(pool, 0s);
  ASSERT_TRUE(refused->has_value());
  EXPECT_EQ((*refused)->error().code(), ErrorCode::overloaded);
  system.advance(3h);
  const auto served = ask(pool, 0s);
  ASSERT_TRUE(served->has_value());
  EXPECT_TRUE(served->value());
}

TEST_F(WaitingPools, TheReplacementOfADeadWorkerTakesTheNextCaller) {
  const Pool pool = start_limited({.size = 1});
  const auto in_flight = ask(pool, 1h);
  const auto waits = ask(pool, 1s);
  kill(pool.workers()[0]);
  ASSERT_TRUE(in_flight->has_value());
  EXPECT_EQ((*in_flight)->error().code(), ErrorCode::crashed);
  system.advance(1s);
  ASSERT_TRUE(waits->has_value());
  EXPECT_TRUE(**waits);
}

TEST_F(WaitingPools, ThoseWhoWaitAreToldWhenThePoolEnds) {
  const Pool pool = start_limited({.size = 1});
  occupy(pool, 1h);
  const auto waits = ask(pool, 1s);
  EXPECT_TRUE(pool.stop());
  system.run_until_idle();
  ASSERT_TRUE(waits->has_value());
  EXPECT_EQ((*waits)->error().code(), ErrorCode::no_process);
}

TEST_F(WaitingPools, AnElasticPoolGrowsWhileCallersWouldWaitAndShrinksAfterwards) {
  const Pool pool = start_limited({.size = 1, .max_size = 3});
  EXPECT_EQ(pool.status().workers, 1U);
  for (int i = 0; i < 4; ++i) ask(pool, 1s);
  EXPECT_EQ(pool.status().workers, 3U);
  EXPECT_EQ(pool.status().waiting, 1U);
  system.advance(3s);
  EXPECT_EQ(pool.status().workers, 1U);
  EXPECT_EQ(pool.status().in_flight, 0U);
}

TEST_F(WaitingPools, AnElasticPoolStartsOneWorkerForOneCaller) {
  const Pool pool = start_limited({.size = 1, .max_size = 3});
  occupy(pool, 1h);
  happened();
  const auto answer = ask(pool, 1s);
  EXPECT_EQ(happened(), Texts{"worker started"});
  EXPECT_EQ(pool.status().workers, 2U);
}

TEST_F(WaitingPools, AnElasticPoolNeedsABoundForEachWorker) {
  EXPECT_EQ(
      Pool::start_link(system, {.name = "pool", .size = 1, .max_size = 2}, std::string("w"), events)
          .error()
          .code(),
      ErrorCode::invalid_argument);
}

TEST_F(WaitingPools, RoundRobinPassesALoadedWorkerInItsTurn) {
  const Pool pool =
      Pool::start_link(system, {.name = "pool", .size = 2, .choice = WorkerChoice::round_robin},
                       std::string("worker"), events)
          .value();
  std::vector<Pid> used;
  for (int i = 0; i < 4; ++i) used.push_back(pool.call(Work{}).value());
  EXPECT_NE(used[0], used[1]);
  EXPECT_EQ(used[0], used[2]);
  EXPECT_EQ(used[1], used[3]);
}

TEST_F(WaitingPools, OfTwoRandomWorkersTheIdleOneIsTaken) {
  const Pool pool =
      Pool::start_link(system, {.name = "pool", .size = 2, .choice = WorkerChoice::random_two},
                       std::string("worker"), events)
          .value();
  const Pid busy = pool.workers()[0];
  tell(busy, Work{});
  spawn(system, [&, busy] {
    static_cast<void>(call(ServerRef<ProbeProtocol>(&system, busy), Work{1h}, infinite));
  });
  for (int i = 0; i < 8; ++i) occupy(pool, 1h);
  // Nine requests on two workers, one of which had one before: they differ by at most one.
  const auto load = [&](Pid pid) { return system.message_queue_length(pid).value(); };
  EXPECT_LE(load(pool.workers()[0]), 4U);
  EXPECT_LE(load(pool.workers()[1]), 4U);
}

/// Random requests, deadlines and kills of workers and callers, on pools of random shapes.
class RandomPools : public WaitingPools, public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(RandomPools, NoWorkerIsFreeWhileACallerWaitsAndNobodyIsForgotten) {
  Random random(GetParam());
  WorkerPoolOptions options;
  options.size = 1 + random.below(4);
  options.max_size = random.chance(0.5) ? options.size + 1 + random.below(3) : 0;
  options.choice = static_cast<WorkerChoice>(random.below(3));
  if (random.chance(0.3)) options.max_waiting = 1 + random.below(5);
  const Pool pool = start_limited(options);
  std::vector<std::shared_ptr<std::optional<Result<Pid>>>> outcomes;
  std::vector<Pid> callers;
  std::set<std::size_t> killed;  // places of callers
  for (int step = 0; step < 200; ++step) {
    const auto dice = random.below(10);
    if (dice < 6) {
      auto outcome = std::make_shared<std::optional<Result<Pid>>>();
      const Duration work = std::chrono::milliseconds(random.below(300));
      const Duration limit = std::chrono::milliseconds(1 + random.below(500));
      callers.push_back(spawn(system, [=] { outcome->emplace(pool.call(Work{work}, limit)); }));
      outcomes.push_back(outcome);
    } else if (dice == 6) {
      const auto workers = pool.workers();
      if (!workers.empty()) exit(system, workers[random.below(workers.size())], "kill");
    } else if (dice == 7 && !callers.empty()) {
      const std::size_t victim = random.below(callers.size());
      if (system.is_alive(callers[victim])) killed.insert(victim);
      exit(system, callers[victim], "kill");
    } else {
      system.advance(std::chrono::milliseconds(random.below(200)));
    }
    if (random.chance(0.3)) continue;  // several events at the same time
    system.run_until_idle();
    const WorkerPoolStatus status = pool.status();
    ASSERT_TRUE(status.waiting == 0 || status.free == 0)
        << status.waiting << " wait, " << status.free << " free, step " << step;
    ASSERT_LE(status.workers, std::max(options.size, options.max_size));
    ASSERT_LE(status.in_flight, std::max(options.size, options.max_size));
  }
  system.advance(10s);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_TRUE(*outcomes[i] || killed.contains(i)) << "nobody told the caller " << i;
  }
  const WorkerPoolStatus status = pool.status();
  EXPECT_EQ(status.workers, options.size);
  EXPECT_EQ(status.in_flight, 0U);
  EXPECT_EQ(status.waiting, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPools, ::testing::Range<std::uint64_t>(1, 201));

TEST(WorkerPoolThreads, ServesPlainThreadsWhileItsWorkersCrash) {
  System system{{.workers = 2}};
  const auto pool = WorkerPool<Echo>::start_link(system, {.name = "pool", .max_restarts = 1000});
  ASSERT_TRUE(pool);
  const auto use = [&pool] {
    for (int i = 0; i < 200; ++i) {
      if (i % 20 == 0) static_cast<void>(pool->cast(Crash{}));
      const auto answer = pool->call(Ask{i});
      if (answer)
        EXPECT_EQ(*answer, i);
      else
        EXPECT_NE(answer.error().code(), ErrorCode::timeout);
    }
  };
  {
    const std::jthread first(use);
    const std::jthread second(use);
  }
  EXPECT_TRUE(pool->stop());
}

}  // namespace
}  // namespace kith
