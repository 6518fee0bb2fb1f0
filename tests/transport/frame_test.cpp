// SPDX-License-Identifier: Apache-2.0
#include "transport/frame.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kith::transport {
namespace {

FrameHeader header() {
  return {.channel = Channel::state,
          .session = 3,
          .given_up = 2,
          .epoch = 4,
          .sequence = 0x1122334455667788,
          .sender = {.name = "ada", .boot = 0xfedcba9876543210},
          .cluster = "blue",
          .sender_address = "10.0.0.1:7400"};
}

Bytes frame_bytes() {
  const std::vector<Bytes> messages = {to_owned(as_bytes("one")), {}, to_owned(as_bytes("three"))};
  return encode_frame(header(), messages);
}

std::string refusal(BytesView bytes) {
  const Result<Frame> frame = decode_frame(bytes);
  if (frame) return "accepted";
  EXPECT_EQ(frame.error().code(), ErrorCode::decode);
  return frame.error().text();
}

TEST(Frame, BringsBackHeaderAndMessages) {
  const Bytes bytes = frame_bytes();
  const Result<Frame> frame = decode_frame(bytes);
  ASSERT_TRUE(frame) << frame.error().text();
  EXPECT_EQ(frame->header, header());
  ASSERT_EQ(frame->messages.size(), 3U);
  EXPECT_EQ(as_text(frame->messages[0]), "one");
  EXPECT_TRUE(frame->messages[1].empty());
  EXPECT_EQ(as_text(frame->messages[2]), "three");
}

TEST(Frame, MayHaveNoMessages) {
  const Bytes bytes = begin_frame(header());
  const Result<Frame> frame = decode_frame(bytes);
  ASSERT_TRUE(frame);
  EXPECT_TRUE(frame->messages.empty());
}

TEST(Frame, CarriesAMessageOfTheGreatestSize) {
  const std::string longest(255, 'n');
  FrameHeader greatest = header();
  greatest.sender.name = greatest.cluster = greatest.sender_address = longest;
  Bytes bytes = begin_frame(greatest);
  append_message(bytes, Bytes(limits::frame_size_bytes_max));
  EXPECT_LE(bytes.size(), frame_bytes_max);
  EXPECT_TRUE(decode_frame(bytes));
}

TEST(Frame, IsRefusedAtEveryPlaceWhereItCanBeCutExceptBetweenMessages) {
  const Bytes bytes = frame_bytes();
  const std::size_t head = begin_frame(header()).size();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const bool between = size == head || size == head + 7 || size == head + 11;
    EXPECT_EQ(decode_frame(BytesView(bytes).first(size)).has_value(), between) << size;
  }
}

TEST(Frame, NamesWhatIsWrong) {
  const auto changed = [](std::size_t place, int value) {
    Bytes bytes = frame_bytes();
    bytes[place] = static_cast<std::byte>(value);
    return refusal(bytes);
  };
  EXPECT_EQ(changed(0, 'x'), "malformed frame: it does not begin with the mark of a frame");
  EXPECT_EQ(changed(1, 9), "malformed frame: version 9 is not known");
  EXPECT_EQ(changed(2, 4), "malformed frame: channel 4 is not known");
  EXPECT_EQ(changed(3, 1), "malformed frame: the reserved byte is not zero");
}

TEST(Frame, RefusesASenderWithoutNameOrBoot) {
  FrameHeader nameless = header();
  nameless.sender.name.clear();
  EXPECT_EQ(refusal(begin_frame(nameless)), "malformed frame: the sender has no name");
  FrameHeader bootless = header();
  bootless.sender.boot = 0;
  EXPECT_EQ(refusal(begin_frame(bootless)), "malformed frame: the sender has no boot id");
}

TEST(Frame, RefusesAMessageLengthBeyondTheLimit) {
  Bytes bytes = begin_frame(header());
  bytes.insert(bytes.end(), 4, std::byte{0xff});
  EXPECT_EQ(refusal(bytes), "malformed frame: a message is too large");
}

TEST(Frame, RefusesMoreThanTheLimit) {
  EXPECT_EQ(refusal(Bytes(frame_bytes_max + 1, frame_mark)), "malformed frame: it is too large");
}

}  // namespace
}  // namespace kith::transport
