// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>

namespace kith {

/// Allocates a block of memory, for small objects that are created and freed millions of times per
/// second, often on different threads. Each thread caches free blocks per size; whole batches of
/// them move between threads. Freed memory is kept for reuse until `release_free_blocks` returns it
/// to the system. Sizes above 512 bytes, and all sizes under a sanitizer, use `operator new`.
/// Source: Bonwick and Adams 2001, "Magazines and Vmem".
/// Thread-safety: any thread. See docs/adr/0009-block-pool.md.
[[nodiscard]] void* allocate_block(std::size_t size_bytes);
/// Frees a block of `allocate_block`; `size_bytes` must be the size that was allocated.
void free_block(void* block, std::size_t size_bytes) noexcept;

/// Allocates the objects of derived classes with `allocate_block`. Thread-safety: any thread.
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

/// Allocates the elements of a standard container with `allocate_block`, so that small arrays that
/// are allocated in a row are adjacent in memory. Thread-safety: any thread.
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
