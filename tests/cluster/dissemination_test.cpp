// SPDX-License-Identifier: Apache-2.0
#include "cluster/dissemination.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "transport/codec.hpp"

namespace kith::cluster {
namespace {

using namespace std::chrono_literals;
using Kind = LogEvent::Kind;
constexpr TimePoint begin{1h};

Member node(const std::string& name, BootId boot = 7) {
  Member member;
  member.id = {name, boot};
  member.address = name + ":1";
  member.started = 100;
  return member;
}

/// Nodes with a network that queues messages until the test delivers them, in any order.
class Room : public ::testing::Test {
 protected:
  void add(const std::string& name, DisseminationOptions options = {}) {
    nodes.emplace(name, Dissemination(options, node(name), nodes.size() + 1));
  }
  void tell(const std::string& name, const std::string& about, MemberEvent::Kind kind) {
    take(name, nodes.at(name).apply({kind, node(about), {}}, now));
  }
  void introduce(const std::string& a, const std::string& b) {
    tell(a, b, MemberEvent::Kind::up);
    tell(b, a, MemberEvent::Kind::up);
  }
  void put(const std::string& name, const std::string& key, Value value = 1) {
    auto effects = nodes.at(name).put({"names", key}, {std::move(value), 0, {}}, now);
    ASSERT_TRUE(effects);
    take(name, std::move(*effects));
  }
  void erase(const std::string& name, const std::string& key) {
    take(name, nodes.at(name).erase({"names", key}, now));
  }
  void take(const std::string& from, DisseminationEffects effects) {
    for (auto& send : effects.sends) wire.push_back({from, send.to, std::move(send.message)});
    for (auto& event : effects.events) events[from].push_back(std::move(event));
  }
  void deliver(std::size_t index) {
    const auto [from, to, message] = wire[index];
    wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(index));
    const std::string name = to.substr(0, to.find(':'));
    take(name, nodes.at(name).receive({node(from).id, from + ":1"}, message, now));
  }
  void settle() {
    while (!wire.empty()) deliver(0);
  }
  void pass(Duration time) {
    now += time;
    for (auto& [name, n] : nodes) take(name, n.tick(now));
  }
  [[nodiscard]] bool has(const std::string& name, const std::string& owner,
                         const std::string& key) const {
    const auto log = nodes.at(name).logs().find(owner);
    return log != nodes.at(name).logs().end() && log->second.entries.contains({"names", key});
  }

  struct Message {
    std::string from;
    transport::Address to;
    DisseminationMessage message;
  };
  std::map<std::string, Dissemination> nodes;
  std::deque<Message> wire;
  std::map<std::string, std::vector<LogEvent>> events;
  TimePoint now = begin;
};

using DisseminationTest = Room;

TEST_F(DisseminationTest, OwnChangesReachAllMembersAtOnce) {
  add("a");
  add("b");
  introduce("a", "b");
  settle();
  put("a", "x");
  put("a", "y");
  erase("a", "x");
  pass(2ms);
  settle();
  EXPECT_TRUE(has("b", "a", "y"));
  EXPECT_FALSE(has("b", "a", "x"));
  EXPECT_EQ(nodes.at("a").logs(), nodes.at("b").logs());
}

TEST_F(DisseminationTest, ANewMemberGetsEverythingWithoutWaiting) {
  add("a");
  add("b");
  put("a", "x");
  put("b", "y");
  pass(2ms);
  introduce("a", "b");
  settle();
  EXPECT_TRUE(has("b", "a", "x"));
  EXPECT_TRUE(has("a", "b", "y"));
}

TEST_F(DisseminationTest, ALostDeltaIsMadeGoodByTheNextOrByAntiEntropy) {
  add("a");
  add("b");
  introduce("a", "b");
  settle();
  put("a", "x");
  pass(2ms);
  wire.clear();
  put("a", "y");
  pass(2ms);
  settle();
  EXPECT_TRUE(has("b", "a", "x")) << "the gap was noticed";
  erase("a", "x");
  pass(2ms);
  wire.clear();
  pass(10s);
  settle();
  EXPECT_FALSE(has("b", "a", "x")) << "the snapshot does not contain it (R-007)";
}

TEST_F(DisseminationTest, LogsPassThroughOthers) {  // not linked, both linked to a third
  for (const char* name : {"a", "b", "c"}) add(name);
  introduce("a", "b");
  introduce("b", "c");
  tell("c", "a", MemberEvent::Kind::up);
  wire.clear();
  put("a", "x");
  pass(2ms);
  for (int i = 0; i < 10; ++i) {
    std::erase_if(wire, [](const Message& m) {
      return (m.from == "a" && m.to == "c:1") || (m.from == "c" && m.to == "a:1");
    });
    settle();
    pass(10s);
  }
  EXPECT_TRUE(has("c", "a", "x"));
}

TEST_F(DisseminationTest, LogsOfNodesThatAreNoMembersAreNotKept) {
  add("a");
  add("b");
  put("a", "x");
  pass(2ms);
  tell("a", "b", MemberEvent::Kind::up);
  settle();
  EXPECT_FALSE(has("b", "a", "x"));
}

TEST_F(DisseminationTest, ARemovedMembersEntriesAreDroppedAndCannotComeBack) {
  for (const char* name : {"a", "b", "c"}) add(name);
  for (const auto& [x, y] : {std::pair{"a", "b"}, {"a", "c"}, {"b", "c"}}) introduce(x, y);
  put("a", "x");
  pass(2ms);
  settle();
  ASSERT_TRUE(has("c", "a", "x"));
  tell("b", "a", MemberEvent::Kind::down);
  EXPECT_EQ(events["b"].back().kind, Kind::removed);
  for (int i = 0; i < 5; ++i) {
    pass(10s);
    settle();
  }
  EXPECT_FALSE(has("b", "a", "x")) << "c still had it";
}

TEST_F(DisseminationTest, AnUnreachableMembersEntriesAreHiddenAndRevealed) {
  add("a");
  add("b");
  introduce("a", "b");
  put("a", "x");
  pass(2ms);
  settle();
  tell("b", "a", MemberEvent::Kind::unreachable);
  EXPECT_EQ(events["b"].back().kind, Kind::hidden);
  EXPECT_TRUE(has("b", "a", "x"));
  tell("b", "a", MemberEvent::Kind::up);
  EXPECT_EQ(events["b"].back().kind, Kind::revealed);
}

TEST_F(DisseminationTest, WhateverTheOrderOrTheRepetitionAllAgreeInTheEnd) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    nodes.clear();
    wire.clear();
    Random random(seed);
    for (const char* name : {"a", "b", "c"}) add(name, {.message_size_bytes_max = 600});
    for (const auto& [x, y] : {std::pair{"a", "b"}, {"a", "c"}, {"b", "c"}}) introduce(x, y);
    for (int step = 0; step < 300; ++step) {
      const std::string name(1, static_cast<char>('a' + random.below(3)));
      const std::string key = "k" + std::to_string(random.below(8));
      switch (random.below(4)) {
        case 0:
          put(name, key, static_cast<std::int64_t>(step));
          break;
        case 1:
          erase(name, key);
          break;
        case 2:
          pass(3ms);
          break;
        default:
          break;
      }
      if (wire.empty()) continue;
      const std::size_t chosen = random.below(wire.size());
      if (random.chance(0.2)) wire.push_back(wire[chosen]);  // twice
      if (random.chance(0.2)) {
        wire.erase(wire.begin() + static_cast<std::ptrdiff_t>(chosen));  // never
      } else {
        deliver(chosen);
      }
    }
    for (int i = 0; i < 12; ++i) {
      pass(10s);
      settle();
    }
    for (const auto& [name, n] : nodes) {
      for (const auto& [owner, log] : n.logs()) {
        EXPECT_EQ(log.entries, nodes.at(owner).logs().at(owner).entries)
            << name << " about " << owner << ", seed " << seed;
      }
    }
  }
}

TEST_F(DisseminationTest, NoMessageIsLargerThanAllowed) {
  add("a", {.message_size_bytes_max = 4096});
  add("b", {.message_size_bytes_max = 4096});
  const transport::MessagePack format;
  for (int i = 0; i < 500; ++i) put("a", "key" + std::to_string(i), std::string(100, 'x'));
  tell("b", "a", MemberEvent::Kind::up);
  tell("a", "b", MemberEvent::Kind::up);
  pass(2ms);
  while (!wire.empty()) {
    EXPECT_LE(encode(wire.front().message, format).size(), 4096U);
    deliver(0);
  }
  EXPECT_EQ(nodes.at("b").logs(), nodes.at("a").logs());
}

TEST_F(DisseminationTest, WhatDoesNotFitIsRefused) {
  add("a", {.entries_max = 1});
  put("a", "x");
  put("a", "x", 2);
  const auto more = nodes.at("a").put({"names", "y"}, {1, 0, {}}, now);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), ErrorCode::overloaded);
  const auto large = nodes.at("a").put({"names", "x"}, {std::string(1U << 20U, 'x'), 0, {}}, now);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::invalid_argument);
}

TEST_F(DisseminationTest, MessagesComeBackFromTheirBytesAndBadOnesAreRefused) {
  const transport::MessagePack format;
  LogDelta delta{.version = {100, 7, 3}, .base = 1, .changes = {}};
  delta.changes.push_back({{"names", "x"}, 2, LogContent{"value", 5, {9, 1}}});
  delta.changes.push_back({{"names", "y"}, 3, std::nullopt});
  const auto back = decode_cluster_message(encode(DisseminationMessage{delta}, format), format);
  ASSERT_TRUE(back);
  const auto& read = std::get<LogDelta>(std::get<DisseminationMessage>(*back));
  EXPECT_EQ(read.changes[0].content, delta.changes[0].content);
  EXPECT_FALSE(read.changes[1].content);
  delta.changes[1].sequence = 2;
  EXPECT_FALSE(decode_dissemination(encode(DisseminationMessage{delta}, format), format));
  const LogSnapshot snapshot{.owner = "a", .version = {}, .part = 3, .parts = 3, .records = {}};
  EXPECT_FALSE(decode_dissemination(encode(DisseminationMessage{snapshot}, format), format));
}

}  // namespace
}  // namespace kith::cluster
