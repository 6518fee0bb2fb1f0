// SPDX-License-Identifier: Apache-2.0

/// Runs three nodes over real sockets on loopback, here in one program, usually on three machines.
/// It calls a server by its cluster-wide name, shares a rate limit, and detects the end of a node.

#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <kith/kith.hpp>

#include "check.hpp"

using namespace std::chrono_literals;

// KITH_WIRE names a message and its fields, so that it can travel between nodes.
struct Get {
  using Reply = std::optional<std::string>;
  std::string key;
  KITH_WIRE("config.get", key)
};
struct Put {
  using Reply = void;
  std::string key, value;
  KITH_WIRE("config.put", key, value)
};
using ConfigProtocol = kith::Protocol<Get, Put>;

class ConfigServer : public kith::GenServer<ConfigServer, ConfigProtocol> {
 public:
  void handle_call(const Put& request) { settings_[request.key] = request.value; }
  std::optional<std::string> handle_call(const Get& request) {
    const auto found = settings_.find(request.key);
    if (found == settings_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::map<std::string, std::string> settings_;
};

std::unique_ptr<kith::Node> start_node(const std::string& name, const std::string& seed) {
  kith::NodeOptions options{.name = name, .listen = "127.0.0.1:0"};
  if (!seed.empty()) options.seeds = {seed};
  return kith::Node::start(options).value();
}

/// Polls until `holds` returns true, because names spread by gossip.
bool eventually(kith::Node& node, const std::function<bool()>& holds) {
  return node.system().run([&] {
    for (int i = 0; i < 400 && !holds(); ++i) kith::sleep_for(50ms);
    return holds();
  });
}

int main() {
  const auto a = start_node("a", "");
  const auto b = start_node("b", a->address());
  auto c = start_node("c", a->address());
  for (kith::Node* node : {a.get(), b.get(), c.get()}) {
    check(node->wait_for_members(3, 20s), "each node sees three members");
  }
  for (const auto& member : a->members()) std::cout << "member " << member.id.name << '\n';

  // A server on c is called from a and b by its name.
  const auto server = ConfigServer::start_link(*c).value();
  c->register_global("config", server.pid()).value();
  for (kith::Node* node : {a.get(), b.get()}) {
    check(eventually(*node, [&] { return node->whereis("config").has_value(); }),
          "the name is known on each node");
  }
  kith::call(a->global<ConfigProtocol>("config"), Put{"region", "eu-1"}).value();
  const auto region = kith::call(b->global<ConfigProtocol>("config"), Get{"region"}).value();
  std::cout << "a put and b got region = " << region.value_or("nothing") << '\n';
  check(region == "eu-1", "what a put on c is what b gets from c");

  // All nodes share one limit of ten requests per minute.
  int admitted = 0;
  for (int i = 0; i < 30; ++i) {
    kith::Node& node = i % 3 == 0 ? *a : i % 3 == 1 ? *b : *c;
    auto limiter = node.rate_limiter("api", {.limit = 10, .window = 60s});
    admitted += limiter.check("ann").value().admitted ? 1 : 0;
  }
  std::cout << admitted << " of 30 requests admitted by three nodes together\n";
  check(admitted == 10, "each admitted request is counted once for all nodes");

  // A process on a monitors the server on c; then c stops.
  const kith::Down down = a->system().run([&] {
    kith::monitor(server.pid());
    kith::sleep_for(100ms);  // lets the monitor reach c before c stops
    std::cout << "node c stops\n";
    kith::blocking([&] { c->stop(); });
    return kith::receive<kith::Down>(30s).value();
  });
  std::cout << "a is told that the server ended: " << to_json(down.reason) << '\n';
  check(down.pid == server.pid(), "it is the server that was watched");
  check(down.reason == kith::Value("noconnection"), "its node cannot be reached any more");
  check(eventually(*a, [&] { return !a->whereis("config"); }), "its name goes with the node");
}
