#pragma once

namespace kith {

/// Gives the memory of blocks that nobody uses back to the system, by whole regions of 2 MiB: for
/// those who have freed very many. It looks at every free block, so that it takes about as long as
/// freeing them did; blocks that threads keep for themselves hold their regions back. Under a
/// sanitizer, which has no pool, it does nothing. Thread-safety: any thread. See
/// `allocate_block`.
void release_free_blocks();

}  // namespace kith
