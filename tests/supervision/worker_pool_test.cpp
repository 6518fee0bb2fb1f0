#include "supervision/worker_pool.hpp"

#include <atomic>
#include <set>
#include <thread>

#include "core/limits.hpp"
#include "core/random.hpp"
#include "supervision/partition_supervisor.hpp"
#include "tests/supervision/probe.hpp"

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

class WorkerPoolTest : public SupervisionTest {
 protected:
  using Pool = WorkerPool<Probe>;

  Pool start(std::size_t size, std::int32_t mailbox_bound = 0) {
    return Pool::start_link(system, {.name = "pool", .size = size, .mailbox_bound = mailbox_bound},
                            std::string("worker"), events)
        .value();
  }
  /// Keeps a worker of the pool busy, from a process of its own.
  void occupy(const Pool& pool, Duration duration) {
    spawn(system, [pool, duration] { static_cast<void>(pool.call(Work{duration}, infinite)); });
    system.run_until_idle();
  }
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

/// A pool whose workers have one request at a time.
class WaitingPools : public WorkerPoolTest {
 protected:
  Pool start_limited(WorkerPoolOptions options) {
    options.name = "pool";
    options.max_in_flight = 1;
    options.max_restarts = 1'000'000;
    return Pool::start_link(system, options, std::string("worker"), events).value();
  }
  /// Calls from a process of its own; where the outcome will be.
  std::shared_ptr<std::optional<Result<Pid>>> ask(const Pool& pool, Duration work,
                                                  Duration timeout = infinite) {
    auto outcome = std::make_shared<std::optional<Result<Pid>>>();
    spawn(system, [=] { outcome->emplace(pool.call(Work{work}, timeout)); });
    system.run_until_idle();
    return outcome;
  }
};

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
    exit(second, "kill");                              // who has not yet run
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
  // Nine requests on two workers, one of which had one before: nobody is further than one ahead.
  const auto load = [&](Pid pid) { return system.message_queue_length(pid).value(); };
  EXPECT_LE(load(pool.workers()[0]), 4U);
  EXPECT_LE(load(pool.workers()[1]), 4U);
}

/// Answers when it is told to.
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

/// Pools whose callers give up before their worker has finished.
class GivenUp : public WaitingPools {
 protected:
  using Patients = WorkerPool<Patient>;

  Patients start_patients() {
    return Patients::start_link(system, {.name = "patients", .size = 1, .max_in_flight = 1})
        .value();
  }
  /// Gives up after a second.
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
  std::size_t killed = 0;
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
      const Pid victim = callers[random.below(callers.size())];
      if (system.is_alive(victim)) ++killed;
      exit(system, victim, "kill");
    } else {
      system.advance(std::chrono::milliseconds(random.below(200)));
    }
    if (random.chance(0.3)) continue;  // several things at a time
    system.run_until_idle();
    const WorkerPoolStatus status = pool.status();
    ASSERT_TRUE(status.waiting == 0 || status.free == 0)
        << status.waiting << " wait, " << status.free << " free, step " << step;
    ASSERT_LE(status.workers, std::max(options.size, options.max_size));
    ASSERT_LE(status.in_flight, std::max(options.size, options.max_size));
  }
  system.advance(10s);
  const auto unanswered = std::ranges::count_if(outcomes, [](const auto& each) { return !*each; });
  EXPECT_EQ(static_cast<std::size_t>(unanswered), killed);
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

/// A worker that finds another request behind the one it handles has got too many.
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
  // Each has answered what came before.
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool->call(Ask{i}));
  while (pool->status().in_flight > 0) std::this_thread::yield();
  EXPECT_EQ(pool->status().free, 2U);
  EXPECT_TRUE(pool->stop());
}

}  // namespace
}  // namespace kith
