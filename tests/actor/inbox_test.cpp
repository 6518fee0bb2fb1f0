// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/inbox.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace kith::detail {
namespace {

constexpr std::int32_t plenty = 16'000'000;

SignalPointer numbered(std::uint64_t number) {
  auto signal = std::make_unique<Signal>(SignalKind::message);
  signal->reference.id = number;
  return signal;
}

Inbox::Pushed push(Inbox& inbox, std::uint64_t number, bool counts = true) {
  SignalPointer signal = numbered(number);
  return inbox.push(signal, counts, counts);
}

/// Returns the numbers of all queued messages, in order.
std::vector<std::uint64_t> taken(Inbox& inbox) {
  std::vector<std::uint64_t> numbers;
  for (Signal* at = inbox.take(); at != nullptr;) {
    const SignalPointer signal(at);
    at = at->next;
    numbers.push_back(signal->reference.id);
  }
  return numbers;
}

TEST(Inbox, GivesSignalsInTheOrderInWhichTheyCameAndTheOneThatWokeItFirst) {
  Inbox inbox;
  inbox.open(plenty, false);
  ASSERT_TRUE(inbox.fall_asleep());
  EXPECT_EQ(push(inbox, 1), Inbox::Pushed::must_wake);
  EXPECT_EQ(push(inbox, 2), Inbox::Pushed::added);
  EXPECT_EQ(push(inbox, 3), Inbox::Pushed::added);
  EXPECT_FALSE(inbox.fall_asleep());
  EXPECT_EQ(taken(inbox), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_TRUE(inbox.empty());
}

TEST(Inbox, CountsMessagesButNoOtherSignals) {
  Inbox inbox;
  inbox.open(plenty, true);
  ASSERT_TRUE(inbox.fall_asleep());
  push(inbox, 1);
  push(inbox, 2, false);
  push(inbox, 3);
  EXPECT_EQ(inbox.waiting(), 2U);
  taken(inbox);
  EXPECT_EQ(inbox.waiting(), 0U);
  inbox.set_queued(2);
  EXPECT_EQ(inbox.waiting(), 2U);
}

TEST(Inbox, IsFullWhenAsManyWaitAsItMayHoldWhereverTheyAre) {
  Inbox inbox;
  inbox.open(3, true);
  ASSERT_TRUE(inbox.fall_asleep());
  push(inbox, 1);
  taken(inbox);
  inbox.set_queued(1);
  ASSERT_TRUE(inbox.fall_asleep());
  EXPECT_EQ(push(inbox, 2), Inbox::Pushed::must_wake);
  EXPECT_EQ(push(inbox, 3), Inbox::Pushed::added);
  EXPECT_EQ(push(inbox, 4), Inbox::Pushed::full);
  EXPECT_EQ(push(inbox, 5, false), Inbox::Pushed::added) << "only messages are refused";
  EXPECT_EQ(taken(inbox), (std::vector<std::uint64_t>{2, 3, 5}));
  inbox.set_queued(3);
  ASSERT_TRUE(inbox.fall_asleep());
  EXPECT_EQ(push(inbox, 6), Inbox::Pushed::full) << "a sleeping process may hold messages too";
  EXPECT_EQ(push(inbox, 7, false), Inbox::Pushed::must_wake);
  taken(inbox);
}

TEST(Inbox, CountsMoreMessagesThanItsWordHasRoomFor) {
  Inbox inbox;
  constexpr std::uint64_t many = (1U << 20U) + 5;
  inbox.open(static_cast<std::int32_t>(many), false);
  for (std::uint64_t i = 0; i < many; ++i) ASSERT_EQ(push(inbox, i), Inbox::Pushed::added);
  EXPECT_EQ(inbox.waiting(), many);
  EXPECT_EQ(push(inbox, many), Inbox::Pushed::full);
  EXPECT_EQ(taken(inbox).size(), many);
  EXPECT_EQ(inbox.waiting(), 0U);
}

TEST(Inbox, RefusesWhatComesAfterItsEndAndGivesBackWhatCameBefore) {
  Inbox inbox;
  inbox.open(plenty, false);
  ASSERT_TRUE(inbox.fall_asleep());
  push(inbox, 1);
  push(inbox, 2);
  std::size_t left = 0;
  for (Signal* at = inbox.close(); at != nullptr; ++left) {
    const SignalPointer signal(at);
    at = at->next;
  }
  EXPECT_EQ(left, 2U);
  EXPECT_EQ(push(inbox, 3), Inbox::Pushed::closed);
}

/// A process that sleeps when its inbox is empty, and two threads that send to it. The sender that
/// must wake it gives it the turn; two turns at a time would be a data race for the sanitizer.
TEST(Inbox, IsWokenByExactlyOneSenderAndKeepsTheOrderOfEach) {
  constexpr std::uint64_t each = 20'000;
  Inbox inbox;
  inbox.open(plenty, false);
  ASSERT_TRUE(inbox.fall_asleep());
  std::atomic<int> turns{0};
  std::atomic<bool> disorder{false};
  std::uint64_t last[2] = {0, 0};
  std::uint64_t all = 0;
  const auto turn = [&] {
    if (turns.fetch_add(1, std::memory_order_acquire) != 0) disorder = true;
    for (;;) {
      for (const std::uint64_t number : taken(inbox)) {
        std::uint64_t& before = last[number % 2];
        if (number <= before && before != 0) disorder = true;
        before = number;
        ++all;
      }
      turns.fetch_sub(1, std::memory_order_release);
      if (inbox.fall_asleep()) return;
      turns.fetch_add(1, std::memory_order_acquire);
    }
  };
  const auto sender = [&](std::uint64_t which) {
    for (std::uint64_t i = 1; i <= each; ++i) {
      if (push(inbox, 2 * i + which) == Inbox::Pushed::must_wake) turn();
    }
  };
  {
    std::jthread one([&] { sender(0); });
    std::jthread other([&] { sender(1); });
  }
  EXPECT_FALSE(disorder);
  EXPECT_EQ(all, 2 * each);
  EXPECT_EQ(inbox.waiting(), 0U);
}

}  // namespace
}  // namespace kith::detail
