// SPDX-License-Identifier: Apache-2.0
#include "actor/multi_call.hpp"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/system.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Who {
  using Reply = int;
};

class Slow : public GenServer<Slow, Protocol<Who>> {
 public:
  Slow(int number, Duration pause) : number_(number), pause_(pause) {}
  int handle_call(const Who&) const {
    sleep_for(pause_);
    return number_;
  }

 private:
  int number_;
  Duration pause_;
};

TEST(MultiCall, AsksAllAtOnceAndGivesAResultForEach) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  system.run([&] {
    const std::vector servers = {Slow::start(1, 50ms).value(), Slow::start(2, 1h).value(),
                                 Slow::start(3, 0ms).value(), Slow::start(4, 80ms).value()};
    exit(servers[2].pid(), "kill");
    const TimePoint begin = clock.now();
    const auto results = multi_call(servers, Who{}, 100ms);
    EXPECT_EQ(clock.now() - begin, 100ms);
    EXPECT_EQ(results[0].value(), 1);
    EXPECT_EQ(results[1].error().code(), ErrorCode::timeout);
    EXPECT_FALSE(results[2]);
    EXPECT_EQ(results[3].value(), 4);
  });
}

}  // namespace
}  // namespace kith
