// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/read_biased_lock.hpp"
#include "core/shared_lock.hpp"

namespace kith {
namespace {

/// Two numbers that are equal whenever no write is in progress.
struct Pair {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

/// Runs writer and reader threads to their end; returns how many reads saw half a write.
template <typename Write, typename Read>
std::uint64_t torn_readings(Write write, Read read) {
  constexpr int rounds = 20'000;
  std::atomic<std::uint64_t> torn{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < rounds; ++k) write();
    });
    threads.emplace_back([&] {
      for (int k = 0; k < rounds; ++k) torn.fetch_add(read() ? 0 : 1, std::memory_order_relaxed);
    });
  }
  threads.clear();
  return torn;
}

void change(Pair& pair) {
  ++pair.first;
  ++pair.second;
}

TEST(SharedLock, AReaderNeverSeesHalfAWriting) {
  SharedLock lock;
  Pair pair;
  const auto torn = torn_readings(
      [&] {
        const std::unique_lock writing(lock);
        change(pair);
      },
      [&] {
        const std::shared_lock reading(lock);
        return pair.first == pair.second;
      });
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(pair.first, 40'000U);
}

/// More reads than writes, so that the lock repeatedly becomes reader-biased and is revoked.
TEST(ReadBiasedLock, AReaderNeverSeesHalfAWriting) {
  ReaderLines lines;
  ReadBiasedLock lock;
  lock.use(lines);
  Pair pair;
  const auto torn = torn_readings(
      [&] {
        const std::unique_lock writing(lock);
        change(pair);
      },
      [&] {
        bool whole = true;
        for (int i = 0; i < 300; ++i) {
          const ReadBiasedLock::Reading reading(lock);
          whole &= pair.first == pair.second;
        }
        return whole;
      });
  EXPECT_EQ(torn, 0U);
  EXPECT_EQ(pair.first, 40'000U);
}

TEST(ReadBiasedLock, AWriterWaitsForAReaderOfALockThatHasTurnedToReaders) {
  ReaderLines lines;
  ReadBiasedLock lock;
  lock.use(lines);
  for (int i = 0; i < 1000; ++i) const ReadBiasedLock::Reading reading(lock);
  std::atomic<bool> wants{false};
  std::atomic<bool> written{false};
  std::jthread writer;
  {
    const ReadBiasedLock::Reading reading(lock);
    writer = std::jthread([&] {
      wants = true;
      const std::unique_lock writing(lock);
      written = true;
    });
    while (!wants) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    EXPECT_FALSE(written);
  }
  writer.join();
  EXPECT_TRUE(written);
}

TEST(ReadBiasedLock, AThreadMayReadUnderSeveralLocksOfTheSameLines) {
  ReaderLines lines;
  std::array<ReadBiasedLock, 3> locks;
  for (auto& lock : locks) {
    lock.use(lines);
    for (int i = 0; i < 1000; ++i) const ReadBiasedLock::Reading reading(lock);
  }
  {
    const ReadBiasedLock::Reading first(locks[0]);
    const ReadBiasedLock::Reading second(locks[1]);
    const ReadBiasedLock::Reading third(locks[2]);
  }
  for (auto& lock : locks) const std::unique_lock writing(lock);  // no reader still holds a lock
}

TEST(ReadBiasedLock, WithoutLinesItIsAPlainLock) {
  ReadBiasedLock lock;
  for (int i = 0; i < 1000; ++i) const ReadBiasedLock::Reading reading(lock);
  const std::unique_lock writing(lock);
}

}  // namespace
}  // namespace kith
