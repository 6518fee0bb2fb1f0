// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/peer_tracker.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::transport::internal {
namespace {

constexpr BootId first_boot = 11;
constexpr BootId second_boot = 22;

/// Returns a frame of node "b" at the address "b:1".
FrameHeader app(std::uint64_t session, std::uint64_t sequence, BootId boot = first_boot,
                std::uint64_t given_up = 0) {
  return {.channel = Channel::app,
          .session = session,
          .given_up = given_up,
          .epoch = 0,
          .sequence = sequence,
          .sender = {"b", boot},
          .cluster = "kith",
          .sender_address = "b:1"};
}

FrameHeader control(BootId boot) {
  FrameHeader header = app(1, 1, boot);
  header.channel = Channel::control;
  return header;
}

const std::vector<NodeId> nobody;
const std::vector<NodeId> first_b = {{"b", first_boot}};

TEST(PeerTracker, DeliversAnUnbrokenStream) {
  PeerTracker tracker;
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    const Verdict verdict = tracker.on_frame(app(1, sequence));
    EXPECT_TRUE(verdict.deliver);
    EXPECT_EQ(verdict.lost, nobody);
  }
}

TEST(PeerTracker, TellsAGapOnceAndTakesNothingMoreOfThatSession) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  const Verdict gap = tracker.on_frame(app(1, 3));
  EXPECT_FALSE(gap.deliver);
  EXPECT_EQ(gap.lost, first_b);
  EXPECT_TRUE(gap.greet);
  const Verdict later = tracker.on_frame(app(1, 4));
  EXPECT_FALSE(later.deliver);
  EXPECT_EQ(later.lost, nobody);
  EXPECT_EQ(tracker.given_up("b:1"), 1U);
  const Verdict fresh = tracker.on_frame(app(2, 1));
  EXPECT_TRUE(fresh.deliver);
  EXPECT_EQ(fresh.lost, nobody);
  EXPECT_EQ(tracker.given_up("b:1"), 0U);
}

TEST(PeerTracker, TellsANewSessionOfAPeerThatWasNotLost) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  const Verdict verdict = tracker.on_frame(app(2, 1));
  EXPECT_TRUE(verdict.deliver);
  EXPECT_EQ(verdict.lost, first_b);
  EXPECT_FALSE(verdict.greet);
}

TEST(PeerTracker, BeginsANewStreamWhenThePeerHasGivenTheOldOneUp) {
  PeerTracker tracker;
  tracker.on_opened("b:1", 5);
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  const Verdict verdict = tracker.on_frame(app(2, 1, first_boot, 5));
  EXPECT_TRUE(verdict.deliver);
  EXPECT_EQ(verdict.lost, first_b);
  EXPECT_EQ(verdict.end, std::vector<Address>{"b:1"});
  EXPECT_TRUE(verdict.greet);
  tracker.on_closed("b:1");
  tracker.on_opened("b:1", 6);
  const Verdict later = tracker.on_frame(app(2, 2, first_boot, 5));
  EXPECT_TRUE(later.deliver);
  EXPECT_EQ(later.lost, nobody);
  EXPECT_FALSE(later.greet);
}

TEST(PeerTracker, TellsARestartOnceOnWhicheverChannelItShows) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(7, 1)).deliver);
  const Verdict restarted = tracker.on_frame(control(second_boot));
  EXPECT_TRUE(restarted.deliver);
  EXPECT_EQ(restarted.lost, first_b);
  EXPECT_EQ(tracker.on_frame(app(1, 1, second_boot)).lost, nobody);
}

TEST(PeerTracker, DropsLateFramesOfAnOlderBootOnAllChannels) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  EXPECT_TRUE(tracker.on_frame(control(second_boot)).deliver);
  EXPECT_FALSE(tracker.on_frame(app(1, 2)).deliver);
  const Verdict late = tracker.on_frame(control(first_boot));
  EXPECT_FALSE(late.deliver);
  EXPECT_EQ(late.lost, nobody);
}

TEST(PeerTracker, TellsADisconnectOnceAndTheRestartThatFollowsNotAgain) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  EXPECT_EQ(tracker.on_broken("b:1", true), (NodeId{"b", first_boot}));
  EXPECT_EQ(tracker.on_broken("b:1", false), std::nullopt);
  const Verdict restarted = tracker.on_frame(app(1, 1, second_boot));
  EXPECT_TRUE(restarted.deliver);
  EXPECT_EQ(restarted.lost, nobody);
  EXPECT_TRUE(restarted.end.empty());
}

TEST(PeerTracker, TellsAgainWhenWhatWasSentSinceIsLostToo) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  EXPECT_EQ(tracker.on_broken("b:1", true), (NodeId{"b", first_boot}));
  EXPECT_EQ(tracker.on_broken("b:1", true), (NodeId{"b", first_boot}));
}

TEST(PeerTracker, SaysNothingAboutAnAddressItDoesNotKnow) {
  PeerTracker tracker;
  EXPECT_EQ(tracker.on_broken("c:1", true), std::nullopt);
}

TEST(PeerTracker, TellsThatANodeWasReplacedByOneWithAnotherName) {
  PeerTracker tracker;
  EXPECT_TRUE(tracker.on_frame(app(1, 1)).deliver);
  FrameHeader other = control(second_boot);
  other.sender.name = "c";
  const Verdict verdict = tracker.on_frame(other);
  EXPECT_TRUE(verdict.deliver);
  EXPECT_EQ(verdict.lost, first_b);
}

TEST(PeerTracker, RemembersNoMoreNamesThanItsBound) {
  PeerTracker tracker;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < PeerTracker::peers_max + 10; ++i) {
    FrameHeader header = control(first_boot);
    header.sender.name = std::to_string(i);
    header.sender_address = "h:" + std::to_string(i);
    taken += tracker.on_frame(header).deliver ? 1U : 0U;
  }
  EXPECT_EQ(taken, PeerTracker::peers_max);
}

}  // namespace
}  // namespace kith::transport::internal
