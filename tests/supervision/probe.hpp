// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actor/gen_server.hpp"
#include "supervision/child_spec.hpp"

namespace kith {

/// A log of events, shared by the processes of a system without threads.
using Events = std::shared_ptr<std::vector<std::string>>;

struct Crash {};
struct End {
  ExitReason reason;
};
struct Work {
  using Reply = Pid;
  Duration duration{};
};
using ProbeProtocol = Protocol<Crash, End, Work>;

/// The behaviour of a probe.
struct ProbeOptions {
  bool traps = false;
  Duration terminate_takes{};
  std::shared_ptr<int> failing_starts;  ///< number of next starts that fail
};

/// A worker that records its starts and ends.
class Probe : public GenServer<Probe, ProbeProtocol> {
 public:
  Probe(std::string id, Events events, ProbeOptions options = {})
      : id_(std::move(id)), events_(std::move(events)), options_(std::move(options)) {}

  Result<void> init() {
    if (options_.failing_starts && *options_.failing_starts > 0) {
      --*options_.failing_starts;
      events_->push_back(id_ + " failed");
      return Error(ErrorCode::unavailable, "not now");
    }
    started_ = true;
    trap_exits(options_.traps);
    events_->push_back(id_ + " started");
    return {};
  }
  void terminate(const ExitReason& reason) {
    if (!started_) return;
    sleep_for(options_.terminate_takes);
    events_->push_back(id_ + " ended " + reason.text_or("?"));
  }
  void handle_cast(const Crash&) { throw std::runtime_error("crashed on purpose"); }
  Then handle_cast(const End& message) { return kith::stop(message.reason); }
  Pid handle_call(const Work& request) {
    sleep_for(request.duration);
    return self();
  }

 private:
  std::string id_;
  Events events_;
  ProbeOptions options_;
  bool started_ = false;
};

/// A system without threads, and its log of events.
class SupervisionTest : public ::testing::Test {
 protected:
  ManualClock clock;
  System system{{.workers = 0, .clock = &clock}};
  Events events = std::make_shared<std::vector<std::string>>();
  using Texts = std::vector<std::string>;

  ChildSpec probe(const std::string& id, Restart restart = Restart::permanent,
                  ProbeOptions options = {}) {
    ChildSpec spec = child<Probe>(id, id, events, std::move(options));
    spec.restart = restart;
    return spec;
  }
  /// Returns the events since the last call.
  Texts happened() {
    system.run_until_idle();
    return std::exchange(*events, {});
  }
  template <typename M>
  void tell(Pid pid, M message) {
    EXPECT_TRUE(send(system, pid, std::move(message)));
    system.run_until_idle();
  }
  void kill(Pid pid) {
    kith::exit(system, pid, "kill");
    system.run_until_idle();
  }
};

}  // namespace kith
