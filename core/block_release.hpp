// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith {

/// Returns the memory of free blocks to the system, in whole regions of 2 MiB; meant for the time
/// after very many blocks were freed. It visits every free block, so it takes about as long as
/// freeing them did. A region stays allocated while a thread caches one of its blocks. Does nothing
/// under a sanitizer, where there is no pool. Thread-safety: any thread. See `allocate_block`.
void release_free_blocks();

}  // namespace kith
