#pragma once

namespace kith::detail {

/// While it lives, a stack overflow of a process on this thread ends the node with a message that
/// names the process and what it was handling, written on a stack of its own. Other faults go to
/// whoever handled them before. Does nothing under sanitizers, which report overflows themselves.
/// Thread-safety: one for each thread.
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
