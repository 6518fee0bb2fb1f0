// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith {

/// Executes a memory fence on all threads of the program at once, so that the frequent side of an
/// asymmetric pair needs no fence of its own. Costs the caller, the rare side, microseconds.
/// Source: membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED. Thread-safety: any thread.
class ProcessFence {
 public:
  /// Registers the process with the kernel.
  ProcessFence();
  /// False if the kernel does not support it: then both sides need sequentially consistent
  /// operations.
  [[nodiscard]] bool is_available() const { return available_; }
  /// Executes the fence: all earlier writes of other threads are visible to the caller afterwards,
  /// and all earlier writes of the caller to them.
  void pass() const;

 private:
  bool available_ = false;
};

}  // namespace kith
