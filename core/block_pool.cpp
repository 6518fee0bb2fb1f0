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

// A sanitizer must see each object's own begin and end.
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
constexpr std::size_t batch_blocks = 64;

/// A free block: its memory holds the lists it is in.
struct Block {
  explicit Block(Block* n = nullptr) : next(n) {}
  Block* next;
  Block* next_batch;  // of the first block of a batch, while that is in the depot
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
  Block* take_all() {
    const MutexLock lock(mutex_);
    return std::exchange(batches_, nullptr);
  }

 private:
  Mutex mutex_;
  Block* batches_ KITH_GUARDED_BY(mutex_) = nullptr;
};

std::array<Depot, classes> depots;

/// The begin of a large piece of memory, from which blocks are cut. It lies at a multiple of its
/// size, so that each block leads to it.
struct alignas(64) Region {
  static constexpr std::size_t size_bytes = std::size_t{2} << 20U;

  static Region& of(Block* block) {
    return *reinterpret_cast<Region*>(reinterpret_cast<std::uintptr_t>(block) & ~(size_bytes - 1));
  }
  /// Counts a free block in the search with this number.
  void count(std::size_t block_bytes, unsigned search) {
    if (std::exchange(counted_in_, search) != search) free_bytes_ = 0;
    free_bytes_ += block_bytes;
  }
  /// Whether all its blocks were counted, which is decided once in a search.
  bool goes_back(unsigned search, Region*& going) {
    if (std::exchange(decided_in_, search) == search) return goes_back_;
    goes_back_ = free_bytes_ == cut_bytes.load(std::memory_order_relaxed);
    if (goes_back_) next = std::exchange(going, this);
    return goes_back_;
  }

  std::atomic<std::size_t> cut_bytes{0};  // in blocks; set when no more is cut from it
  Region* next = nullptr;                 // of those that go back

 private:
  std::size_t free_bytes_ = 0;
  unsigned counted_in_ = 0;
  unsigned decided_in_ = 0;
  bool goes_back_ = false;
};

/// Where new blocks come from: regions, cut from the front. One fault of a huge page makes a whole
/// region usable where the system offers them.
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

/// The free blocks of one size that a thread holds: one list in use and one full batch or none, so
/// that making and freeing around a boundary does not move a batch each time. A thread that has not
/// begun or is ending has no room: its blocks go the slow way.
struct Magazine {
  Block* first = nullptr;
  std::size_t room = 0;  // how many blocks the list may still take
};

struct ThreadBlocks {
  std::array<Magazine, classes> magazines;
  std::array<Block*, classes> full;
  bool begun = false;  // its blocks will be given back when it ends
  bool ended = false;  // it is ending: what is freed goes one by one
};

KITH_FAST_THREAD_LOCAL thread_local constinit ThreadBlocks thread_blocks{};

void put_in_depot(Block* batch, std::size_t index) {
  if (batch != nullptr) depots[index].put(batch);
}

/// Gives a thread's blocks to the others when it ends.
struct AtThreadEnd {
  ~AtThreadEnd() {
    thread_blocks.ended = true;
    for (std::size_t i = 0; i < classes; ++i) {
      put_in_depot(std::exchange(thread_blocks.full[i], nullptr), i);
      put_in_depot(std::exchange(thread_blocks.magazines[i], Magazine{}).first, i);
    }
  }
};

/// Batches in the depot may be shorter than a full one when a thread has ended.
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

/// A batch of free blocks, of which a thread takes the first at once.
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

/// Takes a block where the list is empty, and fills the list.
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

/// Frees a block where the list has no room.
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

/// Calls `f(block)` for each block of some batches; `f` may change the block.
template <typename F>
void for_each_block(Block* batches, F f) {
  while (batches != nullptr) {
    Block* block = std::exchange(batches, batches->next_batch);
    while (block != nullptr) f(std::exchange(block, block->next));
  }
}

/// Puts those blocks of some batches back whose region stays; the other regions get into a list.
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
