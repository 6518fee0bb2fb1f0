// SPDX-License-Identifier: Apache-2.0
#include "node/node.hpp"

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/process.hpp"
#include "node/cluster_view.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Add {
  using Reply = std::int64_t;
  std::int64_t amount = 0;
  KITH_WIRE("counter.add", amount)
};
struct Die {
  KITH_WIRE("counter.die")
};
using CounterProtocol = Protocol<Add, Die>;

class Counter : public GenServer<Counter, CounterProtocol> {
 public:
  std::int64_t handle_call(const Add& request) { return total_ += request.amount; }
  Then handle_cast(const Die&) { return stop("died"); }

 private:
  std::int64_t total_ = 0;
};

std::unique_ptr<Node> start_node(const std::string& name, std::vector<std::string> seeds = {}) {
  NodeOptions options;
  options.name = name;
  options.seeds = std::move(seeds);
  options.workers = 1;
  return Node::start(options).value();
}

/// Waits until a condition holds; the deadline only ends a broken test.
template <typename Condition>
bool eventually(Node& node, Condition condition, Duration patience = 20s) {
  return node.system().run([&] {
    const TimePoint deadline = node.system().clock().now() + patience;
    while (!condition()) {
      if (node.system().clock().now() > deadline) return false;
      sleep_for(2ms);
    }
    return true;
  });
}

class ThreeNodes : public ::testing::Test {
 protected:
  std::unique_ptr<Node> a = start_node("a");
  std::unique_ptr<Node> b = start_node("b", {a->address()});
  std::unique_ptr<Node> c = start_node("c", {a->address()});
  void SetUp() override {
    for (auto* node : {&a, &b, &c}) ASSERT_TRUE((*node)->wait_for_members(3, 20s));
  }
};

TEST_F(ThreeNodes, AServerIsCalledByItsGlobalNameFromAnotherNode) {
  const auto counter = Counter::start_link(*a).value();
  ASSERT_TRUE(a->register_global("counter", counter.pid()));
  ASSERT_TRUE(eventually(*b, [&] { return b->whereis("counter").has_value(); }));
  EXPECT_EQ(call(b->global<CounterProtocol>("counter"), Add{2}).value(), 2);
  ASSERT_TRUE(eventually(*c, [&] { return c->whereis("counter").has_value(); }));
  EXPECT_EQ(call(c->global<CounterProtocol>("counter"), Add{3}).value(), 5);
}

TEST_F(ThreeNodes, ANameIsRefusedWhileAnotherNodeHoldsIt) {
  const auto first = Counter::start_link(*a).value();
  const auto second = Counter::start_link(*b).value();
  ASSERT_TRUE(a->register_global("counter", first.pid()));
  ASSERT_TRUE(eventually(*b, [&] { return b->whereis("counter").has_value(); }));
  const auto refused = b->register_global("counter", second.pid());
  EXPECT_EQ(refused.error().code(), ErrorCode::already_exists);
  EXPECT_NE(refused.error().text().find("node a"), std::string::npos);
}

TEST_F(ThreeNodes, ANameIsGoneEverywhereWhenItsProcessEnds) {
  const auto counter = Counter::start(*a).value();
  ASSERT_TRUE(a->register_global("counter", counter.pid()));
  ASSERT_TRUE(eventually(*b, [&] { return b->whereis("counter").has_value(); }));
  EXPECT_TRUE(cast(b->global<CounterProtocol>("counter"), Die{}));
  EXPECT_TRUE(eventually(*b, [&] { return !b->whereis("counter"); }));
  EXPECT_TRUE(eventually(*a, [&] { return !a->whereis("counter"); }));
}

TEST_F(ThreeNodes, AMonitorSeesTheReasonOfARemoteProcess) {
  const auto counter = Counter::start(*a).value();
  const Down down = b->system().run([&] {
    monitor(counter.pid());
    static_cast<void>(cast(ServerRef<CounterProtocol>(nullptr, counter.pid()), Die{}));
    return receive<Down>(20s).value();
  });
  EXPECT_EQ(down.reason, Value("died"));
}

TEST_F(ThreeNodes, AMonitorFiresOnceWithNoconnectionWhenTheNodeGoes) {
  const auto counter = Counter::start(*a).value();
  b->system().run([&] {
    monitor(counter.pid());
    EXPECT_EQ(call(ServerRef<CounterProtocol>(nullptr, counter.pid()), Add{1}).value(), 1);
    blocking([&] { a->stop(); });
    const Down down = receive<Down>(20s).value();
    EXPECT_EQ(down.pid, counter.pid());
    EXPECT_EQ(receive<Down>(50ms).error().code(), ErrorCode::timeout);
  });
}

TEST_F(ThreeNodes, ALimitIsCountedOnceForAllNodes) {
  int admitted = 0;
  for (int i = 0; i < 12; ++i) {
    auto& node = *std::array{&a, &b, &c}[static_cast<std::size_t>(i) % 3];
    const auto limiter = node->rate_limiter("api", {.limit = 5, .window = 1h});
    if (limiter.check("somebody").value().admitted) ++admitted;
  }
  EXPECT_EQ(admitted, 5);
}

TEST_F(ThreeNodes, ABreakerThatOpensOnOneNodeIsOpenOnAll) {
  const CircuitBreakerOptions options{.failure_threshold = 2, .open_for = 1h};
  for (int i = 0; i < 2; ++i) {
    const auto failed = a->breaker("payments", options).run([]() -> Result<int> {
      return Error(ErrorCode::no_connection, "the bank is away");
    });
    EXPECT_EQ(failed.error().code(), ErrorCode::no_connection);
  }
  const auto refused = b->breaker("payments", options).run([] { return 1; });
  EXPECT_EQ(refused.error().code(), ErrorCode::circuit_open);
  EXPECT_EQ(c->breaker("payments", options).status().value().state, BreakerState::open);
}

TEST_F(ThreeNodes, ATableRowWrittenOnOneNodeIsReadOnAnother) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(a->table("users").put(i, "user " + std::to_string(i)));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(b->table("users").get(i).value(), Value("user " + std::to_string(i)));
  }
  EXPECT_EQ(c->table("users").update_counter("visits", 2).value(), 2);
  EXPECT_EQ(a->table("users").update_counter("visits", 3).value(), 5);
  EXPECT_EQ(b->table("users").erase(7).value(), Value("user 7"));
  EXPECT_EQ(c->table("users").get(7).value(), std::nullopt);
}

TEST_F(ThreeNodes, ANodeThatLeavesIsGoneFromTheListAtOnce) {
  c->stop();
  EXPECT_TRUE(eventually(*a, [&] { return a->view().active_members() == 2; }, 5s));
}

TEST(Nodes, WhatIsAskedOfANodeThatHasStoppedIsAnErrorAndNoException) {
  auto node = start_node("a");
  const auto limiter = node->rate_limiter("api", {});
  const auto breaker = node->breaker("bank");
  const auto table = node->table("users");
  const Pid pid = spawn(*node, [] { sleep_for(1h); });
  node->stop();
  const auto expect_unavailable = [](const auto& answer) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code(), ErrorCode::unavailable);
  };
  expect_unavailable(limiter.check("ann"));
  expect_unavailable(limiter.check_many(std::array<LimitItem, 1>{}));
  expect_unavailable(limiter.reserve("ann", 1, 1s));
  expect_unavailable(limiter.commit("ann", 1));
  expect_unavailable(breaker.acquire());
  expect_unavailable(breaker.run([] { return 1; }));
  expect_unavailable(breaker.record({}, Outcome::success));
  expect_unavailable(breaker.reset());
  expect_unavailable(table.get("ann"));
  expect_unavailable(table.put("ann", 1));
  expect_unavailable(node->join("127.0.0.1:1"));
  expect_unavailable(node->register_global("x", pid));
  expect_unavailable(Counter::start_link(*node));
  EXPECT_FALSE(node->wait_for_members(2, 1h));
}

TEST(Nodes, CallersInFlightGetErrorsWhenTheNodeStops) {
  auto node = start_node("a");
  std::atomic<int> asked = 0;
  std::vector<std::jthread> callers;
  callers.emplace_back([&] { EXPECT_FALSE(node->wait_for_members(2, 1h)); });
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&, limiter = node->rate_limiter("api", {})] {
      while (limiter.check("ann")) ++asked;
    });
    callers.emplace_back([&, breaker = node->breaker("bank", {})] {
      while (breaker.run([] { return 1; })) ++asked;
    });
  }
  while (asked < 1000) std::this_thread::yield();
  node->stop();
}

TEST(Nodes, ASecondNodeOfTheSameNameIsRefusedWithTheOwnersAddress) {
  auto first = start_node("twin");
  auto second = start_node("twin");
  const auto joined = second->join(first->address());
  ASSERT_FALSE(joined);
  EXPECT_EQ(joined.error().code(), ErrorCode::conflict);
  EXPECT_NE(joined.error().text().find(first->address()), std::string::npos);
}

TEST(Nodes, AnAddressInUseIsAnErrorThatNamesIt) {
  auto first = start_node("first");
  NodeOptions options;
  options.listen = first->address();
  const auto second = Node::start(options);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text().find(first->address()), std::string::npos);
}

TEST(Nodes, ListeningBeyondLoopbackMustBeAskedFor) {
  NodeOptions options;
  options.listen = "0.0.0.0:0";
  const auto refused = Node::start(options);
  EXPECT_EQ(refused.error().code(), ErrorCode::unauthorised);
}

}  // namespace
}  // namespace kith
