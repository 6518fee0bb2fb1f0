// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kith::detail {

/// Reports stack overflows of processes on this thread during its lifetime: a SIGSEGV in the guard
/// pages prints the process and its message, from a signal stack, and ends the node. Passes other
/// faults to the previous handler. Does nothing under sanitizers, which report overflows
/// themselves. Thread-safety: one per thread.
class StackOverflowWatch {
 public:
  StackOverflowWatch();
  ~StackOverflowWatch();
  StackOverflowWatch(const StackOverflowWatch&) = delete;
  StackOverflowWatch& operator=(const StackOverflowWatch&) = delete;

 private:
  void* stack_ = nullptr;
};

}  // namespace kith::detail
