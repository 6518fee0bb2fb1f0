#pragma once

namespace kith {

/// A memory fence that one thread makes all threads of the program pass, so that those need none of
/// their own: for pairs of which one side runs all the time and the other one seldom. Costs the
/// caller microseconds. Source: membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED.
/// Thread-safety: any thread.
class ProcessFence {
 public:
  /// Asks the kernel for it.
  ProcessFence();
  /// False where the kernel has none: both sides must use sequentially consistent operations then.
  [[nodiscard]] bool is_available() const { return available_; }
  /// All that any thread did before is visible to the caller afterwards, and the other way round.
  void pass() const;

 private:
  bool available_ = false;
};

}  // namespace kith
