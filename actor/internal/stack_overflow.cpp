// SPDX-License-Identifier: Apache-2.0
#include "actor/internal/stack_overflow.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "actor/internal/worker.hpp"
#include "core/check.hpp"
#include "core/limits.hpp"
#include "core/sanitizers.hpp"

namespace kith::detail {

#if KITH_SANITIZED

StackOverflowWatch::StackOverflowWatch() = default;
StackOverflowWatch::~StackOverflowWatch() = default;

#else

namespace {

constexpr std::size_t signal_stack_size_bytes = 64U << 10U;

// Global, since signal handlers are per operating system process and take no argument of ours.
std::once_flag installed;
struct sigaction before;

void print(std::string_view text) {
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
}

void print(std::uint64_t number, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  print({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

/// Prints the report; calls only functions that are async-signal-safe.
void report(const Process& process) {
  const Pid& pid = process.pid();
  print("kith: stack overflow in the process <");
  print(pid.node, 16);
  print(".");
  print(pid.index, 10);
  print(".");
  print(pid.generation, 10);
  print(">");
  if (const char* label = process.label_text(); *label != '\0') {
    print(" (");
    print(label);
    print(")");
  }
  if (const std::type_info* type = process.last_message()) {
    print(" while it handled a message of the type ");
    print(type->name());
  }
  print(". A handler has ");
  print(limits::stack_size_bytes >> 10U, 10);
  print(" KiB: put large arrays on the heap and bound recursion.\n");
}

void on_fault(int number, siginfo_t* info, void* context) {
  const Worker* worker = Worker::current();
  if (worker != nullptr && worker->process() != nullptr && worker->has_overflown(info->si_addr)) {
    report(*worker->process());
    sigaction(number, &before, nullptr);  // the instruction faults again, and that ends the program
    if (before.sa_handler == SIG_IGN) signal(number, SIG_DFL);
    return;
  }
  if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(number, info, context);
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
    return before.sa_handler(number);
  signal(number, SIG_DFL);
}

void install() {
  struct sigaction action{};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &before);
}

}  // namespace

StackOverflowWatch::StackOverflowWatch() {
  std::call_once(installed, install);
  stack_ = mmap(nullptr, signal_stack_size_bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  KITH_CHECK(stack_ != MAP_FAILED);
  stack_t stack{};
  stack.ss_sp = stack_;
  stack.ss_size = signal_stack_size_bytes;
  sigaltstack(&stack, nullptr);
}

StackOverflowWatch::~StackOverflowWatch() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  munmap(stack_, signal_stack_size_bytes);
}

#endif

}  // namespace kith::detail
