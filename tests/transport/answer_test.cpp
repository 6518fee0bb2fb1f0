// SPDX-License-Identifier: Apache-2.0
#include "transport/answer.hpp"

#include <string>

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "transport/codec.hpp"

namespace kith::transport {
namespace {

TEST(Answer, IsAResultOrAnError) {
  EXPECT_EQ(to_json(decode_value(encode_answer(Value(1))).value()), R"({"ok":1})");
  EXPECT_EQ(to_json(decode_value(encode_answer(Error(ErrorCode::conflict, "why"))).value()),
            R"({"error":{"code":"conflict","text":"why"}})");
}

TEST(Answer, WithoutRoomInAMessageIsAnErrorWithItsSizeAndTheLimit) {
  const std::string text =
      to_json(decode_value(encode_answer(Value(std::string(1'200'000, 'x')))).value());
  EXPECT_NE(text.find("invalid_argument"), std::string::npos);
  EXPECT_NE(text.find("1200009"), std::string::npos) << text;
  EXPECT_NE(text.find("1048576"), std::string::npos);
}

TEST(Answer, CutsATextThatIsTooLongBetweenCharacters) {
  std::string longest;
  while (longest.size() < limits::frame_size_bytes_max) longest += "漢";
  const Bytes answer = encode_answer(Error(ErrorCode::internal, longest));
  EXPECT_LT(answer.size(), 5000U);
  const std::string text = decode_value(answer)->find("error")->find("text")->text_or("");
  EXPECT_TRUE(text.ends_with("漢…"));
}

}  // namespace
}  // namespace kith::transport
