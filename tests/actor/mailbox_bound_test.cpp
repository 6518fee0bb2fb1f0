// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "actor/server_control.hpp"
#include "actor/system.hpp"
#include "actor/task.hpp"

namespace kith {
namespace {

using namespace std::chrono_literals;

struct Note {
  int number;
};

class Notes : public GenServer<Notes, Protocol<Note>> {
 public:
  explicit Notes(std::shared_ptr<int> last) : last_(std::move(last)) {}
  void handle_cast(const Note& note) { *last_ = note.number; }

 private:
  std::shared_ptr<int> last_;
};

/// Signals that must not be lost reach a server whose mailbox is full.
class FullMailbox : public ::testing::Test {
 protected:
  void SetUp() override {
    EXPECT_TRUE(suspend_server(notes_));
    EXPECT_TRUE(cast(notes_, Note{1}));
    EXPECT_TRUE(cast(notes_, Note{2}));
    EXPECT_EQ(cast(notes_, Note{3}).error().code(), ErrorCode::overloaded);
    system_.run_until_idle();
    EXPECT_EQ(cast(notes_, Note{3}).error().code(), ErrorCode::overloaded);
  }

  ManualClock clock_;
  System system_{{.workers = 0, .clock = &clock_}};
  std::shared_ptr<int> last_ = std::make_shared<int>(0);
  Notes::Ref notes_ = Notes::start(system_, StartOptions{.mailbox_bound = 2}, last_).value();
};

TEST_F(FullMailbox, TheServerCanBeResumed) {
  EXPECT_TRUE(resume_server(notes_, 1s));
  system_.run_until_idle();
  EXPECT_EQ(*last_, 2);
}

TEST_F(FullMailbox, TheServerCanBeStopped) {
  EXPECT_TRUE(stop_server(notes_, "normal", 1s));
  EXPECT_FALSE(system_.is_alive(notes_.pid()));
}

TEST_F(FullMailbox, ATimersMessageArrives) {
  system_.run([&] { send_after(1s, notes_.pid(), Note{4}); });
  system_.advance(1s);
  EXPECT_TRUE(resume_server(notes_, 1s));
  system_.run_until_idle();
  EXPECT_EQ(*last_, 4);
}

TEST_F(FullMailbox, AnotherNodeCannotFillItBeyondItsBound) {
  for (std::uint64_t i = 1; i <= 10; ++i) {
    system_.deliver({.kind = RemoteSignal::Kind::message,
                     .from = Pid{system_.boot() + 1, 1, 1},
                     .to = notes_.pid(),
                     .reference = Reference{system_.boot() + 1, i}});
  }
  EXPECT_EQ(system_.message_queue_length(notes_.pid()), 2U);
}

TEST(MailboxBound, TheResultOfATaskArrivesInAFullMailbox) {
  ManualClock clock;
  System system({.workers = 0, .clock = &clock});
  int result = 0;
  const Pid owner = spawn(system,
                          [&] {
                            auto task = async([] {
                              sleep_for(1s);
                              return 7;
                            });
                            sleep_for(2s);
                            result = task.await(1s).value();
                          },
                          {.mailbox_bound = 1});
  system.run_until_idle();
  EXPECT_TRUE(send(system, owner, Note{1}));
  EXPECT_EQ(send(system, owner, Note{2}).error().code(), ErrorCode::overloaded);
  system.advance(3s);
  EXPECT_EQ(result, 7);
}

}  // namespace
}  // namespace kith
