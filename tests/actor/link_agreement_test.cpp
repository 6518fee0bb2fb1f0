// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/internal/links.hpp"
#include "cluster/remote_watches.hpp"
#include "core/random.hpp"

namespace kith {
namespace {

using detail::Links;
using Kind = RemoteSignal::Kind;

/// An action of a process on its link.
enum class Act : std::uint8_t { link, unlink, end };

/// One of two processes with the state of the link on its node.
struct End {
  Pid self;
  Pid other;
  bool alive = true;
  Links links;
  cluster::RemoteWatches watches;
  std::deque<RemoteSignal> inbox;  ///< delivered by the router, not handled yet
  std::uint64_t numbers = 0;
  int told = 0;  ///< how often it was notified of a lost connection
};

/// Two processes on two nodes, or on one if `routed` is false; the test chooses every step.
class Pair {
 public:
  explicit Pair(bool routed, bool linked) : routed_(routed) {
    ends_[0].self = ends_[1].other = Pid{1, 1, 1};
    ends_[1].self = ends_[0].other = Pid{2, 1, 1};
    if (!linked) return;
    act(0, Act::link);
    while (step_line(1) || step_inbox(1)) {
    }
  }

  void act(std::size_t who, Act what) {
    End& end = ends_[who];
    if (!end.alive) return;
    if (what == Act::link && !end.links.contains(end.other)) {
      end.links.link(end.other);
      send(who, Kind::link);
    } else if (what == Act::unlink && end.links.unlink(end.other, end.numbers + 1)) {
      send(who, Kind::unlink, ++end.numbers);
    } else if (what == Act::end) {
      end.alive = false;
      if (end.links.contains(end.other)) send(who, Kind::exit);
    }
  }
  /// Makes the router of that node take the next signal from the line; false if there is none.
  bool step_line(std::size_t who) {
    if (lines_[who].empty()) return false;
    const RemoteSignal signal = lines_[who].front();
    lines_[who].pop_front();
    if (!routed_ || ends_[who].watches.received(signal)) ends_[who].inbox.push_back(signal);
    return true;
  }
  /// Makes the process handle the next signal; false if there is none.
  bool step_inbox(std::size_t who) {
    if (ends_[who].inbox.empty()) return false;
    const RemoteSignal signal = ends_[who].inbox.front();
    ends_[who].inbox.pop_front();
    if (ends_[who].alive)
      handle(who, signal);
    else
      bounce(who, signal);
    return true;
  }
  /// Loses the connection.
  void lose() {
    for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
      lines_[who].clear();
      for (const RemoteSignal& answer : ends_[who].watches.lost(ends_[who].other.node)) {
        ends_[who].inbox.push_back(answer);
      }
    }
  }
  void drain() {
    while (step_line(0) || step_line(1) || step_inbox(0) || step_inbox(1)) {
    }
  }
  [[nodiscard]] bool has_signal(std::size_t who) const { return !lines_[who].empty(); }
  [[nodiscard]] bool linked(std::size_t who) const {
    return ends_[who].alive && ends_[who].links.contains(ends_[who].other);
  }
  /// Returns how often that process was notified of a lost link.
  [[nodiscard]] int told(std::size_t who) const { return ends_[who].told; }
  /// Checks, after all signals were handled, that both agree and that no state of ended links is
  /// left.
  [[nodiscard]] std::string problem() const {
    if (linked(0) != linked(1)) return "half a link";
    for (const End& end : ends_) {
      if (end.alive && end.links.unacknowledged() > 0) return "an unlink without end";
      const std::size_t open = linked(0) ? 1 : 0;
      if (routed_ && end.watches.open(end.other.node) != open) return "the router disagrees";
    }
    return "";
  }

 private:
  void send(std::size_t who, Kind kind, std::uint64_t number = 0, const Value& reason = {}) {
    RemoteSignal signal;
    signal.reason = reason;
    signal.kind = kind;
    signal.from = ends_[who].self;
    signal.to = ends_[who].other;
    signal.reference = {number == 0 ? 0 : signal.from.node, number};
    signal.linked = kind == Kind::exit;
    send(who, signal);
  }
  void send(std::size_t who, const RemoteSignal& signal) {
    if (routed_) static_cast<void>(ends_[who].watches.sent(signal));
    lines_[1 - who].push_back(signal);
  }
  void acknowledge(std::size_t who, const RemoteSignal& unlink) {
    RemoteSignal back;
    back.kind = Kind::unlink_acknowledged;
    back.from = ends_[who].self;
    back.to = ends_[who].other;
    back.reference = unlink.reference;
    send(who, back);
  }
  void handle(std::size_t who, const RemoteSignal& signal) {
    Links& links = ends_[who].links;
    if (signal.kind == Kind::link) links.linked_by(signal.from);
    if (signal.kind == Kind::exit) {
      if (signal.reason == Value("noconnection")) {
        if (links.lost(signal.from, ++ends_[who].numbers)) ++ends_[who].told;
        send(who, Kind::unlink, ends_[who].numbers, signal.reason);
      } else {
        links.broken_by(signal.from);
      }
    }
    if (signal.kind == Kind::unlink_acknowledged) {
      links.acknowledged_by(signal.from, signal.reference.id);
    }
    if (signal.kind == Kind::unlink) {
      const bool was_linked = links.unlinked_by(signal.from);
      if (was_linked && signal.reason == Value("noconnection")) ++ends_[who].told;
      acknowledge(who, signal);
    }
  }
  void bounce(std::size_t who, const RemoteSignal& signal) {
    if (signal.kind == Kind::link) send(who, Kind::exit);
    if (signal.kind == Kind::unlink) acknowledge(who, signal);
  }

  bool routed_;
  std::array<End, 2> ends_;
  std::array<std::deque<RemoteSignal>, 2> lines_;  ///< to each process
};

/// Enumerates all interleavings of two programs and the deliveries between them.
class AllOrders {
 public:
  AllOrders(bool linked, std::array<std::vector<Act>, 2> programs)
      : linked_(linked), programs_(std::move(programs)) {
    play({});
  }
  std::string problem;
  std::size_t played = 0;

 private:
  /// Choices: 0 or 1 is the next action of that process, 2 or 3 its next signal.
  void play(const std::vector<std::size_t>& choices) {
    Pair pair(false, linked_);
    std::array<std::size_t, 2> next{};
    for (const std::size_t choice : choices) {
      if (choice < 2) {
        pair.act(choice, programs_[choice][next[choice]++]);
      } else if (pair.step_line(choice - 2)) {
        pair.step_inbox(choice - 2);
      }
    }
    if (!problem.empty()) return;
    bool is_over = true;
    for (std::size_t choice = 0; choice < 4; ++choice) {
      if (choice < 2 && next[choice] == programs_[choice].size()) continue;
      if (choice >= 2 && !pair.has_signal(choice - 2)) continue;
      is_over = false;
      auto more = choices;
      more.push_back(choice);
      play(more);
    }
    if (!is_over) return;
    ++played;
    problem = pair.problem();
  }

  bool linked_;
  std::array<std::vector<Act>, 2> programs_;
};

std::vector<std::vector<Act>> programs() {
  const std::vector<Act> acts{Act::link, Act::unlink, Act::end};
  std::vector<std::vector<Act>> all{{}};
  for (const Act first : acts) {
    all.push_back({first});
    if (first == Act::end) continue;
    for (const Act second : acts) {
      all.push_back({first, second});
      if (second != Act::end) all.push_back({first, second, Act::link});
    }
  }
  return all;
}

TEST(LinkAgreement, BothProcessesAgreeInWhateverOrderLinksAndUnlinksCross) {
  std::size_t played = 0;
  for (const bool linked : {false, true}) {
    for (const auto& first : programs()) {
      for (const auto& second : programs()) {
        if (first.size() + second.size() > 4) continue;
        const AllOrders orders(linked, {first, second});
        ASSERT_EQ(orders.problem, "");
        played += orders.played;
      }
    }
  }
  EXPECT_GT(played, 1000U);
}

TEST(LinkAgreement, ALinkThatIsMadeWhileAnEarlierEndIsNotAcknowledgedStays) {
  Pair pair(false, true);
  pair.act(0, Act::unlink);
  pair.act(0, Act::link);
  pair.drain();
  EXPECT_TRUE(pair.linked(0));
  EXPECT_TRUE(pair.linked(1));
}

TEST(LinkAgreement, BothLinksStayWhenBothEndTheOldOneAndLinkAgain) {
  Pair pair(false, true);
  for (const std::size_t who : {std::size_t{0}, std::size_t{1}}) {
    pair.act(who, Act::unlink);
    pair.act(who, Act::link);
  }
  pair.drain();
  EXPECT_TRUE(pair.linked(0));
  EXPECT_TRUE(pair.linked(1));
}

TEST(LinkAgreement, WhoLinksItselfAgainBeforeTheOtherHeardOfTheLossIsToldOfTheEnd) {
  Pair pair(true, true);
  pair.lose();
  pair.step_inbox(1);
  EXPECT_EQ(pair.told(1), 1);
  pair.act(1, Act::link);
  pair.drain();
  EXPECT_EQ(pair.problem(), "");
  EXPECT_FALSE(pair.linked(1));
  EXPECT_EQ(pair.told(1), 2) << "the second link does not end in silence";
  pair.act(1, Act::link);
  pair.drain();
  EXPECT_TRUE(pair.linked(0) && pair.linked(1)) << "now both have heard";
}

/// The routers of two nodes have the same view of each link as the processes, so that they can
/// notify them of a lost connection, and keep no state afterwards.
TEST(LinkAgreement, TheRoutersOfBothNodesAgreeWithTheProcesses) {
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    Random random(seed);
    const auto one_of = [&](std::uint64_t count) { return random.below(count); };
    Pair pair(true, one_of(2) == 0);
    bool has_lost = false;
    for (std::uint64_t steps = 4 + one_of(24); steps > 0; --steps) {
      const std::size_t who = one_of(2);
      switch (one_of(8)) {
        case 0:
        case 1:
          pair.act(who, one_of(12) == 0 ? Act::end : Act::link);
          break;
        case 2:
        case 3:
          pair.act(who, Act::unlink);
          break;
        case 4:
        case 5:
          pair.step_line(who);
          break;
        case 6:
          pair.step_inbox(who);
          break;
        default:
          if (!has_lost && one_of(4) == 0) {
            pair.lose();
            has_lost = true;
          }
          break;
      }
    }
    pair.drain();
    ASSERT_EQ(pair.problem(), "") << "seed " << seed;
    pair.lose();
    pair.drain();
    ASSERT_FALSE(pair.linked(0) || pair.linked(1)) << "seed " << seed;
    ASSERT_EQ(pair.problem(), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace kith
