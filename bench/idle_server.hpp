#pragma once

#include <vector>

#include "actor/gen_server.hpp"
#include "bench/bench.hpp"

namespace kith::bench {

struct EndYourself {};

/// A server that does nothing until it is told to end. Thread-safety: as GenServer.
class IdleServer : public GenServer<IdleServer, Protocol<EndYourself>> {
 public:
  Then handle_cast(const EndYourself&) { return stop("normal"); }
};

using IdleServers = std::vector<IdleServer::Ref>;

/// Starts n of them, each of which has said that it is ready.
inline IdleServers start_idle_servers(Count n) {
  IdleServers servers;
  servers.reserve(n);
  for (Count i = 0; i < n; ++i) servers.push_back(IdleServer::start().value());
  return servers;
}

/// Asks each to end.
inline void end_all(const IdleServers& servers) {
  for (const auto& server : servers) cast(server, EndYourself{}).value();
}

/// Waits for n messages of a type.
template <typename M>
void receive_all(Count n) {
  for (Count i = 0; i < n; ++i) must(receive<M>());
}

}  // namespace kith::bench
