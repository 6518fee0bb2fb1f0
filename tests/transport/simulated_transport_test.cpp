// SPDX-License-Identifier: Apache-2.0
#include "transport/simulated_transport.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kith::transport {
namespace {

using namespace std::chrono_literals;

/// A node that records what it receives, in one log for the whole network.
class Node : public TransportHandler {
 public:
  Node(SimulatedNetwork& network, std::string name, std::vector<std::string>& book, BootId boot = 1)
      : id{std::move(name), boot},
        address(id.name + ":1"),
        transport(network.make_transport()),
        book_(book) {
    const auto bound = transport->start(
        {.self = id, .cluster = "kith", .listen = address, .advertise = {}}, *this);
    EXPECT_TRUE(bound) << bound.error().text();
  }

  void on_message(const Peer& from, Channel channel, BytesView message) override {
    note(from.id.name + " " + std::to_string(static_cast<int>(channel)) + " " +
         std::string(as_text(message)));
  }
  void on_lost(const NodeId& peer) override { note("lost " + peer.name); }
  void on_request(const ClientId& client, BytesView request) override {
    transport->reply(client, to_owned(request));
  }

  void send(const Node& to, Channel channel, std::string_view text) {
    EXPECT_TRUE(transport->send(to.address, channel, to_owned(as_bytes(text))));
  }

  NodeId id;
  Address address;
  std::unique_ptr<Transport> transport;

 private:
  void note(const std::string& text) { book_.push_back(id.name + ": " + text); }
  std::vector<std::string>& book_;
};

class SimulatedNetworkTest : public testing::Test {
 protected:
  void run() {
    for (int i = 0; i < 10'000; ++i) {
      const auto due = network.next_due();
      if (!due) return;
      clock.advance(*due - clock.now());
      network.deliver_due();
    }
    FAIL() << "it never becomes quiet";
  }
  [[nodiscard]] std::vector<std::string> take_book() { return std::exchange(book, {}); }
  [[nodiscard]] long count(const std::string& entry) const {
    return std::count(book.begin(), book.end(), entry);
  }
  /// Returns whether both have received from each other on the app channel.
  void acquaint() {
    a.send(b, Channel::app, "hello");
    b.send(a, Channel::app, "hello");
    run();
    book.clear();
  }

  std::vector<std::string> book;
  ManualClock clock;
  SimulatedNetwork network{clock, {.seed = 5, .latency_min = 1ms, .latency_max = 50ms}};
  Node a{network, "a", book};
  Node b{network, "b", book};
};

TEST_F(SimulatedNetworkTest, DeliversAfterTheLatencyAndNotBefore) {
  a.send(b, Channel::state, "x");
  EXPECT_EQ(network.deliver_due(), 0U);
  EXPECT_TRUE(book.empty());
  const auto due = network.next_due();
  ASSERT_TRUE(due);
  EXPECT_GE(*due - clock.now(), 1ms);
  EXPECT_LE(*due - clock.now(), 50ms);
  run();
  EXPECT_EQ(book, std::vector<std::string>{"b: a 1 x"});
}

TEST_F(SimulatedNetworkTest, KeepsTheOrderOnEachChannel) {
  for (int i = 0; i < 100; ++i) a.send(b, Channel::app, std::to_string(i));
  run();
  ASSERT_EQ(book.size(), 100U);
  for (std::size_t i = 0; i < book.size(); ++i) {
    EXPECT_EQ(book[i], "b: a 2 " + std::to_string(i));
  }
}

TEST_F(SimulatedNetworkTest, LosesControlAndStateMessagesButNoAppMessages) {
  network.set_loss(0.5);
  for (int i = 0; i < 100; ++i) {
    a.send(b, Channel::control, "c");
    a.send(b, Channel::app, "a");
  }
  run();
  EXPECT_EQ(count("b: a 2 a"), 100);
  EXPECT_GT(count("b: a 0 c"), 20);
  EXPECT_LT(count("b: a 0 c"), 80);
  EXPECT_EQ(count("b: lost a"), 0);
}

TEST_F(SimulatedNetworkTest, TellsBothEndsOnceWhenAppMessagesMeetACut) {
  acquaint();
  network.cut(a.address, b.address);
  for (int i = 0; i < 10; ++i) a.send(b, Channel::app, "into the void");
  run();
  EXPECT_EQ(count("a: lost b"), 1);
  EXPECT_EQ(count("b: lost a"), 1);
  EXPECT_EQ(book.size(), 2U);
}

TEST_F(SimulatedNetworkTest, BeginsAFreshStreamAfterTheCutIsHealed) {
  acquaint();
  network.cut(a.address, b.address);
  a.send(b, Channel::app, "lost");
  run();
  network.heal();
  book.clear();
  b.send(a, Channel::app, "one");
  a.send(b, Channel::app, "two");
  run();
  b.send(a, Channel::app, "three");
  run();
  EXPECT_EQ(count("a: b 2 one"), 1);
  EXPECT_EQ(count("b: a 2 two"), 1);
  EXPECT_EQ(count("a: b 2 three"), 1);
  EXPECT_EQ(book.size(), 3U);
}

TEST_F(SimulatedNetworkTest, CutsOneWayOnly) {
  network.cut_one_way(a.address, b.address);
  a.send(b, Channel::state, "x");
  b.send(a, Channel::state, "y");
  run();
  EXPECT_EQ(book, std::vector<std::string>{"a: b 1 y"});
}

TEST_F(SimulatedNetworkTest, IsolatesAGroupFromTheRest) {
  Node c(network, "c", book);
  network.isolate({a.address, b.address});
  a.send(b, Channel::state, "x");
  a.send(c, Channel::state, "x");
  c.send(b, Channel::state, "x");
  run();
  EXPECT_EQ(book, std::vector<std::string>{"b: a 1 x"});
}

TEST_F(SimulatedNetworkTest, TellsThatAKilledNodeIsLostAndKnowsItsNextBootAsNew) {
  acquaint();
  network.kill(b.address);
  run();
  EXPECT_EQ(take_book(), std::vector<std::string>{"a: lost b"});
  EXPECT_FALSE(b.transport->send(a.address, Channel::app, Bytes(1)));
  Node again(network, "b", book, 2);
  again.send(a, Channel::app, "back");
  run();
  a.send(again, Channel::app, "welcome");
  run();
  EXPECT_EQ(take_book(), (std::vector<std::string>{"a: b 2 back", "b: a 2 welcome"}));
}

TEST_F(SimulatedNetworkTest, RefusesAnAddressThatIsTaken) {
  const auto other = network.make_transport();
  const auto bound =
      other->start({.self = {"c", 1}, .cluster = "kith", .listen = a.address, .advertise = {}}, a);
  ASSERT_FALSE(bound);
  EXPECT_NE(bound.error().text().find("already in use"), std::string::npos);
}

TEST_F(SimulatedNetworkTest, AnswersTheRequestsOfApps) {
  const auto number = network.request(a.address, to_owned(as_bytes("question")));
  EXPECT_EQ(network.reply_to(number), std::nullopt);
  run();
  const auto reply = network.reply_to(number);
  ASSERT_TRUE(reply);
  EXPECT_EQ(as_text(*reply), "question");
}

std::vector<std::string> story_of(std::uint64_t seed) {
  std::vector<std::string> book;
  ManualClock clock;
  SimulatedNetwork network(clock,
                           {.seed = seed, .latency_min = 1ms, .latency_max = 90ms, .loss = 0.2});
  std::vector<std::unique_ptr<Node>> nodes;
  for (const char* name : {"a", "b", "c", "d"}) {
    nodes.push_back(std::make_unique<Node>(network, name, book));
  }
  for (int round = 0; round < 50; ++round) {
    for (const auto& from : nodes) {
      for (const auto& to : nodes) {
        from->send(*to, static_cast<Channel>(round % 4), std::to_string(round));
      }
    }
    if (round == 20) network.isolate({nodes[0]->address});
    if (round == 30) network.heal();
    clock.advance(10ms);
    network.deliver_due();
  }
  return book;
}

TEST(SimulatedNetwork, TellsTheSameStoryForTheSameSeed) {
  EXPECT_EQ(story_of(1), story_of(1));
  EXPECT_NE(story_of(1), story_of(2));
}

}  // namespace
}  // namespace kith::transport
