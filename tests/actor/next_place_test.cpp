// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/next_place.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

#include "core/clock.hpp"

namespace kith::detail {
namespace {

struct Ready {
  std::uint64_t taken = 0;  // by the owner: two owners at a time are a data race
};

TEST(NextPlace, IsEmptyAfterItsProcessWasTaken) {
  const ProcessFence fence;
  NextPlace<Ready> place(fence);
  Ready process;
  EXPECT_EQ(place.take(), nullptr);
  place.fill(process);
  EXPECT_FALSE(place.is_empty());
  EXPECT_EQ(place.take(), &process);
  EXPECT_TRUE(place.is_empty());
  place.fill(process);
  EXPECT_EQ(place.take_stuck(), &process);
  EXPECT_EQ(place.take(), nullptr);
}

/// The worker keeps filling and emptying its place while another thread steals from it, until both
/// have had the process often. The process is put back only after its last owner released it.
TEST(NextPlace, GivesAProcessToTheWorkerOrToAnotherButNeverToBoth) {
  constexpr std::uint64_t own_min = 100'000;
  constexpr std::uint64_t stolen_min = 500;
  const SystemClock clock;
  const TimePoint deadline = clock.now() + std::chrono::minutes(2);
  const ProcessFence fence;
  NextPlace<Ready> place(fence);
  Ready process;
  std::atomic<bool> is_back{true};
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> stolen{0};
  std::jthread other([&] {
    while (!over.load()) {
      Ready* got = place.take_stuck();
      if (got == nullptr) continue;
      ++got->taken;
      stolen.fetch_add(1, std::memory_order_relaxed);
      is_back.store(true, std::memory_order_release);
    }
  });
  std::uint64_t rounds = 0;
  std::uint64_t own = 0;
  while (own < own_min || stolen.load(std::memory_order_relaxed) < stolen_min) {
    if (clock.now() > deadline) break;
    while (!is_back.load(std::memory_order_acquire)) std::this_thread::yield();
    is_back.store(false, std::memory_order_relaxed);
    ++rounds;
    place.fill(process);
    Ready* got = place.take();
    if (got == nullptr) continue;
    ++got->taken;
    ++own;
    is_back.store(true, std::memory_order_relaxed);
  }
  while (!is_back.load(std::memory_order_acquire)) std::this_thread::yield();
  over = true;
  other.join();
  EXPECT_GE(own, own_min);
  EXPECT_GE(stolen, stolen_min);
  EXPECT_EQ(own + stolen, rounds);
  EXPECT_EQ(process.taken, rounds);
}

}  // namespace
}  // namespace kith::detail
