#pragma once

#include <cstddef>
#include <new>

namespace kith {

/// Memory for small objects that are made and freed millions of times a second, often on different
/// threads: each thread keeps free blocks of each size, and whole batches of them move between
/// threads. Memory is kept for reuse until `release_free_blocks` returns it to the system. Sizes
/// above 512 bytes, and everything under a sanitizer, come from `operator new`. Source: Bonwick and
/// Adams 2001, "Magazines and Vmem".
/// Thread-safety: any thread. See docs/adr/0009-block-pool.md.
[[nodiscard]] void* allocate_block(std::size_t size_bytes);
/// Gives back what `allocate_block` gave for this size.
void free_block(void* block, std::size_t size_bytes) noexcept;

/// Base of classes whose objects live in such blocks. Thread-safety: as above.
struct Pooled {
  static void* operator new(std::size_t size_bytes) { return allocate_block(size_bytes); }
  static void operator delete(void* block, std::size_t size_bytes) noexcept {
    free_block(block, size_bytes);
  }
  static void* operator new(std::size_t size_bytes, std::align_val_t alignment) {
    return ::operator new(size_bytes, alignment);
  }
  static void operator delete(void* block, std::size_t size_bytes,
                              std::align_val_t alignment) noexcept {
    ::operator delete(block, size_bytes, alignment);
  }
};

/// An allocator of the standard library for such blocks: arrays of a few elements, made one after
/// the other, lie side by side. Thread-safety: as above.
template <typename T>
struct BlockAllocator {
  using value_type = T;

  BlockAllocator() = default;
  template <typename U>
  BlockAllocator(const BlockAllocator<U>&) {}  // NOLINT(google-explicit-constructor): as the others

  [[nodiscard]] T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return static_cast<T*>(allocate_block(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept { free_block(memory, count * sizeof(T)); }
  friend bool operator==(const BlockAllocator&, const BlockAllocator&) { return true; }
};

}  // namespace kith
