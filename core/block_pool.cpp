#include "core/block_pool.hpp"

#include <array>
#include <cstdint>
#include <sys/mman.h>
#include <utility>

#include "core/compiler.hpp"
#include "core/mutex.hpp"

namespace kith {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

// A sanitizer must see each object's own begin and end.
void* allocate_block(std::size_t size_bytes) {
  return ::operator new(size_bytes);
}
void free_block(void* block, std::size_t size_bytes) noexcept {
  ::operator delete(block, size_bytes);
}

#else

namespace {

constexpr std::size_t granularity_bytes = 16;
constexpr std::size_t pooled_size_bytes_max = 512;
constexpr std::size_t classes = pooled_size_bytes_max / granularity_bytes;
constexpr std::uint32_t batch_blocks = 64;

/// A free block: its memory holds the lists it is in.
struct Block {
  Block* next;
  Block* next_batch;  // of the first block of a batch
};

/// Batches that no thread holds.
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

 private:
  Mutex mutex_;
  Block* batches_ KITH_GUARDED_BY(mutex_) = nullptr;
};

std::array<Depot, classes> depots;

/// Where new blocks come from: large regions, cut from the front. One fault of a huge page makes
/// a whole region usable where the system offers them.
class Quarry {
 public:
  char* cut(std::size_t size_bytes) {
    const MutexLock lock(mutex_);
    if (left_bytes_ < size_bytes) {
      region_ = static_cast<char*>(::operator new(region_bytes, std::align_val_t{region_bytes}));
      left_bytes_ = region_bytes;
      static_cast<void>(madvise(region_, region_bytes, MADV_HUGEPAGE));
    }
    left_bytes_ -= size_bytes;
    return std::exchange(region_, region_ + size_bytes);
  }

 private:
  static constexpr std::size_t region_bytes = std::size_t{2} << 20U;
  Mutex mutex_;
  char* region_ KITH_GUARDED_BY(mutex_) = nullptr;
  std::size_t left_bytes_ KITH_GUARDED_BY(mutex_) = 0;
};

Quarry quarry;

Block* carve_batch(std::size_t size_bytes) {
  char* memory = quarry.cut(size_bytes * batch_blocks);
  Block* first = nullptr;
  for (std::uint32_t i = batch_blocks; i-- > 0;) {
    first = ::new (memory + i * size_bytes) Block{first, nullptr};
  }
  return first;
}

/// The free blocks of one size that a thread holds: one list in use and one full batch or none, so
/// that making and freeing around a boundary does not move a batch each time.
struct Magazine {
  Block* first = nullptr;
  std::uint32_t size = 0;
  Block* full = nullptr;
};

struct ThreadBlocks {
  std::array<Magazine, classes> magazines;
  bool begun = false;  // its blocks will be given back when it ends
  bool ended = false;  // it is ending: what is freed goes one by one
};

KITH_FAST_THREAD_LOCAL thread_local constinit ThreadBlocks thread_blocks{};

/// Gives a thread's blocks to the others when it ends.
struct AtThreadEnd {
  ~AtThreadEnd() {
    thread_blocks.ended = true;
    for (std::size_t i = 0; i < classes; ++i) {
      Magazine& magazine = thread_blocks.magazines[i];
      if (magazine.full != nullptr) depots[i].put(std::exchange(magazine.full, nullptr));
      if (magazine.first != nullptr) depots[i].put(std::exchange(magazine.first, nullptr));
      magazine.size = 0;
    }
  }
};

/// Batches in the depot may be shorter than a full one when a thread has ended.
std::uint32_t length(const Block* block) {
  std::uint32_t blocks = 0;
  for (; block != nullptr; block = block->next) ++blocks;
  return blocks;
}

void begin_thread() {
  static thread_local AtThreadEnd at_thread_end;
  static_cast<void>(at_thread_end);
  thread_blocks.begun = true;
}

void refill(Magazine& magazine, std::size_t index) {
  if (magazine.full != nullptr) {
    magazine.first = std::exchange(magazine.full, nullptr);
    magazine.size = batch_blocks;
    return;
  }
  if (!thread_blocks.begun) begin_thread();
  magazine.first = depots[index].take();
  if (magazine.first == nullptr) {
    magazine.first = carve_batch((index + 1) * granularity_bytes);
    magazine.size = batch_blocks;
  } else {
    magazine.size = length(magazine.first);
  }
}

void set_aside(Magazine& magazine, std::size_t index) {
  if (!thread_blocks.begun) begin_thread();
  if (magazine.full != nullptr) depots[index].put(magazine.full);
  magazine.full = std::exchange(magazine.first, nullptr);
  magazine.size = 0;
}

std::size_t class_of(std::size_t size_bytes) {
  return (size_bytes - 1) / granularity_bytes;
}

}  // namespace

void* allocate_block(std::size_t size_bytes) {
  if (size_bytes > pooled_size_bytes_max) return ::operator new(size_bytes);
  const std::size_t index = class_of(size_bytes);
  Magazine& magazine = thread_blocks.magazines[index];
  if (magazine.first == nullptr) refill(magazine, index);
  Block* block = magazine.first;
  magazine.first = block->next;
  --magazine.size;
  return block;
}

void free_block(void* memory, std::size_t size_bytes) noexcept {
  if (size_bytes > pooled_size_bytes_max) return ::operator delete(memory, size_bytes);
  const std::size_t index = class_of(size_bytes);
  Magazine& magazine = thread_blocks.magazines[index];
  if (thread_blocks.ended) return depots[index].put(::new (memory) Block{});
  if (magazine.size == batch_blocks) set_aside(magazine, index);
  magazine.first = ::new (memory) Block{magazine.first, nullptr};
  ++magazine.size;
}

#endif

}  // namespace kith
