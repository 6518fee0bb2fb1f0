// SPDX-License-Identifier: Apache-2.0

/// Registers processes under names created at run time, such as "web-42". A via name is resolved at
/// each use, so it still works after a supervisor has restarted the process.

#include <chrono>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

#include <kith/kith.hpp>

#include "check.hpp"
using namespace std::chrono_literals;

struct Visit {
  using Reply = int;
};
struct Crash {};
using WebProtocol = kith::Protocol<Visit, Crash>;

/// Counts its visits until it crashes.
class Web : public kith::GenServer<Web, WebProtocol> {
 public:
  int handle_call(const Visit&) { return ++visits_; }
  void handle_cast(const Crash&) { throw std::runtime_error("crashed on purpose"); }

 private:
  int visits_ = 0;
};

/// Returns a child that registers its name first, each time it starts.
kith::ChildSpec web(const kith::Registry& registry, const std::string& name) {
  return kith::child<Web>(name, kith::StartOptions{.register_as = registry.registration(name)});
}

/// Waits until another process than `before` holds the name.
kith::Pid next_holder(const kith::Registry& registry, const std::string& name, kith::Pid before) {
  for (int i = 0; i < 500; ++i) {
    const std::optional<kith::Pid> now = registry.whereis(name);
    if (now && *now != before) return *now;
    kith::sleep_for(10ms);
  }
  return before;
}

int main() {
  kith::System system;
  const auto registry = kith::Registry::start_link(system, {.name = "services"}).value();
  const auto supervisor =
      kith::Supervisor::start_link(system, {web(registry, "web-41"), web(registry, "web-42")})
          .value();
  std::cout << registry.count() << " processes are registered\n";
  check(registry.count() == 2, "both children are registered");

  const auto server = registry.via<WebProtocol>("web-42");
  check(kith::call(server, Visit{}).value() == 1, "a call reaches it by its name");
  const int visits = kith::call(server, Visit{}).value();
  std::cout << "web-42 has had " << visits << " visits\n";
  check(visits == 2, "the name leads to one process");

  const auto taken =
      Web::start_link(system, kith::StartOptions{.register_as = registry.registration("web-42")});
  std::cout << "a second web-42: " << taken.error().to_string() << '\n';
  check(taken.error().code() == kith::ErrorCode::already_exists, "a key has one process");

  const kith::Pid before = registry.whereis("web-42").value();
  kith::cast(server, Crash{}).value();
  const kith::Pid after = system.run([&] { return next_holder(registry, "web-42", before); });
  std::cout << "after a crash web-42 is another process\n";
  check(after != before, "the supervisor has started it again");

  const int fresh = kith::call(server, Visit{}).value();
  std::cout << "the same reference works: " << fresh << " visit\n";
  check(fresh == 1, "it begins with a fresh state");

  supervisor.stop().value();
  check(system.run([&] {
    for (int i = 0; i < 500 && registry.count() > 0; ++i) kith::sleep_for(10ms);
    return registry.count() == 0;
  }),
        "processes that have ended are not registered");
}
