// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actor/server_ref.hpp"
#include "core/log.hpp"
#include "supervision/dynamic_supervisor.hpp"
#include "supervision/supervisor.hpp"
#include "supervision/task_supervisor.hpp"
#include "tests/supervision/probe.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

/// Records the lines of level error, with the message as a field. Thread-safety: one thread.
class ErrorLines final : public Log {
 public:
  using Line = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] bool enabled(LogLevel) const override { return true; }
  void write(LogLevel level, std::string_view component, std::string_view sentence,
             std::initializer_list<LogField> fields) override {
    if (level != LogLevel::error) return;
    Line line{{"sentence", std::string(sentence)}, {"component", std::string(component)}};
    for (const auto& [name, value] : fields) line.emplace(name, value);
    lines.push_back(std::move(line));
  }
  [[nodiscard]] std::vector<Line> with(std::string_view sentence) const {
    std::vector<Line> found;
    for (const Line& line : lines) {
      if (line.at("sentence") == sentence) found.push_back(line);
    }
    return found;
  }
  std::vector<Line> lines;
};

class SupervisorLog : public ::testing::Test {
 protected:
  static constexpr const char* crashed = "a process crashed";
  static constexpr const char* limit = "the restart limit is reached: the supervisor ends";

  std::shared_ptr<ErrorLines> log = std::make_shared<ErrorLines>();
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock, .log = log}};
  Events events = std::make_shared<std::vector<std::string>>();

  ChildSpec probe(const std::string& id) { return child<Probe>(id, id, events, ProbeOptions{}); }
  void crash(Pid pid) {
    EXPECT_TRUE(send(system, pid, Crash{}));
    system.run_until_idle();
  }
};

TEST_F(SupervisorLog, ACrashReportNamesTheChildAndItsSupervisors) {
  ChildSpec labelled = child<Probe>("cache", StartOptions{.label = "something else"}, "cache",
                                    events, ProbeOptions{});
  const auto top = Supervisor::start_link(system, {Supervisor::child("web", {labelled})},
                                          {.name = "application"})
                       .value();
  const Supervisor web(ServerAddress(&system, top.child_pid("web").value()));
  crash(web.child_pid("cache").value());
  const auto lines = log->with(crashed);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("child"), "cache");
  EXPECT_EQ(lines[0].at("label"), "something else");
  EXPECT_EQ(lines[0].at("ancestors"),
            to_string(web.pid()) + " (web), " + to_string(top.pid()) + " (application)");
}

TEST_F(SupervisorLog, SoDoThoseOfADynamicSupervisorAndOfTasks) {
  const auto top = Supervisor::start_link(
                       system, {DynamicSupervisor::child("users"), TaskSupervisor::child("tasks")})
                       .value();
  const DynamicSupervisor users(ServerAddress(&system, top.child_pid("users").value()));
  crash(users.start_child(probe("ann")).value());
  const TaskSupervisor tasks(ServerAddress(&system, top.child_pid("tasks").value()));
  EXPECT_TRUE(tasks.start_child([] { throw std::runtime_error("broken"); }));
  system.run_until_idle();
  const auto lines = log->with(crashed);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("child"), "ann");
  EXPECT_NE(lines[0].at("ancestors").find("(users), "), std::string::npos);
  EXPECT_EQ(lines[1].at("child"), "task");
  EXPECT_NE(lines[1].at("ancestors").find("(tasks), "), std::string::npos);
}

TEST_F(SupervisorLog, ThereIsOneLineWhenTheRestartLimitIsReached) {
  const auto plain = Supervisor::start_link(system, {probe("cache")},
                                            {.max_restarts = 2, .within = 10s, .name = "web"})
                         .value();
  const auto dynamic =
      DynamicSupervisor::start_link(system, {.max_restarts = 0, .within = 1s, .name = "users"})
          .value();
  for (int i = 0; i < 3; ++i) crash(plain.child_pid("cache").value());
  crash(dynamic.start_child(probe("ann")).value());
  const auto lines = log->with(limit);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("supervisor"), to_string(plain.pid()) + " (web)");
  EXPECT_EQ(lines[0].at("child"), "cache");
  EXPECT_EQ(lines[0].at("restarts"), "2");
  EXPECT_EQ(lines[0].at("within_ms"), "10000");
  EXPECT_EQ(lines[1].at("supervisor"), to_string(dynamic.pid()) + " (users)");
  EXPECT_EQ(lines[1].at("child"), "ann");
  EXPECT_EQ(log->lines.size(), 3U + 1U + 2U) << "each crash and each limit once";
}

TEST_F(SupervisorLog, ARestartThatFailsIsSaidWithItsReason) {
  auto failing = std::make_shared<int>(0);
  const auto supervisor = Supervisor::start_link(
      system, {child<Probe>("a", "a", events, ProbeOptions{.failing_starts = failing})});
  *failing = 1;
  crash(supervisor->child_pid("a").value());
  const auto lines = log->with("a child could not be started again");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].at("child"), "a");
  EXPECT_NE(lines[0].at("why").find("not now"), std::string::npos);
}

}  // namespace
}  // namespace kith
