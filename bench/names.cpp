// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "actor/gen_server.hpp"
#include "bench/bench.hpp"
#include "registry/registry.hpp"

namespace kith::bench {
namespace {

struct Echo {
  using Reply = int;
  int value;
};
using EchoProtocol = Protocol<Echo>;

class EchoServer : public GenServer<EchoServer, EchoProtocol> {
 public:
  int handle_call(const Echo& request) { return request.value; }
};

Registry start_registry() {
  return Registry::start_link(*current_system(), {.name = "names", .partitions = 2}).value();
}

Value key_of(Count number) {
  ValueArray key;
  key.reserve(2);
  key.emplace_back("k");
  key.emplace_back(number);
  return key;
}

double register_all(const Registry& registry, Count n) {
  return seconds_of([&] {
    for (Count i = 1; i <= n; ++i) must(registry.register_process(key_of(i), self()));
  });
}

/// Registers n keys for one process; includes the construction of the keys, as in Elixir.
double register_keys(Count n) {
  return register_all(start_registry(), n);
}

/// Looks up random ones of `lookups / 10` keys; includes the construction of the keys.
double look_up(Count lookups) {
  const Registry registry = start_registry();
  const Count n = lookups / 10;
  static_cast<void>(register_all(registry, n));
  return seconds_of([&] {
    for (Count j = 1; j <= 10; ++j) {
      for (Count i = 1; i <= n; ++i) {
        if (registry.lookup(key_of((i * 7919 + j) % n + 1)).size() != 1) std::abort();
      }
    }
  });
}

/// Calls a server by its key n times in sequence.
double via_call(Count n) {
  const Registry registry = start_registry();
  StartOptions options;
  options.register_as = registry.registration("srv");
  must(EchoServer::start_link(options));
  const auto server = registry.via<EchoProtocol>("srv");
  return seconds_of([&] {
    for (Count i = 0; i < n; ++i) must(call(server, Echo{1}));
  });
}

}  // namespace

/// w7: names in one node.
void names(const Bench& bench) {
  const Count n = bench.count(1e5);
  bench.rate("w7.registry_register", "1/s", 2, n, register_keys);
  bench.rate("w7.registry_lookup", "1/s", 2, n * 10, look_up);
  bench.rate("w7.registry_via_call", "1/s", 2, n, via_call);
}

}  // namespace kith::bench
