// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actor/process.hpp"
#include "core/log.hpp"
#include "node/application.hpp"
#include "node/node.hpp"

namespace kith {
namespace {

/// Returns what a node writes to standard error while one of its processes crashes.
std::string said_by(std::shared_ptr<Log> log) {
  NodeOptions options;
  options.name = "ann";
  options.workers = 1;
  options.log = std::move(log);
  ::testing::internal::CaptureStderr();
  const auto node = Node::start(options).value();
  node->system().run([] {
    const auto [pid, watch] = spawn_monitor([] { throw std::domain_error("by zero"); });
    detail::receive_down(watch, infinite);
  });
  node->stop();
  return ::testing::internal::GetCapturedStderr();
}

TEST(NodeLog, ACrashIsSaidOnceOnStandardErrorWithTheNameOfTheNode) {
  const std::string said = said_by(nullptr);
  const std::size_t at = said.find("[ann] process: a process crashed");
  EXPECT_NE(at, std::string::npos) << said;
  EXPECT_NE(said.find("by zero"), std::string::npos) << said;
  EXPECT_EQ(said.find("by zero", said.find("by zero") + 1), std::string::npos) << said;
}

TEST(NodeLog, ANullLogSaysNothing) {
  EXPECT_EQ(said_by(make_null_log()), "");
}

TEST(NodeLog, AnApplicationWhoseChildrenCannotBeMadeGivesTheErrorOnAndStopsItsNode) {
  Application application;
  application.node.log = make_null_log();
  application.children = [](Node&) -> std::vector<ChildSpec> {
    throw std::domain_error("no configuration");
  };
  EXPECT_THROW(static_cast<void>(run_application(application)), std::domain_error);
  application.children = nullptr;
  application.supervisor.within = Duration(-1);
  const auto refused = run_application(application);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(refused.error().text().find("within"), std::string::npos);
}

}  // namespace
}  // namespace kith
