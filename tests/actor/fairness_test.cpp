// SPDX-License-Identifier: Apache-2.0
#include <atomic>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/system.hpp"
#include "core/limits.hpp"

namespace kith {
namespace {

struct Again {};
struct Ask {
  using Reply = int;
};

/// Always has work: each message sends the next one.
class Busy : public GenServer<Busy, Protocol<Again>> {
 public:
  explicit Busy(std::atomic<std::size_t>* handled) : handled_(handled) {}
  void handle_cast(const Again&) {
    ++*handled_;
    send(self(), Again{}).value();
  }

 private:
  std::atomic<std::size_t>* handled_;
};

class Bystander : public GenServer<Bystander, Protocol<Ask>> {
 public:
  static int handle_call(const Ask&) { return 1; }
};

TEST(Fairness, ACallWaitsForAtMostOneTurnOfABusyProcessPerMessage) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  std::atomic<std::size_t> handled = 0;
  system.run([&] {
    const auto busy = Busy::start_link(&handled).value();
    const auto bystander = Bystander::start_link().value();
    cast(busy, Again{}).value();
    for (int i = 0; i < 100; ++i) {
      const std::size_t before = handled;
      EXPECT_EQ(call(bystander, Ask{}).value(), 1);
      // One turn before the request is handled, one before the reply is.
      EXPECT_LE(handled - before, 2 * limits::turn_messages_max);
    }
    EXPECT_GT(handled, 0U);
    exit(busy.pid(), "kill");
  });
}

TEST(Fairness, ProcessesThatWakeEachOtherLeaveRoomForTheReadyOnes) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  std::atomic<std::size_t> handled = 0;
  system.run([&] {
    const auto one = Busy::start_link(&handled).value();
    const auto other = Busy::start_link(&handled).value();
    cast(one, Again{}).value();
    cast(other, Again{}).value();
    const auto bystander = Bystander::start_link().value();
    for (int i = 0; i < 100; ++i) {
      const std::size_t before = handled;
      EXPECT_EQ(call(bystander, Ask{}).value(), 1);
      EXPECT_LE(handled - before, 4 * limits::turn_messages_max);
    }
    exit(one.pid(), "kill");
    exit(other.pid(), "kill");
  });
}

}  // namespace
}  // namespace kith
