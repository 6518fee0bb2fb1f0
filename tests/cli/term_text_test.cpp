// SPDX-License-Identifier: Apache-2.0
#include "cli/term_text.hpp"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace kith::cli {
namespace {

Bytes bytes_of(std::initializer_list<int> numbers) {
  Bytes bytes;
  for (const int each : numbers) bytes.push_back(static_cast<std::byte>(each));
  return bytes;
}

TEST(TermText, WhatIsShownIsReadAsTheSameTerm) {
  const std::vector<std::pair<Value, std::string>> both = {
      {7, "7"},
      {7.0, "7.0"},
      {nullptr, "null"},
      {true, "true"},
      {"a\"b", R"("a\"b")"},
      {bytes_of({0, 255}), R"({"$bytes":"00ff"})"},
      {Bytes{}, R"({"$bytes":""})"},
      {Pid{0x1f, 12, 1}, R"({"$pid":"<1f.12.1>"})"},
      {Reference{0x1f, 7}, R"({"$reference":"#Ref<1f.7>"})"},
      {std::numeric_limits<double>::infinity(), R"({"$float":"infinity"})"},
      {-std::numeric_limits<double>::infinity(), R"({"$float":"-infinity"})"},
      {Value::array({1, Value::array({}), Pid{1, 2, 3}}), R"([1,[],{"$pid":"<1.2.3>"}])"},
      {Value::map({{"a", 1}, {"b", bytes_of({1})}}), R"({"a":1,"b":{"$bytes":"01"}})"},
      {Value::map({{"$bytes", "00"}}), R"({"$map":{"$bytes":"00"}})"},
      {Value::map({{"$map", Value::map({{"$x", 1}})}}), R"({"$map":{"$map":{"$map":{"$x":1}}}})"},
      {Value::map({{"$a", 1}, {"$b", 2}}), R"({"$a":1,"$b":2})"},
  };
  for (const auto& [term, text] : both) {
    EXPECT_EQ(term_to_text(term), text);
    const auto read = term_from_text(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(*read, term) << text;
  }
  EXPECT_EQ(term_to_text(std::nan("")), R"({"$float":"nan"})");
  EXPECT_TRUE(std::isnan(*term_from_text(R"({"$float":"nan"})").value().get_if<double>()));
}

TEST(TermText, SaysWhereAndWhatIsExpected) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "unexpected end"},
      {"[1,", "line 1, column 4"},
      {"{'a':1}", "line 1, column 2"},
      {"ann", "line 1, column 1"},
      {"1 2", "expected end of input"},
      {std::string(100, '[') + std::string(100, ']'), "nests deeper"},
      {R"({"$bytes":"0"})", "two hexadecimal digits"},
      {R"({"$bytes":"0g"})", "two hexadecimal digits"},
      {R"({"$bytes":"-1"})", "two hexadecimal digits"},
      {R"({"$bytes":7})", "two hexadecimal digits"},
      {R"([{"$pid":"<1f.12>"}])", "<1f.12.1>"},
      {R"({"$pid":[]})", "<1f.12.1>"},
      {R"({"$reference":"#Ref<1f.>"})", "#Ref<1f.7>"},
      {R"({"$reference":"#Ref<"})", "#Ref<1f.7>"},
      {R"({"$reference":"#Ref<.1>"})", "#Ref<1f.7>"},
      {R"({"$float":"one"})", "infinity"},
      {R"({"$map":[]})", "an object"},
      {R"({"a":{"$byte":""}})", R"({"$map":{"$byte":...}})"},
  };
  for (const auto& [text, says] : wrong) {
    const auto read = term_from_text(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::invalid_argument) << text;
    EXPECT_NE(read.error().text().find(says), std::string::npos) << read.error().text();
  }
}

TEST(TermText, AKeyThatIsNoJsonIsATextUnlessItBeginsLikeJson) {
  const std::vector<std::pair<std::string, Value>> keys = {{"ann", "ann"},
                                                           {"7", 7},
                                                           {"7.0", 7.0},
                                                           {"\"7\"", "7"},
                                                           {"1.2.3", "1.2.3"},
                                                           {"true", true},
                                                           {"/docs", "/docs"},
                                                           {"-5", -5},
                                                           {"", ""},
                                                           {" ", " "},
                                                           {"[\"a\",1]", Value::array({"a", 1})},
                                                           {"a[1", "a[1"}};
  for (const auto& [text, key] : keys) EXPECT_EQ(key_from_text(text).value(), key) << text;
  for (const char* text : {"[1", "\"ann", "{a}", " [1", R"({"$pid":"x"})"}) {
    EXPECT_EQ(key_from_text(text).error().code(), ErrorCode::invalid_argument) << text;
  }
}

TEST(TermText, ARowIsAnArrayAndTheErrorShowsOne) {
  EXPECT_EQ(row_from_text(R"(["ann",7])").value(), (ValueArray{"ann", 7}));
  for (const char* text : {"7", "{}", "[7", "ann"}) {
    const auto row = row_from_text(text);
    ASSERT_FALSE(row) << text;
    EXPECT_NE(row.error().text().find(R"('["ann",7]')"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace kith::cli
