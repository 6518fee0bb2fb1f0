// SPDX-License-Identifier: Apache-2.0
#include "supervision/supervisor.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

class AutoShutdownTest : public SupervisionTest {
 protected:
  ChildSpec significant(const std::string& id, Restart restart = Restart::transient) {
    ChildSpec spec = probe(id, restart);
    spec.significant = true;
    return spec;
  }
  Result<Supervisor> start(AutoShutdown when, std::vector<ChildSpec> children) {
    return Supervisor::start_link(system, std::move(children), {.auto_shutdown = when});
  }
  bool lives(const Supervisor& supervisor) { return system.is_alive(supervisor.pid()); }
};

TEST_F(AutoShutdownTest, AnySignificantEndsTheSupervisorWithTheFirstOrderlyEnd) {
  const auto supervisor =
      start(AutoShutdown::any_significant, {significant("a"), significant("b")}).value();
  tell(supervisor.child_pid("a").value(), Crash{});
  EXPECT_TRUE(lives(supervisor)) << "a crash is no orderly end";
  tell(supervisor.child_pid("a").value(), End{"normal"});
  EXPECT_FALSE(lives(supervisor));
}

TEST_F(AutoShutdownTest, AllSignificantWaitsForTheLastOne) {
  const auto supervisor =
      start(AutoShutdown::all_significant, {significant("a"), significant("b"), probe("c")})
          .value();
  tell(supervisor.child_pid("b").value(), End{"normal"});
  EXPECT_TRUE(lives(supervisor));
  tell(supervisor.child_pid("a").value(), End{"shutdown"});
  EXPECT_FALSE(lives(supervisor));
}

TEST_F(AutoShutdownTest, ATemporarySignificantChildCountsHoweverItEnds) {
  const auto supervisor =
      start(AutoShutdown::any_significant, {significant("a", Restart::temporary)}).value();
  tell(supervisor.child_pid("a").value(), Crash{});
  EXPECT_FALSE(lives(supervisor));
}

TEST_F(AutoShutdownTest, SignificantChildrenThatCannotMatterAreRefused) {
  EXPECT_EQ(start(AutoShutdown::never, {significant("a")}).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      start(AutoShutdown::any_significant, {significant("a", Restart::permanent)}).error().code(),
      ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace kith
