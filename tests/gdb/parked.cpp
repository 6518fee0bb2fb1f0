// SPDX-License-Identifier: Apache-2.0

/// Stops in the debugger while one process waits inside a handler and another one sleeps with a
/// message in its mailbox that it does not receive.

#include <chrono>
#include <csignal>
#include <thread>

#include "actor/gen_server.hpp"
#include "actor/process.hpp"
#include "actor/process_info.hpp"
#include "actor/system.hpp"

namespace {

struct Never {};
struct Handled {};
struct Unwanted {};

[[gnu::noinline]] void wait_for_ever() {
  static_cast<void>(kith::receive<Never>());
}

class Waits : public kith::GenServer<Waits, kith::Protocol<Handled>> {
 public:
  void handle_cast(const Handled&) { wait_for_ever(); }
};

void until_it_waits(kith::System& system, kith::Pid pid) {
  while (!kith::process_info(system, pid).value().is_waiting) std::this_thread::yield();
}

}  // namespace

int main() {
  kith::System system({.workers = 1});
  const kith::Pid waits = Waits::start_link(system, kith::StartOptions{.label = "waits"})->pid();
  kith::send(system, waits, Handled{}).value();
  until_it_waits(system, waits);
  kith::send(system, waits, Unwanted{}).value();
  kith::send(system, waits, Unwanted{}).value();
  until_it_waits(system, waits);  // the reply shows that it has taken them
  return std::raise(SIGTRAP);
}
