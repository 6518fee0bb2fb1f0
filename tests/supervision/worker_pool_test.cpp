#include "supervision/worker_pool.hpp"

#include <set>
#include <thread>

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

TEST_F(WorkerPoolTest, AnotherHandleFindsThePoolByItsOptions) {
  start(2);
  const Pool other = Pool::at(system, {.name = "pool", .size = 2});
  EXPECT_TRUE(other.call(Work{}));
  EXPECT_EQ(other.supervisor().count().value().active, 2U);
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
