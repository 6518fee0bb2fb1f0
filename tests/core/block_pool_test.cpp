// SPDX-License-Identifier: Apache-2.0
#include "core/block_pool.hpp"

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/sanitizers.hpp"

namespace kith {
namespace {

TEST(BlockPool, LiveBlocksNeverOverlap) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t size = 1 + i * 7 % 600;
    auto* block = static_cast<unsigned char*>(allocate_block(size));
    std::memset(block, static_cast<int>(i % 251), size);
    blocks.emplace_back(block, size);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, size] = blocks[i];
    EXPECT_EQ(block[0], i % 251);
    EXPECT_EQ(block[size - 1], i % 251);
    free_block(block, size);
  }
}

TEST(BlockPool, BlocksAreAlignedForAnyObject) {
  for (const std::size_t size : {1U, 17U, 48U, 511U, 512U, 513U}) {
    void* block = allocate_block(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U) << size;
    free_block(block, size);
  }
}

TEST(BlockPool, WhatOneThreadFreesAnotherCanUse) {
  constexpr std::size_t count = 100'000;
  std::set<void*> all;
  for (int round = 0; round < 3; ++round) {
    std::vector<void*> blocks;
    std::thread maker([&] {
      for (std::size_t i = 0; i < count; ++i) blocks.push_back(allocate_block(64));
    });
    maker.join();
    EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), count);
    all.insert(blocks.begin(), blocks.end());
    std::thread breaker([&] {
      for (void* block : blocks) free_block(block, 64);
    });
    breaker.join();
  }
#if !KITH_SANITIZED
  EXPECT_LT(all.size(), count + count / 10);  // a sanitizer does not reuse blocks soon
#endif
}

}  // namespace
}  // namespace kith
