// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/message_queue.hpp"

#include <cstdint>
#include <memory>

#include <gtest/gtest.h>

namespace kith::detail {
namespace {

MessagePointer message(int value, std::uint64_t reference = 0) {
  auto made = std::make_unique<TypedMessage<int>>(SignalKind::message, value);
  if (reference != 0) made->reference = Reference{1, reference};
  return made;
}

int value_of(const MessagePointer& message) {
  return *static_cast<int*>(message->content());
}

/// Fills a queue and searches past enough messages that it builds an index of references.
void fill_until_indexed(MessageQueue& queue) {
  for (int i = 0; i < 100; ++i) queue.push(message(i));
  EXPECT_EQ(queue.take_news(Reference{1, 7}, false), nullptr);
}

TEST(MessageQueue, FindsAnAnswerAmongManyMessagesAfterOthersWereTaken) {
  MessageQueue queue;
  fill_until_indexed(queue);
  queue.push(message(1000, 7));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(value_of(queue.pop()), i);
  const MessagePointer answer = queue.take_news(Reference{1, 7}, false);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(value_of(answer), 1000);
  EXPECT_EQ(queue.size(), 50U);
}

TEST(MessageQueue, ForgetsTheReferenceOfAMessageThatWasTakenInItsTurn) {
  MessageQueue queue;
  fill_until_indexed(queue);
  queue.push(message(1000, 7));
  queue.push(message(1001));
  for (int i = 0; i < 101; ++i) queue.pop();
  EXPECT_EQ(queue.take_news(Reference{1, 7}, false), nullptr);
  EXPECT_EQ(value_of(queue.pop()), 1001);
}

}  // namespace
}  // namespace kith::detail
