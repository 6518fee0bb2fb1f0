// SPDX-License-Identifier: Apache-2.0
#include "table/range_parts.hpp"

#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "table/ordered_table.hpp"

namespace kith::table {
namespace {

struct Self {
  int operator()(int item) const { return item; }
};
using Parts = RangeParts<int, int, Self, ThreeWay>;

std::vector<int> all(const Parts& parts) {
  return parts.snapshot().rows();
}

TEST(RangeParts, HasTheSameItemsHoweverItIsSplitAndJoined) {
  std::mt19937 random(7);
  Parts parts;
  std::set<int> expected;
  for (int step = 0; step < 20'000; ++step) {
    const int key = static_cast<int>(random() % 3000);
    parts.write(key, [&](Parts::Set& set) {
      if (set.find(key) == nullptr)
        set.insert(key);
      else
        set.erase(set.not_less(key));
    });
    if (!expected.insert(key).second) expected.erase(key);
    if (step % 50 == 0) parts.split(static_cast<int>(random() % 3000));
    if (step % 70 == 0 && parts.parts() > 1) parts.join();
    const int other = static_cast<int>(random() % 3000);
    ASSERT_EQ(parts.read(other, [&](const Parts::Set& set) { return set.find(other) != nullptr; }),
              expected.contains(other));
  }
  EXPECT_GT(parts.parts(), 10U);
  EXPECT_EQ(all(parts), std::vector<int>(expected.begin(), expected.end()));
}

TEST(RangeParts, NeverHasMoreThan64Parts) {
  Parts parts;
  for (int i = 0; i < 5000; ++i) parts.write(i, [&](Parts::Set& set) { set.insert(i); });
  for (int i = 0; i < 5000; i += 10) parts.split(i);
  EXPECT_EQ(parts.parts(), 64U);
  EXPECT_EQ(all(parts).size(), 5000U);
}

TEST(RangeParts, ASingleItemIsNotSplit) {
  Parts parts;
  parts.split(1);
  parts.write(1, [&](Parts::Set& set) { set.insert(1); });
  parts.split(1);
  EXPECT_EQ(parts.parts(), 1U);
}

TEST(RangeParts, ASnapshotStaysAsItWasWhenPartsAreSplitAndJoined) {
  Parts parts;
  for (int i = 0; i < 1000; ++i) parts.write(i, [&](Parts::Set& set) { set.insert(i); });
  parts.split(500);
  const auto snapshot = parts.snapshot();
  const auto before = snapshot.rows();
  parts.split(100);
  parts.join();
  parts.join();
  parts.write(5000, [](Parts::Set& set) { set.insert(5000); });
  parts.clear([] {});
  EXPECT_EQ(snapshot.rows(), before);
  EXPECT_EQ(before.size(), 1000U);
}

TEST(RangeParts, IsSplitWhereThreadsMeet) {
  // Two threads that contend at each visit: one stays inside until the other waits.
  Parts parts;
  for (int i = 0; i < 1000; ++i) parts.write(i, [&](Parts::Set& set) { set.insert(i); });
  for (int round = 0; round < 1000 && parts.parts() == 1; ++round) {
    std::atomic<int> inside{0};
    const auto visit = [&](int key) {
      parts.read(key, [&](const Parts::Set&) {
        ++inside;
        while (inside < 2) std::this_thread::yield();
        return 0;
      });
    };
    std::thread other([&] { visit(1); });
    visit(999);
    other.join();
  }
  EXPECT_EQ(parts.parts(), 2U);
}

TEST(RangeParts, ManyThreadsAgreeWithEachOthersWritesWhilePartsMove) {
  Parts parts;
  for (int i = 0; i < 400; ++i) parts.write(2 * i, [&](Parts::Set& set) { set.insert(2 * i); });
  std::atomic<bool> stop{false};
  std::thread mover([&] {
    for (int i = 0; !stop; ++i) {
      parts.split(i * 37 % 800);
      if (i % 3 == 0 && parts.parts() > 1) parts.join();
    }
  });
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < 1000; ++i) {  // inserts and erases its own odd numbers
        const int key = (i * 3 + writer) * 2 % 799 | 1;
        parts.write(key, [&](Parts::Set& set) {
          if (set.find(key) == nullptr)
            set.insert(key);
          else
            set.erase(set.not_less(key));
        });
        int even = 0;
        parts.read_up({}, [&](const Parts::Set& set) {
          for (auto at = set.begin(); at != set.end(); at = set.next(at)) {
            even += set.at(at) % 2 == 0 ? 1 : 0;
          }
          return false;
        });
        ASSERT_EQ(even, 400);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  mover.join();
}

}  // namespace
}  // namespace kith::table
