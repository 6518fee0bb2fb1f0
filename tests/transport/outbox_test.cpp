// SPDX-License-Identifier: Apache-2.0
#include "transport/internal/outbox.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::transport::internal {
namespace {

const Route app{Channel::app, "a:1"};
const Route control{Channel::control, "a:1"};
constexpr std::size_t batch = 64U << 10U;

Bytes bytes(std::string_view text) {
  return to_owned(as_bytes(text));
}

TEST(Outbox, GivesMessagesInOrderUpToTheSizeOfABatch) {
  Outbox outbox;
  for (const char* text : {"one", "two", "six"}) {
    ASSERT_TRUE(outbox.push("a:1", Channel::app, bytes(text)));
  }
  EXPECT_EQ(outbox.take(app, 14), (std::vector<Bytes>{bytes("one"), bytes("two")}));
  EXPECT_EQ(outbox.take(app, 14), (std::vector<Bytes>{bytes("six")}));
  EXPECT_TRUE(outbox.take(app, 14).empty());
}

TEST(Outbox, GivesAMessageThatIsLargerThanABatchAlone) {
  Outbox outbox;
  ASSERT_TRUE(outbox.push("a:1", Channel::app, Bytes(100)));
  ASSERT_TRUE(outbox.push("a:1", Channel::app, Bytes(1)));
  EXPECT_EQ(outbox.take(app, 10).size(), 1U);
}

TEST(Outbox, TellsWhichRoutesGotMessagesOnceAndControlFirst) {
  Outbox outbox;
  ASSERT_TRUE(outbox.push("a:1", Channel::app, Bytes(1)));
  ASSERT_TRUE(outbox.push("a:1", Channel::app, Bytes(1)));
  ASSERT_TRUE(outbox.push("a:1", Channel::control, Bytes(1)));
  const std::set<Route> ready = outbox.take_ready();
  EXPECT_EQ(std::vector<Route>(ready.begin(), ready.end()), (std::vector<Route>{control, app}));
  EXPECT_TRUE(outbox.take_ready().empty());
}

TEST(Outbox, LetsTheOldestControlMessageGiveWay) {
  Outbox outbox;
  for (std::size_t i = 0; i < Outbox::small_queue_messages_max; ++i) {
    EXPECT_EQ(outbox.push("a:1", Channel::control, bytes("old")).value(), 0U);
  }
  EXPECT_EQ(outbox.push("a:1", Channel::control, bytes("new")).value(), 1U);
  const auto waiting = outbox.take(control, batch);
  EXPECT_EQ(waiting.size(), Outbox::small_queue_messages_max);
  EXPECT_EQ(waiting.back(), bytes("new"));
}

TEST(Outbox, BoundsTheBytesAndTheNumberOfAppMessages) {
  Outbox outbox;
  std::size_t large = 0;
  while (outbox.push("a:1", Channel::app, Bytes(limits::frame_size_bytes_max))) ++large;
  EXPECT_LE(large * limits::frame_size_bytes_max, limits::peer_queue_bytes_max);
  std::size_t empty = 0;
  while (outbox.push("a:1", Channel::app, Bytes())) ++empty;
  EXPECT_LE(empty * sizeof(Bytes), limits::frame_size_bytes_max);
  EXPECT_EQ(outbox.push("a:1", Channel::app, Bytes()).error().code(), ErrorCode::overloaded);
  EXPECT_TRUE(outbox.push("b:1", Channel::app, Bytes()));
}

TEST(Outbox, KeepsWhatWasPushedAfterAClosingUntilTheClosingIsTaken) {
  Outbox outbox;
  ASSERT_TRUE(outbox.push("a:1", Channel::app, bytes("before")));
  outbox.close("a:1");
  ASSERT_TRUE(outbox.push("a:1", Channel::app, bytes("after")));
  EXPECT_TRUE(outbox.take(app, batch).empty());
  EXPECT_TRUE(outbox.waiting(app));
  EXPECT_EQ(outbox.take_closing(), std::set<Address>{"a:1"});
  EXPECT_EQ(outbox.take(app, batch), std::vector<Bytes>{bytes("after")});
}

}  // namespace
}  // namespace kith::transport::internal
