// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "actor/agent.hpp"
#include "actor/gen_server.hpp"
#include "bench/bench.hpp"

namespace kith::bench {
namespace {

struct Echo {
  using Reply = std::uint64_t;
  std::uint64_t number;
};

class EchoServer : public GenServer<EchoServer, Protocol<Echo>> {
 public:
  std::uint64_t handle_call(const Echo& echo) { return echo.number; }
};

void call_times(const EchoServer::Ref& server, Count n) {
  for (Count i = 0; i < n; ++i) must(call(server, Echo{i}));
}

double calls_to(const EchoServer::Ref& server, Count n) {
  call_times(server, n / 10);
  return seconds_of([&] { call_times(server, n); });
}

double call_echo_server(Count n) {
  return calls_to(EchoServer::start().value(), n);
}

// --- across two workers ------------------------------------------------------

/// Puts two processes on different workers: they spin until both have arrived, which needs two
/// workers. A process that later waits inside its function stays on its worker.
class OnWorkersOfTheirOwn {
 public:
  void arrive() {
    arrived_.fetch_add(1);
    while (arrived_.load() < 2) {
    }
  }

 private:
  std::atomic<int> arrived_{0};
};

/// Answers calls from inside one endless function, so that it never changes its worker.
void answer_calls(OnWorkersOfTheirOwn& place) {
  place.arrive();
  for (;;) {
    const detail::Wanted wanted[] = {detail::wanted<Echo>()};
    const auto message = detail::receive_one(wanted, infinite).second;
    const From<std::uint64_t> from(*message);
    from.reply(static_cast<Echo*>(message->content())->number);
  }
}

double call_other_worker(Count n) {
  OnWorkersOfTheirOwn place;
  const Pid server = spawn([&place] { answer_calls(place); });
  place.arrive();
  const double seconds = calls_to(EchoServer::Ref(current_system(), server), n);
  exit(server, "kill");
  return seconds;
}

// --- ping-pong: sends without matching of replies ----------------------------

struct Ball {
  Pid from;
  std::uint64_t left;
};
struct GameOver {};

/// Returns a ball until its count reaches 0.
class Player : public GenServer<Player, Protocol<Ball>> {
 public:
  explicit Player(Pid referee) : referee_(referee) {}
  void handle_cast(const Ball& ball) {
    if (ball.left == 0)
      send(referee_, GameOver{}).value();
    else
      send(ball.from, Ball{self(), ball.left - 1}).value();
  }

 private:
  Pid referee_;
};

double pingpong(Count n) {
  const auto one = Player::start(self()).value();
  const auto other = Player::start(self()).value();
  const auto play = [&](Count balls) {
    send(one, Ball{other.pid(), 2 * balls}).value();
    must(receive<GameOver>());
  };
  play(n / 10);
  return seconds_of([&] { play(n); });
}

void play_back(OnWorkersOfTheirOwn* place) {
  if (place != nullptr) place->arrive();
  for (;;) {
    const auto ball = receive<Ball>();
    send(ball->from, Ball{self(), ball->left}).value();
  }
}

/// Plays ping-pong between two processes that both receive inside their functions.
double pingpong_receiving(Count n, OnWorkersOfTheirOwn* place) {
  const Pid other = spawn([place] { play_back(place); });
  if (place != nullptr) place->arrive();
  const auto play = [&](Count balls) {
    for (Count i = 0; i < balls; ++i) {
      send(other, Ball{self(), i}).value();
      must(receive<Ball>());
    }
  };
  play(n / 10);
  const double seconds = seconds_of([&] { play(n); });
  exit(other, "kill");
  return seconds;
}

// --- calls next to a busy process -----------------------------------------------

struct Again {};
class Busy : public GenServer<Busy, Protocol<Again>> {
 public:
  void handle_cast(const Again&) { send(self(), Again{}).value(); }
};

/// Returns the 99th percentile of a call's latency in seconds, with N other processes busy.
double call_latency_p99(Count n, int busy_processes) {
  const auto server = EchoServer::start().value();
  std::vector<Busy::Ref> busy;
  for (int i = 0; i < busy_processes; ++i) {
    busy.push_back(Busy::start().value());
    cast(busy.back(), Again{}).value();
  }
  std::vector<double> seconds(n);
  for (double& each : seconds) each = seconds_of([&] { must(call(server, Echo{1})); });
  for (const auto& each : busy) exit(each.pid(), "kill");
  const auto at = seconds.begin() + static_cast<std::ptrdiff_t>(n * 99 / 100);
  std::ranges::nth_element(seconds, at);
  return *at;
}

/// Reports that latency on one worker without and with one busy process.
void fairness(const Bench& bench) {
  const Count n = bench.count(1e5);
  for (const auto& [item, busy] : {std::pair{"call_p99_idle", 0}, {"call_p99_beside_busy", 1}}) {
    if (!bench.wants(item)) continue;
    System system({.workers = 1});
    bench.report(item, "us", 1e6 * system.run([&] { return call_latency_p99(n, busy); }));
  }
}

/// Measures calls of a process whose own mailbox holds `waiting` messages.
double call_with_deep_mailbox(Count calls, Count waiting) {
  for (Count i = 0; i < waiting; ++i) must(send(self(), Again{}));
  return calls_to(EchoServer::start().value(), calls);
}

double agent_get(Count n) {
  const auto agent = Agent<int>::start_link([] { return 1; }).value();
  return seconds_of([&] {
    for (Count i = 0; i < n; ++i) must(agent.get([](const int& number) { return number; }));
  });
}

}  // namespace

/// w3: calls and their answers.
void calls(const Bench& bench) {
  const Count n = bench.count(5e5);
  bench.rate("w3.call_same_core", "1/s", 1, n, call_echo_server);
  bench.rate("w3.call_unpinned", "1/s", 2, n, call_echo_server);
  bench.rate("w3.call_cross_core", "1/s", 2, bench.count(1e5), call_other_worker);
  bench.rate("w3.pingpong_same_core", "1/s", 1, n, pingpong);
  bench.rate("w3.pingpong_unpinned", "1/s", 2, n, pingpong);
  bench.rate("w3.pingpong_receive_same_core", "1/s", 1, n,
             [](Count balls) { return pingpong_receiving(balls, nullptr); });
  bench.rate("w3.pingpong_cross_core", "1/s", 2, bench.count(1e5), [](Count balls) {
    OnWorkersOfTheirOwn place;
    return pingpong_receiving(balls, &place);
  });
  bench.rate_1_2("w3.agent_get", "1/s", bench.count(3e5), agent_get);
  fairness(bench);
  const Count deep = bench.count(1e7);
  bench.rate("call_with_deep_mailbox", "1/s", 1, n,
             [deep](Count all) { return call_with_deep_mailbox(all, deep); });
}

}  // namespace kith::bench
