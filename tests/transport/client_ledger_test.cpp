// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/client_ledger.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::transport::internal {
namespace {

constexpr std::size_t mebibyte = 1U << 20U;
constexpr std::size_t request = 64;

AnswerFate ask_and_answer(ClientLedger& ledger, const std::string& app, std::size_t size_bytes) {
  EXPECT_TRUE(ledger.open(app + "#1", app, request));
  return ledger.answer(app + "#1", app, size_bytes);
}

TEST(ClientLedger, AnAppThatTakesNothingMakesTheNodeKeepItsShareAndNoMore) {
  ClientLedger ledger;
  int sent = 0;
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (!ledger.open("app#1", "app", request)) {
      refused += 1;
      static_cast<void>(ledger.refuse("app", 200));
      continue;
    }
    if (ledger.answer("app#1", "app", mebibyte) == AnswerFate::send) sent += 1;
  }
  EXPECT_EQ(sent, 63);
  EXPECT_GT(refused, 90'000);
  EXPECT_LE(ledger.answers_bytes("app"),
            limits::client_answers_bytes_max + ClientLedger::notices_bytes);
}

TEST(ClientLedger, AnAnswerWithoutRoomIsReplacedByAnErrorBeforeItIsDropped) {
  ClientLedger ledger({.client_answers = mebibyte});
  EXPECT_EQ(ask_and_answer(ledger, "app", mebibyte / 2), AnswerFate::send);
  EXPECT_EQ(ask_and_answer(ledger, "app", mebibyte), AnswerFate::shorten);
  while (ledger.refuse("app", 4096)) {
  }
  ASSERT_FALSE(ledger.open("app#1", "app", request));
}

TEST(ClientLedger, WhatTheAppTakesIsFreeAgain) {
  ClientLedger ledger;
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(ask_and_answer(ledger, "app", mebibyte), AnswerFate::send);
    ledger.release("app", mebibyte);
  }
  EXPECT_EQ(ledger.answers_bytes(), 0U);
}

TEST(ClientLedger, RequestsUnderWayAreBoundedByBytesAndByNumber) {
  ClientLedger ledger;
  int small = 0;
  while (ledger.open("small#" + std::to_string(small), "small", request)) small += 1;
  EXPECT_GE(small, 4'000);
  EXPECT_LE(small, 4'096);
  int large = 0;
  Result<void> opened;
  while ((opened = ledger.open("large#" + std::to_string(large), "large", mebibyte))) large += 1;
  EXPECT_EQ(opened.error().code(), ErrorCode::overloaded);
  EXPECT_EQ(large, 63);
  EXPECT_EQ(ledger.answer("large#0", "large", 10), AnswerFate::send);
  EXPECT_TRUE(ledger.open("large#0", "large", mebibyte));
}

TEST(ClientLedger, AFewThatTakeNothingDoNotLockOthersOut) {
  ClientLedger ledger;
  for (const char* greedy : {"a", "b", "c", "d", "e"}) {
    for (int i = 0; i < 70; ++i) {
      const std::string request_id = greedy + std::to_string(i);
      if (ledger.open(request_id, greedy, request)) {
        static_cast<void>(ledger.answer(request_id, greedy, mebibyte));
      }
    }
  }
  EXPECT_EQ(ask_and_answer(ledger, "modest", mebibyte), AnswerFate::send);
  EXPECT_LE(ledger.answers_bytes(), 2 * limits::answers_bytes_max + ClientLedger::notices_bytes);
}

TEST(ClientLedger, EveryRequestIsAnsweredOnceEvenWhenItsNumberIsUsedTwice) {
  ClientLedger ledger;
  ASSERT_TRUE(ledger.open("app#1", "app", request));
  ASSERT_TRUE(ledger.open("app#1", "app", request));
  EXPECT_EQ(ledger.unanswered(), (std::vector<ClientId>{"app#1", "app#1"}));
  EXPECT_EQ(ledger.answer("app#1", "app", 1), AnswerFate::send);
  EXPECT_EQ(ledger.answer("app#1", "app", 1), AnswerFate::send);
  EXPECT_EQ(ledger.answer("app#1", "app", 1), AnswerFate::unknown);
  EXPECT_TRUE(ledger.unanswered().empty());
}

}  // namespace
}  // namespace kith::transport::internal
