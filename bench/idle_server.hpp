// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "actor/gen_server.hpp"
#include "bench/bench.hpp"

namespace kith::bench {

struct EndYourself {};

/// Idles until it receives `EndYourself`. Thread-safety: as GenServer.
class IdleServer : public GenServer<IdleServer, Protocol<EndYourself>> {
 public:
  Then handle_cast(const EndYourself&) { return stop("normal"); }
};

using IdleServers = std::vector<IdleServer::Ref>;

/// Starts n idle servers, one after another, and waits for each start.
inline IdleServers start_idle_servers(Count n) {
  IdleServers servers;
  servers.reserve(n);
  for (Count i = 0; i < n; ++i) servers.push_back(IdleServer::start().value());
  return servers;
}

/// Sends each `EndYourself`.
inline void end_all(const IdleServers& servers) {
  for (const auto& server : servers) cast(server, EndYourself{}).value();
}

/// Receives n messages of type M.
template <typename M>
void receive_all(Count n) {
  for (Count i = 0; i < n; ++i) must(receive<M>());
}

}  // namespace kith::bench
