// SPDX-License-Identifier: Apache-2.0
#include "core/block_pool.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <sys/mman.h>
#include <utility>

#include "core/block_release.hpp"
#include "core/compiler.hpp"
#include "core/mutex.hpp"
#include "core/sanitizers.hpp"

namespace kith {

#if KITH_SANITIZED

// Sanitizers must see the allocation and release of each object.
void* allocate_block(std::size_t size_bytes) {
  return ::operator new(size_bytes);
}
void free_block(void* block, std::size_t size_bytes) noexcept {
  ::operator delete(block, size_bytes);
}
void release_free_blocks() {}

#else

namespace {

constexpr std::size_t granularity_bytes = 16;
constexpr std::size_t pooled_size_bytes_max = 512;
constexpr std::size_t classes = pooled_size_bytes_max / granularity_bytes;
/// Blocks that move between threads at once; more lock the depot less often, and keep more free
/// memory per thread.
constexpr std::size_t batch_blocks = 64;

/// A free block; its memory holds the links of the lists that it is in.
struct Block {
  explicit Block(Block* n = nullptr) : next(n) {}
  Block* next;
  Block* next_batch;  // of the first block of a batch, while that is in the depot
};

/// Batches of one size that belong to no thread.
class Depot {
 public:
  void put(Block* batch) {
    const MutexLock lock(mutex_);
    batch->next_batch = std::exchange(batches_, batch);
  }
  Block* take() {
    const MutexLock lock(mutex_);
    Block* batch = batches_;
    if (batch != nullptr) batches_ = batch->next_batch;
    return batch;
  }
  Block* take_all() {
    const MutexLock lock(mutex_);
    return std::exchange(batches_, nullptr);
  }

 private:
  Mutex mutex_;
  Block* batches_ KITH_GUARDED_BY(mutex_) = nullptr;
};

std::array<Depot, classes> depots;

/// The header of a large piece of memory from which blocks are cut. Its address is a multiple of
/// its size, so that it is found from the address of any block.
struct alignas(64) Region {
  static constexpr std::size_t size_bytes = std::size_t{2} << 20U;

  static Region& of(Block* block) {
    return *reinterpret_cast<Region*>(reinterpret_cast<std::uintptr_t>(block) & ~(size_bytes - 1));
  }
  /// Counts a free block during the release with this number.
  void count(std::size_t block_bytes, unsigned search) {
    if (std::exchange(counted_in_, search) != search) free_bytes_ = 0;
    free_bytes_ += block_bytes;
  }
  /// True if all its blocks were counted, so that it is freed; decided once per release.
  bool goes_back(unsigned search, Region*& going) {
    if (std::exchange(decided_in_, search) == search) return goes_back_;
    goes_back_ = free_bytes_ == cut_bytes.load(std::memory_order_relaxed);
    if (goes_back_) next = std::exchange(going, this);
    return goes_back_;
  }

  std::atomic<std::size_t> cut_bytes{
      0};                  // set when no more blocks are cut from it: until then it stays
  Region* next = nullptr;  // in the list of regions to free

 private:
  std::size_t free_bytes_ = 0;
  unsigned counted_in_ = 0;
  unsigned decided_in_ = 0;
  bool goes_back_ = false;
};

/// Cuts new blocks from the front of regions. These have the size and alignment of huge pages, so
/// that a single page fault can make a whole region usable.
class Quarry {
 public:
  char* cut(std::size_t size_bytes) {
    const MutexLock lock(mutex_);
    if (left_bytes_ < size_bytes) open_region();
    left_bytes_ -= size_bytes;
    return std::exchange(front_, front_ + size_bytes);
  }

 private:
  static constexpr std::size_t usable_bytes = Region::size_bytes - sizeof(Region);

  void open_region() KITH_REQUIRES(mutex_) {
    if (region_ != nullptr) {
      region_->cut_bytes.store(usable_bytes - left_bytes_, std::memory_order_relaxed);
    }
    void* const memory = ::operator new(Region::size_bytes, std::align_val_t{Region::size_bytes});
    static_cast<void>(madvise(memory, Region::size_bytes, MADV_HUGEPAGE));
    region_ = ::new (memory) Region();
    front_ = static_cast<char*>(memory) + sizeof(Region);
    left_bytes_ = usable_bytes;
  }

  Mutex mutex_;
  Region* region_ KITH_GUARDED_BY(mutex_) = nullptr;
  char* front_ KITH_GUARDED_BY(mutex_) = nullptr;
  std::size_t left_bytes_ KITH_GUARDED_BY(mutex_) = 0;
};

Quarry quarry;

Block* carve_batch(std::size_t size_bytes) {
  char* memory = quarry.cut(size_bytes * batch_blocks);
  Block* first = nullptr;
  for (std::size_t i = batch_blocks; i-- > 0;) {
    first = ::new (memory + i * size_bytes) Block{first};
  }
  return first;
}

/// The free blocks of one size in a thread: a list in use and at most one full batch, so that
/// allocating and freeing around a batch boundary does not move a batch each time. A thread that
/// has not begun or is ending has no room, so that it takes the slow path.
struct Magazine {
  Block* first = nullptr;
  std::size_t room = 0;  // blocks that fit into the list
};

struct ThreadBlocks {
  std::array<Magazine, classes> magazines;
  std::array<Block*, classes> full;
  bool begun = false;  // `AtThreadEnd` will return its blocks
  bool ended = false;  // the thread is ending: freed blocks go to the depot one by one
};

KITH_FAST_THREAD_LOCAL thread_local constinit ThreadBlocks thread_blocks{};

void put_in_depot(Block* batch, std::size_t index) {
  if (batch != nullptr) depots[index].put(batch);
}

/// Returns a thread's blocks to the depot when it ends.
struct AtThreadEnd {
  ~AtThreadEnd() {
    thread_blocks.ended = true;
    for (std::size_t i = 0; i < classes; ++i) {
      put_in_depot(std::exchange(thread_blocks.full[i], nullptr), i);
      put_in_depot(std::exchange(thread_blocks.magazines[i], Magazine{}).first, i);
    }
  }
};

/// Returns the length of a batch, which is less than full if a thread has ended.
std::size_t length(const Block* block) {
  std::size_t blocks = 0;
  for (; block != nullptr; block = block->next) ++blocks;
  return blocks;
}

void begin_thread() {
  static thread_local AtThreadEnd at_thread_end;
  static_cast<void>(at_thread_end);
  thread_blocks.begun = true;
}

/// A batch of free blocks and its length.
struct Batch {
  Block* first;
  std::size_t size;
};

Batch take_batch(std::size_t index) {
  Block* first = std::exchange(thread_blocks.full[index], nullptr);
  if (first != nullptr) return {first, batch_blocks};
  first = depots[index].take();
  if (first != nullptr) return {first, length(first)};
  return {carve_batch((index + 1) * granularity_bytes), batch_blocks};
}

/// Takes a block if the list is empty, and fills the list. Slow path of `allocate_block`.
KITH_COLD void* allocate_from_batch(std::size_t index) {
  if (!thread_blocks.begun && !thread_blocks.ended) begin_thread();
  const Batch batch = take_batch(index);
  Block* rest = batch.first->next;
  if (thread_blocks.ended)
    put_in_depot(rest, index);
  else
    thread_blocks.magazines[index] = {rest, batch_blocks - batch.size + 1};
  return batch.first;
}

/// Frees a block if the list has no room. Slow path of `free_block`.
KITH_COLD void free_beyond_batch(void* memory, std::size_t index) {
  Block* block = ::new (memory) Block();
  if (thread_blocks.ended) return depots[index].put(block);
  if (!thread_blocks.begun) begin_thread();
  Magazine& magazine = thread_blocks.magazines[index];
  if (magazine.first != nullptr) {
    put_in_depot(thread_blocks.full[index], index);
    thread_blocks.full[index] = magazine.first;
  }
  magazine = {block, batch_blocks - 1};
}

std::size_t class_of(std::size_t size_bytes) {
  return (size_bytes - 1) / granularity_bytes;
}

}  // namespace

void* allocate_block(std::size_t size_bytes) {
  if (size_bytes > pooled_size_bytes_max) return ::operator new(size_bytes);
  const std::size_t index = class_of(size_bytes);
  Magazine& magazine = thread_blocks.magazines[index];
  Block* block = magazine.first;
  if (block == nullptr) return allocate_from_batch(index);
  magazine.first = block->next;
  ++magazine.room;
  return block;
}

void free_block(void* memory, std::size_t size_bytes) noexcept {
  if (size_bytes > pooled_size_bytes_max) return ::operator delete(memory, size_bytes);
  const std::size_t index = class_of(size_bytes);
  Magazine& magazine = thread_blocks.magazines[index];
  if (magazine.room == 0) return free_beyond_batch(memory, index);
  magazine.first = ::new (memory) Block{magazine.first};
  --magazine.room;
}

namespace {

/// Calls `f(block)` for each block of the batches; `f` may overwrite the block.
template <typename F>
void for_each_block(Block* batches, F f) {
  while (batches != nullptr) {
    Block* block = std::exchange(batches, batches->next_batch);
    while (block != nullptr) f(std::exchange(block, block->next));
  }
}

/// Returns the blocks whose region stays to the depot, and adds all other regions to a list.
void sort_blocks(Block* batches, std::size_t index, unsigned search, Region*& going) {
  Block* batch = nullptr;
  std::size_t size = 0;
  for_each_block(batches, [&](Block* block) {
    if (Region::of(block).goes_back(search, going)) return;
    batch = ::new (block) Block(batch);
    if (++size < batch_blocks) return;
    put_in_depot(std::exchange(batch, nullptr), index);
    size = 0;
  });
  put_in_depot(batch, index);
}

}  // namespace

/// Makes two passes over the free blocks: the first counts them per region, the second drops the
/// blocks of regions that are free as a whole. The depots are empty meanwhile, so that other
/// threads cut new blocks instead of waiting.
void release_free_blocks() {
  static constinit Mutex one_at_a_time;
  static constinit unsigned search = 0;
  const MutexLock lock(one_at_a_time);
  ++search;
  std::array<Block*, classes> batches{};
  for (std::size_t i = 0; i < classes; ++i) {
    batches[i] = depots[i].take_all();
    for_each_block(batches[i], [&](Block* block) {
      Region::of(block).count((i + 1) * granularity_bytes, search);
    });
  }
  Region* going = nullptr;
  for (std::size_t i = 0; i < classes; ++i) sort_blocks(batches[i], i, search, going);
  while (going != nullptr) {
    Region* const region = std::exchange(going, going->next);
    ::operator delete(region, Region::size_bytes, std::align_val_t{Region::size_bytes});
  }
}

#endif

}  // namespace kith
