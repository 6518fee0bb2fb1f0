// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/server_control.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Begin {};
struct Seen {
  using Reply = int;
};

class Thens : public ::testing::Test {
 protected:
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
};

/// Processes a long list piece by piece.
class Pieces : public GenServer<Pieces, Protocol<Begin, Seen>> {
 public:
  struct Continue {
    int left;
  };
  static Then handle_cast(const Begin&) { return then_continue(Continue{100'000}); }
  Then handle_continue(const Continue& piece) {
    ++seen_;
    if (piece.left == 1) return {};
    return then_continue(Continue{piece.left - 1});
  }
  int handle_call(const Seen&) const { return seen_; }

 private:
  int seen_ = 0;
};

TEST_F(Thens, AServerMayContinueAnyNumberOfTimes) {
  const auto pieces = Pieces::start(system_).value();
  EXPECT_TRUE(cast(pieces, Begin{}));
  EXPECT_EQ(call(pieces, Seen{}).value(), 100'000);
}

/// Never stops on its own.
class Endless : public GenServer<Endless, Protocol<Begin>> {
 public:
  struct Continue {};
  static Then handle_cast(const Begin&) { return then_continue(Continue{}); }
  Then handle_continue(const Continue&) {
    if (++rounds_ == 10) exit(self(), "kill");
    return then_continue(Continue{});
  }

 private:
  int rounds_ = 0;
};

TEST_F(Thens, AServerThatContinuesForEverCanBeKilled) {
  const auto endless = Endless::start(system_).value();
  EXPECT_TRUE(cast(endless, Begin{}));
  system_.run_until_idle();
  EXPECT_FALSE(system_.is_alive(endless.pid()));
}

class Patient : public GenServer<Patient, Protocol<Begin, Seen>> {
 public:
  static Then handle_cast(const Begin&) { return timeout(infinite); }
  void handle_info(const Timeout&) { ++timeouts_; }
  int handle_call(const Seen&) const { return timeouts_; }

 private:
  int timeouts_ = 0;
};

TEST_F(Thens, ATimeoutOfInfiniteNeverComes) {
  const auto patient = Patient::start(system_).value();
  EXPECT_TRUE(cast(patient, Begin{}));
  system_.advance(1h);
  EXPECT_EQ(call(patient, Seen{}).value(), 0);
}

TEST_F(Thens, AMessageAfterForEverNeverComes) {
  const auto pieces = Pieces::start(system_).value();
  system_.run([&] {
    send_after(infinite, pieces.pid(), Begin{});
    send_after(infinite - 1ns, pieces.pid(), Begin{});
  });
  system_.advance(1h);
  EXPECT_EQ(call(pieces, Seen{}).value(), 0);
}

}  // namespace
}  // namespace kith
