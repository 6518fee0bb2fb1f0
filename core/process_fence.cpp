// SPDX-License-Identifier: Apache-2.0
#include "core/process_fence.hpp"

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "core/check.hpp"

namespace kith {

#if defined(__linux__)

ProcessFence::ProcessFence()
    : available_(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0) {}

void ProcessFence::pass() const {
  if (!available_) return;
  KITH_CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}

#else

ProcessFence::ProcessFence() = default;
void ProcessFence::pass() const {}

#endif

}  // namespace kith
