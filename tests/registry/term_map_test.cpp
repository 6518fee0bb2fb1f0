#include "registry/term_map.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace kith::registry {
namespace {

Value key_of(int number) {
  switch (number % 3) {
    case 0:
      return number;
    case 1:
      return "k" + std::to_string(number);
    default:
      return Value::array({"k", number});
  }
}

TEST(TermMap, AgreesWithAnOrderedMapAfterManyRandomChanges) {
  std::mt19937 random(1);
  for (const int keys : {3, 20, 700}) {
    TermMap<int> map;
    std::map<Value, int> expected;
    for (int step = 0; step < 20'000; ++step) {
      const Value key = key_of(static_cast<int>(random() % static_cast<unsigned>(keys)));
      const std::uint64_t hash = hash_of(key);
      if (random() % 2 == 0) {
        map(key, hash) = step;
        expected[key] = step;
      } else if (expected.erase(key) == 1) {
        map.erase(key, hash);
      }
      const Value other = key_of(static_cast<int>(random() % static_cast<unsigned>(keys)));
      const int* const found = map.find(other, hash_of(other));
      ASSERT_EQ(found != nullptr, expected.contains(other));
      if (found != nullptr) {
        ASSERT_EQ(*found, expected[other]);
      }
    }
    std::map<Value, int> all;
    for (const auto& entry : map.entries()) all.emplace(entry.key, entry.value);
    EXPECT_EQ(all, expected);
  }
}

TEST(TermMap, KeysWhoseHashesAreEqualStayApart) {
  TermMap<int> map;
  for (int i = 0; i < 6; ++i) map(i, 7) = i;
  for (int i = 0; i < 6; ++i) EXPECT_EQ(*map.find(i, 7), i);
  EXPECT_EQ(map.find(6, 7), nullptr);
}

TEST(TermMap, AnIntegerAndAFloatOfOneValueAreTwoKeys) {
  TermMap<int> map;
  map(1, hash_of(1)) = 10;
  map(1.0, hash_of(1.0)) = 20;
  EXPECT_EQ(*map.find(1, hash_of(1)), 10);
  EXPECT_EQ(*map.find(1.0, hash_of(1.0)), 20);
}

}  // namespace
}  // namespace kith::registry
