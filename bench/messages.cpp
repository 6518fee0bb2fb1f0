// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include "actor/gen_server.hpp"
#include "bench/bench.hpp"

namespace kith::bench {
namespace {

struct Number {
  std::uint64_t number;
};
struct Begin {};
struct AllIn {};

/// Counts messages and notifies its owner after the last one.
class Sink : public GenServer<Sink, Protocol<Number>> {
 public:
  Sink(Count expected, Pid owner) : left_(expected), owner_(owner) {}
  void handle_cast(const Number&) {
    if (--left_ == 0) send(owner_, AllIn{}).value();
  }

 private:
  Count left_;
  Pid owner_;
};

double one_way(Count senders, Count n) {
  const Count per_sender = n / senders;
  const auto sink = Sink::start(per_sender * senders, self()).value();
  std::vector<Pid> all;
  for (Count i = 0; i < senders; ++i) {
    all.push_back(spawn([sink, per_sender] {
      must(receive<Begin>());
      for (Count k = 0; k < per_sender; ++k) cast(sink, Number{k}).value();
    }));
  }
  return seconds_of([&] {
    for (const Pid sender : all) send(sender, Begin{}).value();
    must(receive<AllIn>());
  });
}

// --- a ring ------------------------------------------------------------------

struct Token {
  std::uint64_t hops_left;
};
struct Next {
  Pid next;
};
struct TokenArrived {};

class RingNode : public GenServer<RingNode, Protocol<Token, Next>> {
 public:
  explicit RingNode(Pid owner) : owner_(owner) {}
  void handle_cast(const Next& message) { next_ = message.next; }
  void handle_cast(const Token& token) {
    if (token.hops_left == 0)
      send(owner_, TokenArrived{}).value();
    else
      send(next_, Token{token.hops_left - 1}).value();
  }

 private:
  Pid owner_;
  Pid next_;
};

double ring(Count size, Count tokens, Count hops) {
  std::vector<Pid> nodes;
  for (Count i = 0; i < size; ++i) nodes.push_back(RingNode::start(self()).value().pid());
  for (Count i = 0; i < size; ++i) send(nodes[i], Next{nodes[(i + 1) % size]}).value();
  return seconds_of([&] {
    for (Count i = 0; i < tokens; ++i) send(nodes[0], Token{hops / tokens}).value();
    for (Count i = 0; i < tokens; ++i) must(receive<TokenArrived>());
  });
}

}  // namespace

/// w4: messages without answers.
void messages(const Bench& bench) {
  const Count n = bench.count(2e6);
  for (const Count senders : {Count{1}, Count{8}, Count{64}}) {
    bench.rate_1_2("w4.oneway_" + std::to_string(senders) + "_1", "msg/s", n,
                   [senders](Count all) { return one_way(senders, all); });
  }
  bench.rate_1_2("w4.cast_8_1", "msg/s", bench.count(1e6),
                 [](Count all) { return one_way(8, all); });
  bench.rate_1_2("w4.ring1000", "hop/s", n, [](Count hops) { return ring(1000, 1, hops); });
  bench.rate_1_2("w4.ring1000_100tokens", "hop/s", n,
                 [](Count hops) { return ring(1000, 100, hops); });
}

}  // namespace kith::bench
