// SPDX-License-Identifier: Apache-2.0
#include "core/value.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/value_json.hpp"

namespace kith {
namespace {

TEST(Value, TheOrderOfTermsIsErlangs) {
  const std::vector<Value> ordered = {Value(-5),
                                      Value(1),
                                      Value(1.0),
                                      Value(1.5),
                                      Value(false),
                                      Value(nullptr),
                                      Value(true),
                                      Value(Pid{1, 2, 3}),
                                      Value::map({{"a", 1}}),
                                      Value::map({{"a", 1}, {"b", 2}}),
                                      Value::array({}),
                                      Value::array({1}),
                                      Value::array({1, 2}),
                                      Value::array({2}),
                                      Value(""),
                                      Value("a"),
                                      Value("ab"),
                                      Value("b")};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      EXPECT_EQ(ordered[i] < ordered[j], i < j)
          << to_json(ordered[i]) << ' ' << to_json(ordered[j]);
    }
  }
}

TEST(Value, NumbersCompareExactlyBeyondThePrecisionOfAFloat) {
  EXPECT_GT(Value(9007199254740993), Value(9007199254740992.0));
  EXPECT_LT(Value(INT64_MAX), Value(0x1.0p63));
  EXPECT_GT(Value(INT64_MIN), Value(-0x1.1p63));
  EXPECT_LT(Value(INT64_MIN), Value(-0x1.0p63)) << "of two equal numbers the integer comes first";
  EXPECT_LT(Value(-2), Value(-1.5));
}

TEST(Value, AnIntegerAndAFloatOfOneValueDiffer) {
  EXPECT_NE(Value(1), Value(1.0));
}

TEST(ValueJson, ReadsWhatItWrites) {
  const Value value = Value::map(
      {{"text", "a\"b\n"}, {"list", Value::array({1, 2.5, true, nullptr})}, {"big", INT64_MAX}});
  EXPECT_EQ(from_json(to_json(value)).value(), value);
}

TEST(ValueJson, RefusesWhatIsNotJson) {
  EXPECT_EQ(from_json("{").error().code(), ErrorCode::decode);
  EXPECT_EQ(from_json(std::string(1000, '[')).error().code(), ErrorCode::decode);
}

TEST(ValueJson, RefusesIntegersThatHaveNoRoomInsteadOfChangingThem) {
  EXPECT_EQ(from_json("9223372036854775807").value(), Value(INT64_MAX));
  EXPECT_EQ(from_json("-9223372036854775808").value(), Value(INT64_MIN));
  for (const char* text : {"9223372036854775808", "18446744073709551615", "18446744073709551616",
                           "-9223372036854775809", R"({"id":[123456789012345678901234567890]})"}) {
    const auto refused = from_json(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code(), ErrorCode::decode);
    EXPECT_NE(refused.error().text().find("64 bits"), std::string::npos) << refused.error().text();
  }
  EXPECT_EQ(from_json("9223372036854775808.0").value(), Value(0x1p63));
  EXPECT_EQ(from_json("1e20").value(), Value(1e20));
}

TEST(ValueJson, NestsAsDeepAsTermsAndTheLastOfEqualKeysCounts) {
  EXPECT_TRUE(from_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(from_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_EQ(from_json(R"({"a":{"b":[1,{}]},"a":[null]})").value(),
            Value::map({{"a", Value::array({nullptr})}}));
}

TEST(ValueJson, SaysWhereTheMistakeIsInAShortText) {
  const auto refused = from_json("[1, " + std::string(100'000, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("line 1, column"), std::string::npos);
  EXPECT_LT(refused.error().text().size(), 300U);
}

TEST(ValueJson, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(to_json(Value("caf\xe9")), "\"caf\xef\xbf\xbd\"");
}

TEST(Pid, IsReadFromWhatIsWritten) {
  const Pid pid{0xabcdef, 12, 3};
  EXPECT_EQ(pid_from_string(to_string(pid)), pid);
  EXPECT_EQ(pid_from_string("<1.2>"), std::nullopt);
  EXPECT_EQ(pid_from_string("<1.2.3> "), std::nullopt);
}

}  // namespace
}  // namespace kith
