// SPDX-License-Identifier: Apache-2.0
#include "registry/key_bytes.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(KeyBytes, AreEqualExactlyForEqualTerms) {
  const std::vector<Value> terms = {nullptr,
                                    true,
                                    false,
                                    0,
                                    1,
                                    -1,
                                    127,
                                    128,
                                    -128,
                                    std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max(),
                                    0.0,
                                    1.0,
                                    -1.5,
                                    "",
                                    "a",
                                    "ab",
                                    std::string(300, 'x'),
                                    std::string("\0", 1),
                                    Bytes{},
                                    Bytes{std::byte{'a'}},
                                    Pid{1, 2, 3},
                                    Pid{1, 3, 2},
                                    Reference{1, 2},
                                    Value::array({}),
                                    Value::array({"a"}),
                                    Value::array({"a", "b"}),
                                    Value::array({Value::array({"a"}), "b"}),
                                    Value::array({Value::array({"a", "b"})}),
                                    Value::map({}),
                                    Value::map({{"a", 1}}),
                                    Value::map({{"a", Value::map({{"a", 1}})}})};
  for (const Value& a : terms) {
    for (const Value& b : terms) {
      EXPECT_EQ(key_bytes(a) == key_bytes(b), a == b) << to_json(a) << " and " << to_json(b);
    }
  }
}

TEST(KeyBytes, BothZerosAreOneAndSoIsWhatIsNoNumber) {
  EXPECT_EQ(key_bytes(Value(0.0)), key_bytes(Value(-0.0)));
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(key_bytes(Value(none)), key_bytes(Value(-none)));
}

TEST(KeyBytes, OfATextAreThoseOfTheTermThatItIs) {
  EXPECT_EQ(key_bytes(std::string_view("name")), key_bytes(Value("name")));
}

}  // namespace
}  // namespace kith
