// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/process_info.hpp"
#include "actor/system.hpp"
#include "core/log.hpp"

namespace kith {
namespace {

/// Records the lines of level error. Thread-safety: one thread.
class ErrorLines final : public Log {
 public:
  [[nodiscard]] bool enabled(LogLevel) const override { return true; }
  void write(LogLevel level, std::string_view, std::string_view,
             std::initializer_list<LogField> fields) override {
    if (level == LogLevel::error) lines.emplace_back(fields.begin(), fields.end());
  }
  std::vector<std::map<std::string_view, std::string>> lines;
};

struct Divide {
  using Reply = int;
  int by;
};
struct Finish {};

class Divider : public GenServer<Divider, Protocol<Divide, Finish>> {
 public:
  static int handle_call(const Divide& divide) {
    if (divide.by == 0) throw std::domain_error("by zero");
    return 100 / divide.by;
  }
  static Then handle_cast(const Finish&) { return stop("shutdown"); }
};

struct Multiply {
  using Reply = int;
  int by = 0;
  KITH_WIRE("numbers.multiply", by)
};
class Multiplier : public GenServer<Multiplier, Protocol<Multiply>> {
 public:
  static int handle_call(const Multiply&) { throw std::domain_error("too large"); }
};

/// A wire format that accepts any bytes and decodes them to the default value.
class AnyBytes final : public WireFormat {
 public:
  [[nodiscard]] Bytes encode(const std::function<void(WireWriter&)>&) const override { return {}; }
  Result<void> decode(BytesView, const std::function<void(WireReader&)>&) const override {
    return {};
  }
};

class CrashReports : public ::testing::Test {
 protected:
  std::shared_ptr<ErrorLines> log_ = std::make_shared<ErrorLines>();
  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_, .log = log_}};
};

TEST_F(CrashReports, NameTheProcessItsLastMessageAndTheReason) {
  const auto divider = Divider::start(system_, StartOptions{.label = "divider"}).value();
  EXPECT_EQ(call(divider, Divide{4}).value(), 25);
  EXPECT_FALSE(call(divider, Divide{0}));
  ASSERT_EQ(log_->lines.size(), 1U);
  auto& line = log_->lines[0];
  EXPECT_EQ(line["pid"], to_string(divider.pid()));
  EXPECT_EQ(line["label"], "divider");
  EXPECT_NE(line["last_message"].find("Divide"), std::string::npos) << line["last_message"];
  EXPECT_EQ(line["reason"], R"(["raise","by zero"])");
}

TEST_F(CrashReports, NameTheMessageAsOnTheWireAlsoWhenItCameAsBytes) {
  const AnyBytes format;
  System system({.workers = 0, .clock = &clock_, .log = log_, .format = &format});
  const auto typed = Multiplier::start(system).value();
  EXPECT_FALSE(call(typed, Multiply{1}));
  const auto encoded = Multiplier::start(system).value();
  EXPECT_FALSE(call_encoded(encoded, "numbers.multiply", Bytes{}));
  ASSERT_EQ(log_->lines.size(), 2U);
  EXPECT_EQ(log_->lines[0]["last_message"], "numbers.multiply");
  EXPECT_EQ(log_->lines[1]["last_message"], "numbers.multiply");
}

TEST_F(CrashReports, GoToStandardErrorUnlessSaidOtherwise) {
  const auto crash_in = [](std::shared_ptr<Log> log) {
    ManualClock clock;
    System system({.workers = 0, .clock = &clock, .log = std::move(log)});
    ::testing::internal::CaptureStderr();
    spawn(system, [] { throw std::domain_error("by zero"); });
    system.run_until_idle();
    system.log().info("test", "no line");
    return ::testing::internal::GetCapturedStderr();
  };
  const std::string said = crash_in(nullptr);
  EXPECT_NE(said.find("error"), std::string::npos) << said;
  EXPECT_NE(said.find("process: a process crashed pid=<"), std::string::npos) << said;
  EXPECT_NE(said.find("by zero"), std::string::npos) << said;
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  EXPECT_EQ(crash_in(make_null_log()), "");
}

TEST_F(CrashReports, AnOrderlyEndIsNoCrashNorIsAnEndThroughALink) {
  const auto orderly = Divider::start(system_).value();
  EXPECT_TRUE(cast(orderly, Finish{}));
  spawn(system_, [] {
    spawn_link([] { exit("broken"); });
    sleep_for(std::chrono::hours(1));
  });
  system_.run_until_idle();
  ASSERT_EQ(log_->lines.size(), 1U);
  EXPECT_EQ(log_->lines[0]["reason"], "\"broken\"");
}

TEST_F(CrashReports, NameTheChainOfThoseThatStartedIt) {
  class Starter : public GenServer<Starter, Protocol<Finish>> {
   public:
    static void init() { static_cast<void>(Divider::start_link().value()); }
    static void handle_cast(const Finish&) {}
  };
  spawn(system_, [] {
    const auto starter = Starter::start_link(StartOptions{.label = "starter"}).value();
    const auto links = process_info(starter.pid()).value().links;
    const Pid divider = links.front() == self() ? links.back() : links.front();
    static_cast<void>(call(Divider::Ref(current_system(), divider), Divide{0}));
  });
  system_.run_until_idle();
  ASSERT_EQ(log_->lines.size(), 1U);
  const std::string& chain = log_->lines[0]["ancestors"];
  EXPECT_NE(chain.find("(starter), <"), std::string::npos) << chain;
}

}  // namespace
}  // namespace kith
