// SPDX-License-Identifier: Apache-2.0
#include "transport/codec.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace kith::transport {
namespace {

struct Place {
  std::string street;
  std::int64_t number = 0;
  KITH_FIELDS(street, number)
  friend bool operator==(const Place&, const Place&) = default;
};

struct Person {
  std::string name;
  std::uint32_t age = 0;
  std::optional<std::string> nick;
  std::vector<Place> places;
  std::map<std::string, double> scores;
  Pid process;
  KITH_WIRE("person", name, age, nick, places, scores, process)
  friend bool operator==(const Person&, const Person&) = default;
};

struct Counter {
  std::uint64_t count = 0;
  KITH_FIELDS(count)
};

Bytes bytes_of(std::initializer_list<int> numbers) {
  Bytes bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

Value round_trip(const Value& value) {
  const Result<Value> decoded = decode_value(encode_value(value));
  return decoded ? *decoded : Value("refused: " + decoded.error().text());
}

std::string refusal(const Bytes& bytes) {
  const Result<Value> decoded = decode_value(bytes);
  if (decoded) return "accepted";
  EXPECT_EQ(decoded.error().code(), ErrorCode::decode);
  return decoded.error().text();
}

template <typename Message>
std::string refusal_of(const Value& value) {
  const Result<Message> decoded = decode_message<Message>(encode_value(value));
  return decoded ? "accepted" : decoded.error().text();
}

Value nested(std::size_t depth) {
  Value value = ValueArray{};
  for (std::size_t i = 1; i < depth; ++i) value = ValueArray{std::move(value)};
  return value;
}

TEST(Codec, BringsBackEveryKindOfTerm) {
  const std::vector<Value> terms = {
      nullptr,
      true,
      false,
      0,
      -1,
      127,
      128,
      65'536,
      std::numeric_limits<std::int64_t>::min(),
      std::numeric_limits<std::int64_t>::max(),
      0.0,
      -2.5,
      "",
      "text",
      std::string(70'000, 'x'),
      Bytes{},
      to_owned(as_bytes("bytes")),
      Pid{.node = 0xfedcba9876543210, .index = 7, .generation = 0xffffffff},
      Reference{.node = 1, .id = ~std::uint64_t{0}},
      ValueArray{},
      ValueMap{},
      Value::array({1, "two", Value::array({3.0})}),
      Value::map({{"a", 1}, {"b", Value::map({{"c", nullptr}})}})};
  for (const Value& term : terms) EXPECT_EQ(round_trip(term), term);
}

TEST(Codec, KeepsOneAndOnePointZeroApart) {
  EXPECT_EQ(round_trip(1).kind(), Value::Kind::integer);
  EXPECT_EQ(round_trip(1.0).kind(), Value::Kind::real);
}

TEST(Codec, BringsBackAStructWithAllItsFields) {
  const Person person{.name = "Ada",
                      .age = 36,
                      .nick = std::nullopt,
                      .places = {{"Mill Lane", 3}, {"High Street", -1}},
                      .scores = {{"chess", 1.5}},
                      .process = {1, 2, 3}};
  const Result<Person> decoded = decode_message<Person>(encode_message(person));
  ASSERT_TRUE(decoded) << decoded.error().text();
  EXPECT_EQ(*decoded, person);
}

TEST(Codec, AcceptsFieldsInAnyOrderAndPassesOverUnknownOnes) {
  // The fields of a ValueMap are sorted, so "also" and "number" come before "street".
  const Value fields = Value::map(
      {{"street", "Mill Lane"}, {"also", Value::array({Value::map({{"x", 1}})})}, {"number", 3}});
  const Result<Place> place = decode_message<Place>(encode_value(fields));
  ASSERT_TRUE(place) << place.error().text();
  EXPECT_EQ(*place, (Place{"Mill Lane", 3}));
}

TEST(Codec, NamesTheMissingField) {
  EXPECT_EQ(refusal_of<Place>(Value::map({{"street", "x"}})).substr(0, 29),
            "the field 'number' is missing");
}

TEST(Codec, NamesTheFieldOfTheWrongKind) {
  EXPECT_EQ(refusal_of<Place>(Value::map({{"street", 1}, {"number", 1}})),
            "expected text, found integer at 'street'");
  EXPECT_EQ(refusal_of<Place>(Value::map({{"street", "x"}, {"number", 2.0}})),
            "expected integer, found float at 'number'");
}

TEST(Codec, NamesThePlaceOfAMistakeDeepInside) {
  const Value place = Value::map({{"street", "x"}, {"number", "three"}});
  EXPECT_EQ(refusal_of<Person>(Value::map({{"places", Value::array({place})}})),
            "expected integer, found text at 'places[0].number'");
}

TEST(Codec, RefusesANegativeNumberForAnUnsignedField) {
  EXPECT_EQ(refusal_of<Person>(Value::map({{"age", -1}})).substr(0, 29),
            "the number -1 is out of range");
}

TEST(Codec, CarriesUnsigned64BitsAsTwosComplement) {
  const Counter counter{.count = ~std::uint64_t{0} - 4};
  const Result<Counter> decoded = decode_message<Counter>(encode_message(counter));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->count, counter.count);
}

TEST(Codec, RefusesAForeignNumberAbove63Bits) {
  const Bytes bytes = bytes_of({0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  EXPECT_EQ(refusal(bytes), "the number 18446744073709551615 does not fit into 64 bits with sign");
}

TEST(Codec, AcceptsAnIntegerWhereAFloatIsExpected) {
  const Result<double> number = decode_message<double>(encode_value(3));
  ASSERT_TRUE(number);
  EXPECT_EQ(*number, 3.0);
}

TEST(Codec, RefusesNothing) {
  EXPECT_EQ(refusal({}), "there are no bytes");
}

TEST(Codec, RefusesMoreBytesThanTheLimit) {
  const Bytes bytes = encode_value(std::string(limits::frame_size_bytes_max, 'x'));
  EXPECT_NE(refusal(bytes).find("more than the limit"), std::string::npos);
}

TEST(Codec, RefusesTermsNestedTooDeep) {
  EXPECT_EQ(round_trip(nested(limits::decode_depth_max)), nested(limits::decode_depth_max));
  EXPECT_EQ(refusal(encode_value(nested(limits::decode_depth_max + 1))), "nested deeper than 32");
  EXPECT_EQ(refusal(Bytes(1'000'000, std::byte{0x91})), "nested deeper than 32");
}

TEST(Codec, RefusesAnArrayLongerThanTheLimit) {
  const ValueArray most(limits::decode_elements_max, 1);
  EXPECT_EQ(round_trip(most), Value(most));
  const ValueArray more(limits::decode_elements_max + 1, 1);
  EXPECT_EQ(refusal(encode_value(more)),
            "an array has more elements than allowed or than there are bytes");
}

TEST(Codec, RefusesAnAnnouncedSizeThatTheBytesCannotHold) {
  EXPECT_EQ(refusal(bytes_of({0xdd, 0x7f, 0xff, 0xff, 0xff})),
            "an array has more elements than allowed or than there are bytes");
  EXPECT_EQ(refusal(bytes_of({0xdd, 0x03, 0xff, 0xff, 0xff})),
            "an array has more elements than allowed or than there are bytes");
  EXPECT_EQ(refusal(bytes_of({0xdf, 0x7f, 0xff, 0xff, 0xff})),
            "a map has more fields than allowed or than there are bytes");
  EXPECT_EQ(refusal(bytes_of({0xdb, 0x7f, 0xff, 0xff, 0xff})), "the message is cut off");
  EXPECT_EQ(refusal(bytes_of({0xc9, 0x7f, 0xff, 0xff, 0xff, 0x01})), "the message is cut off");
}

TEST(Codec, RefusesNestedArraysThatEachAnnounceMuch) {
  Bytes bytes;
  for (int i = 0; i < 100; ++i) {
    const Bytes head = bytes_of({0xdd, 0x00, 0x10, 0x00, 0x00});
    bytes.insert(bytes.end(), head.begin(), head.end());
  }
  EXPECT_EQ(refusal(bytes), "an array has more elements than allowed or than there are bytes");
}

TEST(Codec, RefusesBytesLeftOver) {
  EXPECT_EQ(refusal(bytes_of({0x01, 0x02, 0x03})), "2 bytes are left over");
}

TEST(Codec, RefusesAMessageThatIsCutOff) {
  Bytes bytes = encode_value(Value::array({"abcdef", 1}));
  bytes.pop_back();
  EXPECT_EQ(refusal(bytes), "the message is cut off");
}

TEST(Codec, RefusesAByteThatMessagePackDoesNotKnow) {
  EXPECT_NE(refusal(bytes_of({0xc1})).find("malformed"), std::string::npos);
}

TEST(Codec, RefusesAnUnknownExtension) {
  Bytes bytes = bytes_of({0xd8, 9});
  bytes.resize(18);
  EXPECT_EQ(refusal(bytes), "unknown extension type 9");
  EXPECT_EQ(refusal(bytes_of({0xd4, 1, 0})), "unknown extension type 1");
}

TEST(Codec, RefusesAMapWhoseKeyIsNotAText) {
  EXPECT_EQ(refusal(bytes_of({0x81, 0x01, 0x02})), "expected text, found integer at '?'");
}

TEST(Codec, RefusesAnArrayWithPartsThatNobodyRead) {
  const Bytes bytes = encode_value(Value::array({1, 2, 3}));
  const Result<void> read = MessagePack().decode(bytes, [](WireReader& reader) {
    reader.begin_array();
    reader.integer();
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().text(), "parts are left over at '[1]'");
}

TEST(Codec, RefusesAPairOfThree) {
  using Pair = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(refusal_of<Pair>(Value::array({1, 2, 3})).substr(0, 23), "a pair has two elements");
}

TEST(Codec, GivesEmptyValuesAfterTheFirstMistake) {
  const Bytes bytes = encode_value(Value::array({1, 2}));
  const Result<void> read = MessagePack().decode(bytes, [](WireReader& reader) {
    EXPECT_EQ(reader.text(), "");
    EXPECT_EQ(reader.peek(), WireReader::Kind::none);
    EXPECT_EQ(reader.begin_array(), 0U);
    EXPECT_EQ(reader.integer(), 0);
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().text(), "expected text, found array");
}

}  // namespace
}  // namespace kith::transport
