// SPDX-License-Identifier: Apache-2.0
#include "core/flat_set.hpp"

#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "core/value_hash.hpp"

namespace kith {
namespace {

struct Item {
  Value key;
  int value = 0;
};
struct KeyOf {
  const Value& operator()(const Item& item) const { return item.key; }
};
using Items = FlatSet<Item, KeyOf, ValueHash>;

Value key_of(unsigned number) {
  switch (number % 3) {
    case 0:
      return number;
    case 1:
      return "k" + std::to_string(number);
    default:
      return Value::array({"k", number});
  }
}

/// A set and its expected content, changed together.
struct Pair {
  Items set;
  std::map<Value, int> expected;

  void change(const Value& key, int value) {
    const std::uint64_t hash = ValueHash()(key);
    const std::size_t place = set.find(key, hash);
    ASSERT_EQ(place != Items::none, expected.contains(key));
    if (place == Items::none) {
      set.insert({key, value}, hash);
      expected[key] = value;
    } else if (value % 3 == 0) {
      set[place].value = value;
      expected[key] = value;
    } else {
      EXPECT_EQ(set[place].value, expected[key]);
      set.erase(place);
      expected.erase(key);
    }
  }
  [[nodiscard]] std::map<Value, int> content() const {
    std::map<Value, int> all;
    for (std::size_t place = 0; place < set.places(); ++place) {
      if (set.is_hole(place)) continue;
      EXPECT_TRUE(all.emplace(set[place].key, set[place].value).second);
    }
    return all;
  }
};

TEST(FlatSet, AgreesWithAnOrderedMapAfterManyRandomChanges) {
  std::mt19937 random(1);
  for (const unsigned keys : {3U, 20U, 700U}) {
    Pair pair;
    for (int step = 0; step < 20'000; ++step) {
      pair.change(key_of(static_cast<unsigned>(random() % keys)), step);
      if (random() % 500 == 0) pair.set.keep_places(random() % 2 == 0);
    }
    EXPECT_EQ(pair.content(), pair.expected);
    pair.set.keep_places(false);
    EXPECT_EQ(pair.content(), pair.expected);
    EXPECT_EQ(pair.set.places(), pair.expected.size());
  }
}

TEST(FlatSet, WhilePlacesAreKeptAWalkMeetsEachItemThatStaysOnce) {
  Pair pair;
  for (unsigned i = 0; i < 100; ++i) pair.change(key_of(i), 0);
  pair.set.keep_places(true);
  std::multiset<Value> met;
  for (std::size_t place = 0; place < pair.set.places(); ++place) {
    if (pair.set.is_hole(place)) continue;
    met.insert(pair.set[place].key);
    pair.set.erase(place);  // the current element, and one visited before or later
    const Value other = key_of(static_cast<unsigned>(place * 7 % 100));
    const std::size_t at = pair.set.find(other, ValueHash()(other));
    if (at != Items::none && at < place) pair.set.erase(at);
  }
  EXPECT_EQ(met.size(), 100U);
  EXPECT_EQ(std::set(met.begin(), met.end()).size(), 100U);
}

TEST(FlatSet, AnErasedKeyKeepsItsPlaceWhilePlacesAreKept) {
  Pair pair;
  pair.change("a", 0);
  pair.change("b", 0);
  pair.set.keep_places(true);
  const std::uint64_t hash = ValueHash()("a");
  const std::size_t place = pair.set.find("a", hash);
  pair.set.erase(place);
  EXPECT_EQ(pair.set.find("a", hash), Items::none);
  EXPECT_EQ(pair.set.find_erased("a", hash), place);
  EXPECT_EQ(pair.set.insert({"a", 7}, hash), place);
  EXPECT_EQ(pair.set.size(), 2U);
}

TEST(FlatSet, KeysWhoseHashesAreEqualStayApart) {
  Items set;
  for (int i = 0; i < 6; ++i) set.insert({i, i}, 7);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(set[set.find(Value(i), 7)].value, i);
  EXPECT_EQ(set.find(Value(6), 7), Items::none);
}

}  // namespace
}  // namespace kith
