// SPDX-License-Identifier: Apache-2.0
#include "cluster/membership.hpp"

#include <chrono>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/log_messages.hpp"
#include "cluster/messages.hpp"
#include "transport/codec.hpp"

namespace kith::cluster {
namespace {

using namespace std::chrono_literals;
using Kind = MemberEvent::Kind;
constexpr TimePoint begin{1h};

Member node(const std::string& name, BootId boot = 7, std::int64_t started = 100) {
  Member member;
  member.id = {name, boot};
  member.address = name + ":1";
  member.started = started;
  return member;
}

transport::Peer peer(const Member& member) {
  return {member.id, member.address};
}

JoinRequest request_of(const Member& member, const std::string& dialled = "me:1") {
  return {.cluster = "kith",
          .version = protocol_version,
          .dialled = dialled,
          .self = to_state(member),
          .members = {to_state(member)}};
}

/// Returns the messages of one type among those to send.
template <typename M>
std::vector<M> sent(const MembershipEffects& effects) {
  std::vector<M> all;
  for (const auto& send : effects.sends) {
    if (const auto* message = std::get_if<M>(&send.message)) all.push_back(*message);
  }
  return all;
}

/// The node "me", started alone, which has admitted the given nodes.
struct Meeting {
  explicit Meeting(const std::vector<Member>& others) {
    membership.start({}, begin);
    for (const Member& other : others) membership.receive(peer(other), request_of(other), begin);
  }
  Membership membership{MembershipOptions::lan(), node("me"), 1};
};

TEST(Membership, AloneWithoutSeedsItHasJoined) {
  Membership membership(MembershipOptions::lan(), node("me"), 1);
  EXPECT_TRUE(membership.start({"me:1"}, begin).sends.empty()) << "its own address is no seed";
  EXPECT_TRUE(membership.joined());
}

TEST(Membership, ANewcomerGetsTheWholeList) {
  Meeting meeting({node("a")});
  const auto effects = meeting.membership.receive(peer(node("b")), request_of(node("b")), begin);
  const auto answers = sent<JoinAnswer>(effects);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].refusal, Refusal::none);
  EXPECT_EQ(answers[0].members.size(), 3U);
  ASSERT_EQ(effects.events.size(), 1U);
  EXPECT_EQ(effects.events[0].kind, Kind::up);
}

TEST(Membership, APingForAnotherNameOrBootIsNotAnswered) {  // M-025
  Meeting meeting({node("a")});
  for (const auto& target : {NodeId{"you", 7}, NodeId{"me", 8}}) {
    const auto effects =
        meeting.membership.receive(peer(node("a")), Ping{1, target.name, target.boot, {}}, begin);
    EXPECT_TRUE(effects.sends.empty());
  }
  const auto effects = meeting.membership.receive(peer(node("a")), Ping{1, "me", 7, {}}, begin);
  ASSERT_EQ(sent<Ack>(effects).size(), 1U);
  EXPECT_EQ(sent<Ack>(effects)[0].sequence, 1U);
}

TEST(Membership, AProbeOfASuspectCarriesTheSuspicion) {  // M-023
  Meeting meeting({node("a")});
  MemberState accusation = to_state(node("a"));
  accusation.status = MemberStatus::suspect;
  accusation.by = "b";
  Meeting three({node("a"), node("b")});
  three.membership.receive(peer(node("b")), Gossip{{accusation}}, begin);
  const auto pings = sent<Ping>(three.membership.probe_soon("a", begin));
  ASSERT_EQ(pings.size(), 1U);
  ASSERT_FALSE(pings[0].gossip.empty());
  EXPECT_EQ(pings[0].gossip[0].name, "a");
  EXPECT_EQ(pings[0].gossip[0].status, MemberStatus::suspect);
}

TEST(Membership, ASuspectThatAnswersIsUpAgain) {
  Meeting meeting({node("a"), node("b")});
  MemberState news = to_state(node("a"));
  news.status = MemberStatus::suspect;
  news.by = "b";
  const auto suspected = meeting.membership.receive(peer(node("b")), Gossip{{news}}, begin);
  ASSERT_EQ(suspected.events.size(), 1U);
  news.status = MemberStatus::up;
  news.incarnation = 1;
  const auto refuted = meeting.membership.receive(peer(node("a")), Gossip{{news}}, begin + 1s);
  ASSERT_EQ(refuted.events.size(), 1U);
  EXPECT_EQ(refuted.events[0].kind, Kind::up);
}

TEST(Membership, AHelperSaysAtFourFifthsOfTheTimeoutThatNobodyAnswered) {
  Meeting meeting({node("a"), node("b")});
  meeting.membership.tick(begin + 1s);
  const TimePoint now = begin + 1s;
  const auto asked =
      meeting.membership.receive(peer(node("a")), PingRequest{42, "b", 7, "b:1", {}}, now);
  ASSERT_EQ(sent<Ping>(asked).size(), 1U);
  EXPECT_TRUE(sent<Nack>(meeting.membership.tick(now + 399ms)).empty());
  const auto nacks = sent<Nack>(meeting.membership.tick(now + 400ms));
  ASSERT_EQ(nacks.size(), 1U);
  EXPECT_EQ(nacks[0].sequence, 42U);
  const auto late = meeting.membership.receive(peer(node("b")),
                                               Ack{sent<Ping>(asked)[0].sequence, {}}, now + 410ms);
  ASSERT_EQ(sent<Ack>(late).size(), 1U) << "a late answer still counts";
  EXPECT_EQ(sent<Ack>(late)[0].sequence, 42U);
}

TEST(Membership, AnotherClusterOrVersionIsRefusedWithAReason) {
  Meeting meeting({});
  auto request = request_of(node("a"));
  request.cluster = "other";
  auto answers = sent<JoinAnswer>(meeting.membership.receive(peer(node("a")), request, begin));
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].refusal, Refusal::other_cluster);
  request = request_of(node("a"));
  request.version = 99;
  answers = sent<JoinAnswer>(meeting.membership.receive(peer(node("a")), request, begin));
  EXPECT_EQ(answers.at(0).refusal, Refusal::other_version);
  EXPECT_EQ(meeting.membership.members().size(), 1U);
}

TEST(Membership, MyOwnNameIsTaken) {
  Meeting meeting({});
  auto twin = node("me", 8);
  twin.address = "elsewhere:1";
  const auto effects = meeting.membership.receive(peer(twin), request_of(twin), begin);
  ASSERT_EQ(sent<JoinAnswer>(effects).size(), 1U);
  EXPECT_EQ(sent<JoinAnswer>(effects)[0].refusal, Refusal::name_taken);
  EXPECT_NE(sent<JoinAnswer>(effects)[0].reason.find("me:1"), std::string::npos);
}

TEST(Membership, ANameWhoseOwnerIsSilentIsToldToAskAgain) {
  Meeting meeting({node("a")});
  auto twin = node("a", 8, 200);
  twin.address = "elsewhere:1";
  const auto checked = meeting.membership.receive(peer(twin), request_of(twin), begin);
  EXPECT_TRUE(sent<JoinAnswer>(checked).empty());
  ASSERT_EQ(sent<Ping>(checked).size(), 1U);
  std::vector<JoinAnswer> answers;
  for (Duration after = 0ms; after <= 1s; after += 50ms) {
    for (auto& answer : sent<JoinAnswer>(meeting.membership.tick(begin + after))) {
      answers.push_back(answer);
    }
  }
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].refusal, Refusal::try_again);
}

TEST(Membership, ARestartWithTheCalendarSetBackRaisesItsStart) {
  Meeting meeting({node("a", 7, 100)});
  Membership restarted(MembershipOptions::lan(), node("a", 8, 50), 2);
  const auto dialled = sent<JoinRequest>(restarted.start({"me:1"}, begin));
  ASSERT_EQ(dialled.size(), 1U);
  const auto refused =
      sent<JoinAnswer>(meeting.membership.receive(peer(node("a", 8)), dialled[0], begin));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::stale_start);
  restarted.receive(peer(node("me")), refused[0], begin);
  EXPECT_EQ(restarted.self().started, 101);
  const auto again = sent<JoinRequest>(restarted.tick(begin + 500ms));
  ASSERT_EQ(again.size(), 1U);
  const auto welcome =
      sent<JoinAnswer>(meeting.membership.receive(peer(node("a", 8)), again[0], begin + 500ms));
  EXPECT_EQ(welcome.at(0).refusal, Refusal::none);
}

TEST(Membership, AReplacedBootIsToldAndFallsSilent) {
  Meeting meeting({node("a", 7)});
  auto successor = node("a", 8, 200);
  successor.address = "a:1";
  meeting.membership.receive(peer(successor), request_of(successor), begin);
  const transport::Peer old{{"a", 7}, "old:1"};
  const auto refused =
      sent<JoinAnswer>(meeting.membership.receive(old, Ping{1, "me", 7, {}}, begin));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].refusal, Refusal::replaced);
  Membership replaced(MembershipOptions::lan(), node("a", 7), 2);
  replaced.start({"me:1"}, begin);
  const auto effects = replaced.receive(peer(node("me")), refused[0], begin);
  ASSERT_EQ(effects.events.size(), 1U);
  EXPECT_EQ(effects.events[0].kind, Kind::join_refused);
  EXPECT_FALSE(replaced.next_deadline()) << "it never speaks again";
}

TEST(Membership, WhoeverLeavesTellsEverybodyAndIsSilent) {
  Meeting meeting({node("a"), node("b")});
  EXPECT_EQ(sent<Leave>(meeting.membership.leave(begin)).size(), 2U);
  EXPECT_FALSE(meeting.membership.next_deadline());
  const auto after = meeting.membership.receive(peer(node("a")), Ping{1, "me", 7, {}}, begin);
  EXPECT_TRUE(after.sends.empty());
}

TEST(Membership, AStrangersGossipIsNotBelieved) {
  Meeting meeting({node("a")});
  MemberState lie = to_state(node("a"));
  lie.status = MemberStatus::unreachable;
  const auto effects = meeting.membership.receive(peer(node("x")), Gossip{{lie}}, begin);
  EXPECT_TRUE(effects.events.empty());
}

TEST(Membership, TimeInWhichTheNodeItselfStoodStillAccusesNobody) {
  Meeting meeting({node("a")});
  MemberState accusation = to_state(node("a"));
  accusation.status = MemberStatus::suspect;
  accusation.by = "a";
  meeting.membership.receive(peer(node("a")), Gossip{{accusation}}, begin);
  const auto effects = meeting.membership.tick(begin + 60s);
  for (const auto& event : effects.events) EXPECT_NE(event.kind, Kind::unreachable);
}

TEST(Membership, MessagesComeBackFromTheirBytes) {
  const transport::MessagePack format;
  const MembershipMessage message = PingRequest{42, "b", ~BootId{0}, "b:1", {to_state(node("a"))}};
  const auto back = decode_membership(encode(message, format), format);
  ASSERT_TRUE(back);
  const auto& request = std::get<PingRequest>(*back);
  EXPECT_EQ(request.target_boot, ~BootId{0});
  EXPECT_EQ(request.gossip, std::vector{to_state(node("a"))});
  const auto either = decode_cluster_message(encode(message, format), format);
  ASSERT_TRUE(either);
  EXPECT_TRUE(std::holds_alternative<MembershipMessage>(*either));
}

TEST(Membership, MessagesWithImpossibleContentAreRefused) {
  const transport::MessagePack format;
  for (int fault = 0; fault < 4; ++fault) {
    MemberState bad = to_state(node("a"));
    if (fault == 0) bad.status = static_cast<MemberStatus>(9);
    if (fault == 1) bad.name.clear();
    if (fault == 2) bad.weight = 1'000'000;
    if (fault == 3) bad.boot = 0;
    const auto back = decode_membership(encode(MembershipMessage{Gossip{{bad}}}, format), format);
    ASSERT_FALSE(back) << fault;
    EXPECT_EQ(back.error().code(), ErrorCode::decode);
  }
  const auto unknown = format.encode([](WireWriter& w) {
    w.begin_array(2);
    w.text("member.what");
    w.null();
  });
  EXPECT_FALSE(decode_cluster_message(unknown, format));
  EXPECT_FALSE(decode_membership({}, format));
}

TEST(Membership, AnAddressThatWasJoinedInVainIsForgottenAndNotDialled) {
  Membership membership(MembershipOptions::lan(), node("me"), 1);
  membership.start({"seed:1"}, begin);
  membership.join("other:1", begin);
  EXPECT_EQ(membership.missing_seeds(), (std::set<transport::Address>{"other:1", "seed:1"}));
  membership.forget("other:1", begin);
  EXPECT_EQ(membership.missing_seeds(), std::set<transport::Address>{"seed:1"});
  std::set<transport::Address> dialled;
  for (TimePoint now = begin; now < begin + 5min; now += 100ms) {
    for (const auto& send : membership.tick(now).sends) dialled.insert(send.to);
  }
  EXPECT_EQ(dialled, std::set<transport::Address>{"seed:1"});
}

TEST(Membership, ANodeThatStoodStillSaysForHowLong) {
  Meeting meeting({node("a")});
  TimePoint now = begin;
  for (int i = 0; i < 20; ++i) {
    now = *meeting.membership.next_deadline();
    EXPECT_EQ(meeting.membership.tick(now).stood_still, Duration::zero());
  }
  const TimePoint due = *meeting.membership.next_deadline();
  EXPECT_EQ(meeting.membership.tick(due + 8200ms).stood_still, 8200ms);
}

TEST(Membership, ARefutationChangesTheList) {
  Meeting meeting({node("a")});
  MemberState accusation = to_state(node("me"));
  accusation.status = MemberStatus::suspect;
  accusation.by = "a";
  const auto effects = meeting.membership.receive(peer(node("a")), Gossip{{accusation}}, begin);
  EXPECT_TRUE(effects.events.empty());
  EXPECT_TRUE(effects.members_changed) << "what others are shown has another incarnation";
  EXPECT_EQ(meeting.membership.self().incarnation, 1U);
}

TEST(Membership, ARefusalSaysWhichAddressWasAsked) {
  Membership membership(MembershipOptions::lan(), node("me"), 1);
  membership.start({"seed:1"}, begin);
  const JoinAnswer no{Refusal::name_taken, "taken", "seed:1", 0, {}};
  auto effects = membership.receive(peer(node("a")), no, begin);
  TimePoint now = begin;
  while (effects.events.empty() && now < begin + 10s) {
    now = *membership.next_deadline();
    effects = membership.tick(now);
  }
  EXPECT_EQ(now, begin + 1s) << "no other seed has said yes for a probe interval";
  ASSERT_EQ(effects.events.size(), 1U);
  EXPECT_EQ(effects.events[0].kind, Kind::join_refused);
  EXPECT_EQ(effects.events[0].dialled, "seed:1");
}

TEST(Membership, ANoIsNotTheLastWordWhenAnotherSeedSaysYesInTime) {
  Membership membership(MembershipOptions::lan(), node("me"), 1);
  membership.start({"seed:1", "other:1"}, begin);
  const JoinAnswer no{Refusal::name_taken, "taken", "seed:1", 0, {}};
  EXPECT_TRUE(membership.receive(peer(node("a")), no, begin).events.empty());
  EXPECT_TRUE(membership.tick(begin + 999ms).events.empty());
  const JoinAnswer yes{Refusal::none, {}, "other:1", 0, {to_state(node("b"))}};
  membership.receive(peer(node("b")), yes, begin + 999ms);
  for (const auto& event : membership.tick(begin + 1s).events) {
    EXPECT_NE(event.kind, Kind::join_refused);
  }
  EXPECT_EQ(membership.receive(peer(node("a")), no, begin + 2s).events.size(), 1U)
      << "a member is told at once";
}

}  // namespace
}  // namespace kith::cluster
