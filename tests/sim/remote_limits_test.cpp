// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "core/limits.hpp"
#include "node/testing.hpp"

/// A message that cannot be sent to another node is an error at once.
namespace kith {
namespace {

using namespace std::chrono_literals;
using testing::SimulatedCluster;

struct Repeat {
  using Reply = std::string;
  std::string text;
  std::int64_t times = 1;
  KITH_WIRE("limits.repeat", text, times)
};
struct Note {
  std::string text;
  KITH_WIRE("limits.note", text)
};
struct Secret {
  std::string text;
};
struct Fail {
  using Reply = std::string;
  KITH_WIRE("limits.fail")
};
struct Deep {
  using Reply = Value;
  KITH_WIRE("limits.deep")
};
using EchoProtocol = Protocol<Repeat, Note, Fail, Deep>;

const std::string too_long(limits::frame_size_bytes_max + 1, 'x');

Value nested(int levels) {
  Value value = 1;
  for (int i = 0; i < levels; ++i) value = Value::array({value});
  return value;
}

class Echo : public GenServer<Echo, EchoProtocol> {
 public:
  static std::string handle_call(const Repeat& r) {
    std::string all;
    for (std::int64_t i = 0; i < r.times; ++i) all += r.text;
    return all;
  }
  static void handle_cast(const Note&) {}
  static Result<std::string> handle_call(const Fail&) {
    return Error(ErrorCode::not_found, too_long);
  }
  static Value handle_call(const Deep&) { return nested(64); }
};

class RemoteLimits : public ::testing::Test {
 protected:
  RemoteLimits() {
    EXPECT_TRUE(cluster_.run_until([&] { return cluster_.converged(); }, 30s));
    pid_ = Echo::start(cluster_.node(1)).value().pid();
    echo_ = Echo::Ref(&cluster_.node(0).system(), pid_);
  }
  /// Runs `f` in a process of the first node; returns whether it ended in less than a second.
  template <typename F>
  bool at_once(F f) {
    bool ended = false;
    spawn(cluster_.node(0), [&] {
      f();
      ended = true;
    });
    cluster_.run_for(900ms);
    return ended;
  }
  static void expect_limit(const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(error.text().find("limit of 1048576 bytes"), std::string::npos) << error.text();
  }

  SimulatedCluster cluster_{{.nodes = 2, .seed = 7}};
  Pid pid_;
  Echo::Ref echo_;
};

TEST_F(RemoteLimits, ARequestThatIsTooLargeFailsAtOnce) {
  EXPECT_TRUE(at_once([&] { expect_limit(call(echo_, Repeat{too_long}, 1h).error()); }));
}

TEST_F(RemoteLimits, AReplyThatIsTooLargeFailsTheCallAtOnce) {
  EXPECT_TRUE(at_once([&] {
    expect_limit(call(echo_, Repeat{std::string(1024, 'x'), 1025}, 1h).error());
    EXPECT_EQ(call(echo_, Repeat{"x", 3}, 1h).value(), "xxx") << "the server goes on";
  }));
}

TEST_F(RemoteLimits, AnErrorThatIsTooLargeFailsTheCallAtOnce) {
  EXPECT_TRUE(at_once([&] { expect_limit(call(echo_, Fail{}, 1h).error()); }));
}

TEST_F(RemoteLimits, AReplyThatIsNestedTooDeepFailsTheCallAtOnce) {
  EXPECT_TRUE(at_once([&] {
    const Error error = call(echo_, Deep{}, 1h).error();
    EXPECT_NE(error.text().find("deeper than 32"), std::string::npos) << error.text();
  }));
}

TEST_F(RemoteLimits, AMessageThatCannotTravelIsAnErrorForItsSender) {
  EXPECT_TRUE(at_once([&] {
    expect_limit(send(pid_, Note{too_long}).error());
    EXPECT_EQ(send(pid_, Secret{"x"}).error().code(), ErrorCode::invalid_argument);
    EXPECT_TRUE(send(pid_, Note{"x"}));
  }));
}

TEST_F(RemoteLimits, AReasonThatCannotTravelIsToldAsASmallOne) {
  for (const Value& reason : {Value(too_long), Value::array({"shutdown", too_long}), nested(64)}) {
    const Pid target = spawn(cluster_.node(1), [reason] {
      static_cast<void>(receive<Note>());
      exit(reason);
    });
    EXPECT_TRUE(at_once([&] {
      trap_exits(true);
      monitor(target);
      EXPECT_TRUE(link(target));
      EXPECT_TRUE(send(target, Note{"end"}));
      const Down down = receive<Down>(1h).value();
      const Exit signal = receive<Exit>(1h).value();
      EXPECT_EQ(signal.reason, down.reason);
      const std::string told = to_json(down.reason);
      EXPECT_LT(told.size(), 1000U);
      EXPECT_NE(told.find("cannot be sent to another node"), std::string::npos) << told;
      const auto* parts = reason.get_if<ValueArray>();
      EXPECT_EQ(is_orderly(down.reason), parts != nullptr && parts->size() == 2) << told;
    }));
  }
}

}  // namespace
}  // namespace kith
