// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/process_info.hpp"
#include "actor/remote.hpp"
#include "core/random.hpp"

/// Both ends of a link agree. link_agreement_test.cpp enumerates all orders.
namespace kith {
namespace {

using namespace std::chrono_literals;

struct Poke {};

std::vector<Pid> links_of(System& system, Pid pid) {
  return process_info(system, pid).value().links;
}

class LinkedProcesses : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

TEST_F(LinkedProcesses, AnUnlinkedProcessIsNotToldOfTheEndOfTheOther) {
  system_.run([] {
    const Pid other = spawn_link([] { static_cast<void>(receive<Poke>()); });
    unlink(other);
    exit(other, "boom");
    sleep_for(1ms);
  });
}

TEST_F(LinkedProcesses, ALinkMadeAgainAtOnceBinds) {
  system_.run([] {
    trap_exits(true);
    const Pid other = spawn_link([] { static_cast<void>(receive<Poke>()); });
    for (int i = 0; i < 3; ++i) {
      unlink(other);
      EXPECT_TRUE(link(other));
    }
    sleep_for(1ms);
    exit(other, "boom");
    EXPECT_EQ(receive<Exit>(1ms).value().reason, Value("boom"));
  });
}

TEST_F(LinkedProcesses, AnUnlinkOfAProcessThatHasEndedIsOver) {
  system_.run([this] {
    trap_exits(true);
    const Pid other = spawn_link([] { static_cast<void>(receive<Poke>()); });
    exit(other, "kill");
    unlink(other);  // it has not run yet
    sleep_for(1ms);
    EXPECT_FALSE(receive<Exit>(1ms));
    EXPECT_TRUE(link(other)) << "it traps exits: a message tells that there is no such process";
    EXPECT_EQ(receive<Exit>(1ms).value().reason, Value("noproc"));
    EXPECT_TRUE(links_of(system_, system_.root()).empty());
  });
}

/// Records what is sent to another node.
class OtherNode final : public RemoteSender {
 public:
  Result<void> send(RemoteSignal signal) override {
    sent.push_back(std::move(signal));
    return {};
  }
  std::vector<RemoteSignal> sent;
};

TEST_F(LinkedProcesses, AnUnlinkBecauseOfALostConnectionIsToldToWhoIsLinked) {
  OtherNode node;
  system_.set_remote_sender(&node);
  const Pid other{system_.boot() + 1, 7, 1};
  std::vector<Value> reasons;
  const Pid here = spawn(system_, [&] {
    trap_exits(true);
    EXPECT_TRUE(link(other));
    for (;;) reasons.push_back(receive<Exit>().value().reason);
  });
  system_.run_until_idle();
  for (std::uint64_t number = 1; number <= 2; ++number) {
    RemoteSignal unlink;
    unlink.kind = RemoteSignal::Kind::unlink;
    unlink.from = other;
    unlink.to = here;
    unlink.reference = {other.node, number};
    unlink.reason = "noconnection";
    system_.deliver(std::move(unlink));
    system_.run_until_idle();
    EXPECT_EQ(node.sent.back().kind, RemoteSignal::Kind::unlink_acknowledged);
    EXPECT_EQ(reasons, std::vector<Value>{"noconnection"}) << "once: then there is no link";
  }
  system_.set_remote_sender(nullptr);
}

TEST(LinksOnThreads, BothProcessesAgreeAfterLinksAndUnlinksHaveCrossed) {
  System system({.workers = 4});
  std::atomic<int> ready = 0;
  const auto partner = [&](std::uint64_t seed) {
    return spawn(system, [&ready, seed] {
      const Pid other = receive<Pid>().value();
      Random random(seed);
      for (int i = 0; i < 200; ++i) {
        if (random.chance(0.5))
          static_cast<void>(link(other));
        else
          unlink(other);
        if (random.chance(0.1)) sleep_for(0ns);
      }
      ++ready;
      static_cast<void>(receive<Poke>());
    });
  };
  std::vector<std::pair<Pid, Pid>> couples;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto& [first, second] = couples.emplace_back(partner(2 * i), partner(2 * i + 1));
    EXPECT_TRUE(send(system, first, second));
    EXPECT_TRUE(send(system, second, first));
  }
  system.run([&] {
    while (ready < 40) sleep_for(1ms);
  });
  for (const auto& [first, second] : couples) {
    // Each reply proves that earlier messages were handled; the second round, those sent meanwhile.
    for (int round = 0; round < 2; ++round) {
      static_cast<void>(links_of(system, first));
      static_cast<void>(links_of(system, second));
    }
    EXPECT_EQ(links_of(system, first).size(), links_of(system, second).size()) << "half a link";
    exit(system, first, "kill");
    exit(system, second, "kill");
  }
}

class Fails : public GenServer<Fails, Protocol<Poke>> {
 public:
  static Then init() { return stop("at once"); }
  static void handle_cast(const Poke&) {}
};

TEST(LinksOnThreads, TheRootKeepsNoLinkToAProcessThatEndedAtOnce) {
  System system({.workers = 4});
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(Fails::start_link(system));
  system.run([&] {
    while (system.processes().size() > 2) sleep_for(1ms);
  });
  EXPECT_EQ(links_of(system, system.root()), std::vector<Pid>{});
}

}  // namespace
}  // namespace kith
