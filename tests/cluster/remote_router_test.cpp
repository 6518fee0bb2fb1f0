// SPDX-License-Identifier: Apache-2.0
#include "cluster/remote_router.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/remote_watches.hpp"
#include "transport/codec.hpp"

namespace kith::cluster {
namespace {

using Kind = RemoteSignal::Kind;
constexpr BootId here = 1;
constexpr BootId there = 2;
const Pid local{here, 1, 1};
const Pid remote{there, 1, 1};

RemoteSignal signal(Kind kind, Pid from, Pid to, std::uint64_t reference = 0) {
  RemoteSignal made;
  made.kind = kind;
  made.from = from;
  made.to = to;
  made.reference = {here, reference};
  return made;
}

std::vector<Kind> kinds(const std::vector<RemoteSignal>& signals) {
  std::vector<Kind> all;
  for (const auto& one : signals) all.push_back(one.kind);
  return all;
}

TEST(RemoteWatches, WhatIsOpenIsAnsweredExactlyOnceInAFixedOrder) {
  RemoteWatches watches;
  ASSERT_TRUE(watches.sent(signal(Kind::link, local, remote)));
  ASSERT_TRUE(watches.sent(signal(Kind::monitor, local, remote, 5)));
  ASSERT_TRUE(watches.sent(signal(Kind::call, local, remote, 9)));
  ASSERT_TRUE(watches.sent(signal(Kind::call, local, remote, 3)));
  EXPECT_TRUE(watches.received(signal(Kind::monitor, remote, local, 7)));
  const auto answers = watches.lost(there);
  EXPECT_EQ(kinds(answers), (std::vector{Kind::call_failed, Kind::call_failed, Kind::down,
                                         Kind::exit, Kind::demonitor}));
  EXPECT_EQ(answers[0].reference.id, 3U);
  EXPECT_EQ(answers[0].reason, Value("noconnection"));
  EXPECT_EQ(answers[3].from, remote);
  EXPECT_EQ(answers[3].to, local);
  EXPECT_TRUE(answers[3].linked);
  EXPECT_TRUE(watches.lost(there).empty());
}

TEST(RemoteWatches, WhatWasAnsweredIsNotOpen) {
  RemoteWatches watches;
  ASSERT_TRUE(watches.sent(signal(Kind::call, local, remote, 1)));
  ASSERT_TRUE(watches.sent(signal(Kind::monitor, local, remote, 2)));
  ASSERT_TRUE(watches.sent(signal(Kind::monitor, local, remote, 3)));
  ASSERT_TRUE(watches.sent(signal(Kind::link, local, remote)));
  EXPECT_TRUE(watches.received(signal(Kind::reply, remote, local, 1)));
  EXPECT_TRUE(watches.received(signal(Kind::down, remote, local, 2)));
  ASSERT_TRUE(watches.sent(signal(Kind::demonitor, local, remote, 3)));
  auto exit = signal(Kind::exit, remote, local);
  exit.linked = true;
  EXPECT_TRUE(watches.received(exit));
  EXPECT_FALSE(watches.received(exit)) << "a link breaks once";
  EXPECT_FALSE(watches.received(signal(Kind::down, remote, local, 2)));
  EXPECT_EQ(watches.open(there), 0U);
}

TEST(RemoteWatches, AnAnswerAfterTheLossIsNotDelivered) {
  RemoteWatches watches;
  ASSERT_TRUE(watches.sent(signal(Kind::call, local, remote, 1)));
  EXPECT_EQ(watches.lost(there).size(), 1U);
  EXPECT_FALSE(watches.received(signal(Kind::reply, remote, local, 1)));
  EXPECT_TRUE(watches.received(signal(Kind::message, remote, local)));
}

TEST(RemoteWatches, ALinkFromTheOtherSideBreaksToo) {
  RemoteWatches watches;
  EXPECT_TRUE(watches.received(signal(Kind::link, remote, local)));
  EXPECT_EQ(kinds(watches.lost(there)), std::vector{Kind::exit});
  EXPECT_TRUE(watches.received(signal(Kind::link, remote, local)));
  ASSERT_TRUE(watches.sent(signal(Kind::unlink, local, remote)));
  EXPECT_TRUE(watches.lost(there).empty());
}

TEST(RemoteWatches, AnUnlinkStaysOpenUntilItIsAcknowledged) {
  RemoteWatches watches;
  ASSERT_TRUE(watches.sent(signal(Kind::link, local, remote)));
  ASSERT_TRUE(watches.sent(signal(Kind::unlink, local, remote, 4)));
  EXPECT_TRUE(watches.received(signal(Kind::link, remote, local))) << "it has crossed";
  EXPECT_EQ(watches.open(there), 1U);
  EXPECT_TRUE(watches.received(signal(Kind::unlink_acknowledged, remote, local, 4)));
  EXPECT_EQ(watches.open(there), 0U);
}

TEST(RemoteWatches, ALostConnectionAcknowledgesWhatWasUnlinked) {
  RemoteWatches watches;
  ASSERT_TRUE(watches.sent(signal(Kind::link, local, remote)));
  ASSERT_TRUE(watches.sent(signal(Kind::unlink, local, remote, 4)));
  const auto answers = watches.lost(there);
  ASSERT_EQ(kinds(answers), std::vector{Kind::unlink_acknowledged});
  EXPECT_EQ(answers[0].reference.id, 4U);
  EXPECT_EQ(answers[0].to, local);
}

TEST(RemoteWatches, ACallThatNobodyWaitsForIsNotKept) {
  RemoteWatches watches;
  ASSERT_TRUE(watches.sent(signal(Kind::call, local, remote, 1)));
  watches.forget_call({here, 1});
  EXPECT_EQ(watches.open(there), 0U);
  EXPECT_FALSE(watches.received(signal(Kind::reply, remote, local, 1))) << "it is late";
}

TEST(RemoteWatches, HaveABound) {
  RemoteWatches watches(1);
  ASSERT_TRUE(watches.sent(signal(Kind::call, local, remote, 1)));
  const auto refused = watches.sent(signal(Kind::call, local, remote, 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::overloaded);
  EXPECT_TRUE(watches.sent(signal(Kind::message, local, remote)));
}

/// Records what is sent; can refuse.
class Line final : public transport::Transport {
 public:
  Result<transport::Address> start(const transport::TransportOptions&,
                                   transport::TransportHandler&) override {
    return transport::Address{};
  }
  Result<void> send(const transport::Address& to, transport::Channel, Bytes message) override {
    if (full) return {ErrorCode::overloaded, "the queue is full"};
    sent.emplace_back(to, std::move(message));
    return {};
  }
  void reply(const transport::ClientId&, Bytes) override {}
  void disconnect(const transport::Address&) override {}
  void stop() override {}
  [[nodiscard]] transport::TransportCounters counters() const override { return {}; }
  bool full = false;
  std::vector<std::pair<transport::Address, Bytes>> sent;
};

/// Records what is delivered.
class Inbox final : public RemoteReceiver {
 public:
  void deliver(RemoteSignal one) override { signals.push_back(std::move(one)); }
  std::vector<RemoteSignal> signals;
};

class RemoteRouterTest : public ::testing::Test {
 protected:
  RemoteRouterTest() { router.set_member({"there", there}, "there:1"); }
  void receive(const RemoteSignal& one, BootId from = there) {
    const Bytes bytes = format.encode([&](WireWriter& w) { wire_write(w, one); });
    router.receive({{"there", from}, "there:1"}, bytes);
  }
  transport::MessagePack format;
  Line line;
  Inbox inbox;
  RemoteRouter router{here, line, format, inbox};
};

TEST_F(RemoteRouterTest, SendsToTheMembersAddressAndDeliversTheAnswer) {
  auto call = signal(Kind::call, local, remote, 1);
  call.name = "config.get";
  call.body = to_owned(as_bytes("abc"));
  ASSERT_TRUE(router.send(call));
  ASSERT_EQ(line.sent.size(), 1U);
  EXPECT_EQ(line.sent[0].first, "there:1");
  receive(signal(Kind::reply, remote, local, 1));
  EXPECT_EQ(kinds(inbox.signals), std::vector{Kind::reply});
  router.on_lost(there);
  EXPECT_EQ(inbox.signals.size(), 1U) << "nothing was open any more";
}

TEST_F(RemoteRouterTest, AnUnknownNodeIsAnErrorAndNothingIsOpen) {
  const auto failed = router.send(signal(Kind::call, local, Pid{77, 1, 1}, 1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::no_connection);
  router.on_lost(77);
  EXPECT_TRUE(inbox.signals.empty());
}

TEST_F(RemoteRouterTest, ARefusedSendLeavesNothingOpen) {
  line.full = true;
  const auto failed = router.send(signal(Kind::monitor, local, remote, 1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::overloaded);
  router.on_lost(there);
  EXPECT_TRUE(inbox.signals.empty());
}

TEST_F(RemoteRouterTest, ALostConnectionIsToldOnceAndTheNextSessionWorks) {
  ASSERT_TRUE(router.send(signal(Kind::monitor, local, remote, 1)));
  router.on_lost(there);
  router.on_lost(there);
  EXPECT_EQ(kinds(inbox.signals), std::vector{Kind::down});
  receive(signal(Kind::down, remote, local, 1));
  EXPECT_EQ(inbox.signals.size(), 1U) << "exactly one DOWN per monitor";
  ASSERT_TRUE(router.send(signal(Kind::monitor, local, remote, 2)));
  receive(signal(Kind::down, remote, local, 2));
  EXPECT_EQ(inbox.signals.size(), 2U);
  EXPECT_EQ(router.counters().late, 1U);
}

TEST_F(RemoteRouterTest, ARemovedMemberIsNotListenedToUntilItIsAMemberAgain) {
  router.remove_member(there);
  receive(signal(Kind::message, remote, local));
  EXPECT_TRUE(inbox.signals.empty());
  EXPECT_FALSE(router.send(signal(Kind::message, local, remote)));
  router.set_member({"there", there}, "there:1");
  receive(signal(Kind::message, remote, local));
  EXPECT_EQ(inbox.signals.size(), 1U);
}

TEST_F(RemoteRouterTest, SignalsOfANodeNotYetAnnouncedCanBeAnswered) {
  receive(signal(Kind::call, Pid{55, 1, 1}, local, 1), 55);
  EXPECT_EQ(inbox.signals.size(), 1U);
  EXPECT_TRUE(router.send(signal(Kind::reply, local, Pid{55, 1, 1}, 1)));
}

TEST_F(RemoteRouterTest, AnUnlinkOfAnOlderNodeWithoutANumberIsTaken) {
  receive(signal(Kind::link, remote, local));
  RemoteSignal unlink = signal(Kind::unlink, remote, local);
  unlink.reference = {};
  receive(unlink);
  EXPECT_EQ(kinds(inbox.signals), (std::vector{Kind::link, Kind::unlink}));
  router.on_lost(there);
  EXPECT_EQ(inbox.signals.size(), 2U) << "there was no link any more";
}

TEST_F(RemoteRouterTest, ForgedMisdirectedAndMalformedSignalsAreCounted) {
  receive(signal(Kind::message, Pid{99, 1, 1}, local));
  receive(signal(Kind::message, remote, Pid{99, 1, 1}));
  receive(signal(static_cast<Kind>(200), remote, local));
  router.receive({{"there", there}, "there:1"}, as_bytes("\xc1 nonsense"));
  EXPECT_TRUE(inbox.signals.empty());
  EXPECT_EQ(router.counters().refused, 4U);
}

}  // namespace
}  // namespace kith::cluster
