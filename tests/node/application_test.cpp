// SPDX-License-Identifier: Apache-2.0
#include "node/application.hpp"

#include <csignal>
#include <memory>
#include <mutex>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"

namespace kith {
namespace {

/// A log of events in order.
class Journal {
 public:
  void add(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(what);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

struct Begin {
  int signal = 0;  ///< signal sent to this program; 0: the part fails instead
};

/// Records its start and its orderly end. The last one to start triggers the test.
class Part : public GenServer<Part, Protocol<Begin>> {
 public:
  Part(std::string name, std::shared_ptr<Journal> journal, std::optional<Begin> begin)
      : name_(std::move(name)), journal_(std::move(journal)), begin_(begin) {}

  void init() {
    trap_exits(true);
    journal_->add("+" + name_);
    if (begin_) static_cast<void>(send(self(), *begin_));
  }
  void terminate(const ExitReason&) { journal_->add("-" + name_); }
  void handle_cast(const Begin& what) {
    if (what.signal == 0) throw std::runtime_error("fails on purpose");
    kill(getpid(), what.signal);
  }

 private:
  std::string name_;
  std::shared_ptr<Journal> journal_;
  std::optional<Begin> begin_;
};

using Lines = std::vector<std::string>;

Application application(const std::shared_ptr<Journal>& journal, Begin begin) {
  Application made;
  made.supervisor.max_restarts = 0;
  made.children = [=](Node&) {
    return std::vector{child<Part>("store", "store", journal, std::optional<Begin>()),
                       child<Part>("cache", "cache", journal, std::optional<Begin>()),
                       child<Part>("web", "web", journal, std::optional(begin))};
  };
  return made;
}

TEST(Applications, StartInOrderAndStopInReverseOnATerminationSignal) {
  std::signal(SIGHUP, SIG_DFL);  // independent of the environment of the test
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    const auto journal = std::make_shared<Journal>();
    EXPECT_TRUE(run_application(application(journal, {signal})));
    EXPECT_EQ(journal->lines(), (Lines{"+store", "+cache", "+web", "-web", "-cache", "-store"}));
  }
}

TEST(Applications, EndWithTheReasonWhenTheTreeGivesUp) {
  const auto journal = std::make_shared<Journal>();
  const auto ended = run_application(application(journal, {0}));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::crashed);
  ASSERT_NE(ended.error().reason(), nullptr);
  EXPECT_EQ(*ended.error().reason(), Value("shutdown"));
}

TEST(Applications, WhatCannotStartIsTakenBackAndSaid) {
  const auto journal = std::make_shared<Journal>();
  Application made = application(journal, {SIGTERM});
  made.children = [=](Node&) {
    ChildSpec broken;
    broken.id = "broken";
    broken.start = []() -> Result<Pid> { return Error(ErrorCode::unavailable, "not today"); };
    return std::vector{child<Part>("store", "store", journal, std::optional<Begin>()), broken};
  };
  const auto ended = run_application(made);
  ASSERT_FALSE(ended);
  EXPECT_NE(ended.error().to_string().find("not today"), std::string::npos);
  EXPECT_EQ(journal->lines(), (Lines{"+store", "-store"}));
}

}  // namespace
}  // namespace kith
