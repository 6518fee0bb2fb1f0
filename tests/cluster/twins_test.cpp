// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/membership.hpp"
#include "core/random.hpp"

/// Nodes of one name that start at the same time: exactly one must stay.
namespace kith::cluster {
namespace {

using namespace std::chrono_literals;

/// Nodes by address. Queued messages are delivered FIFO per pair of nodes, in random order between
/// pairs. A rejected node leaves and ends.
class Network {
 public:
  explicit Network(std::uint64_t seed) : random_(seed) {}

  void add(const std::string& name, const transport::Address& address, BootId boot,
           std::int64_t started) {
    Member self;
    self.id = {name, boot};
    self.address = address;
    self.started = started;
    nodes_.emplace(address, Membership(MembershipOptions::lan(), self, boot));
  }

  void start_all(const std::vector<transport::Address>& seeds) {
    for (auto& [address, node] : nodes_) perform(address, node.start(seeds, now_));
  }

  /// Delivers all queued messages and advances the clock by ten seconds.
  void run() {
    for (const TimePoint end = now_ + 10s; now_ < end; now_ += 1ms) {
      while (!waiting_.empty()) deliver_one();
      for (const auto& address : living()) {
        Membership& node = nodes_.at(address);
        const auto due = node.next_deadline();
        if (due && *due <= now_) perform(address, node.tick(now_));
      }
    }
  }

  [[nodiscard]] std::vector<transport::Address> living() const {
    std::vector<transport::Address> all;
    for (const auto& [address, node] : nodes_) all.push_back(address);
    return all;
  }

 private:
  using Pair = std::pair<transport::Address, transport::Address>;
  struct Parcel {
    transport::Peer from;
    MembershipMessage message;
  };

  void perform(const transport::Address& address, MembershipEffects effects) {
    const auto here = nodes_.find(address);
    if (here == nodes_.end()) return;
    Membership& node = here->second;
    const transport::Peer self{node.self().id, address};
    for (auto& send : effects.sends) {
      waiting_[{address, send.to}].push_back({self, std::move(send.message)});
    }
    for (const MemberEvent& event : effects.events) {
      if (event.kind != MemberEvent::Kind::join_refused) continue;
      if (node.joined() && !node.is_silent()) continue;
      for (auto& send : node.leave(now_).sends) {
        waiting_[{address, send.to}].push_back({self, std::move(send.message)});
      }
      nodes_.erase(here);
      return;
    }
  }

  void deliver_one() {
    auto it = std::next(waiting_.begin(), static_cast<long>(random_.below(waiting_.size())));
    const transport::Address to = it->first.second;
    const Parcel parcel = std::move(it->second.front());
    it->second.pop_front();
    if (it->second.empty()) waiting_.erase(it);
    if (const auto node = nodes_.find(to); node != nodes_.end()) {
      perform(to, node->second.receive(parcel.from, parcel.message, now_));
    }
  }

  Random random_;
  TimePoint now_{1h};
  std::map<transport::Address, Membership> nodes_;
  std::map<Pair, std::deque<Parcel>> waiting_;
};

TEST(Twins, OfTwoThatOnlyKnowEachOtherTheElderStays) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Network network(seed);
    network.add("b", "elder:1", 7, 100);
    network.add("b", "younger:1", 8, 101);
    network.start_all({"elder:1", "younger:1"});
    network.run();
    EXPECT_EQ(network.living(), std::vector<transport::Address>{"elder:1"}) << "seed " << seed;
  }
}

TEST(Twins, OfTwoThatStartedInTheSameNanosecondTheLowerBootStays) {
  Network network(1);
  network.add("b", "x:1", 8, 100);
  network.add("b", "y:1", 7, 100);
  network.start_all({"x:1", "y:1"});
  network.run();
  EXPECT_EQ(network.living(), std::vector<transport::Address>{"y:1"});
}

TEST(Twins, OneStaysInAClusterThatStartsWithThem) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Network network(seed);
    network.add("a", "a:1", 5, 90);
    network.add("b", "b1:1", 7, 100);
    network.add("b", "b2:1", 8, 101);
    network.add("c", "c:1", 9, 95);
    network.start_all({"a:1", "c:1", "b1:1", "b2:1"});
    network.run();
    EXPECT_EQ(network.living().size(), 3U) << "seed " << seed;
  }
}

TEST(Twins, OneStaysWhenEachFindsAnotherSeedFirst) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Network network(seed);
    network.add("a", "a:1", 5, 90);
    network.add("b", "b1:1", 7, 100);
    network.add("b", "b2:1", 8, 101);
    network.add("c", "c:1", 9, 95);
    network.start_all({"a:1", "c:1"});
    network.run();
    EXPECT_EQ(network.living().size(), 3U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace kith::cluster
