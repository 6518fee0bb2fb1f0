#pragma once

#include <functional>
#include <map>
#include <string>

#include "actor/gen_server.hpp"
#include "core/value.hpp"
#include "transport/transport.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// What an attached app or a command asks.
struct GatewayRequest {
  transport::ClientId client;
  Bytes request;
};

/// A session has had nothing to do for long.
struct SessionIdle {
  std::string connection;
};

/// Answers one request: docs/protocol.md, "Operations". Runs in a process and may wait.
[[nodiscard]] Result<Value> answer_request(Node& node, const Value& request);

/// Takes the requests of apps and commands. Each is answered by a process of its own, except those
/// of a replay, which one process for each connection answers in order. Thread-safety: a process.
class Gateway : public GenServer<Gateway, Protocol<GatewayRequest, SessionIdle>> {
 public:
  Gateway(Node& node, transport::Transport& transport) : node_(node), transport_(transport) {}

  void handle_cast(const GatewayRequest& request);
  void handle_cast(const SessionIdle& idle);

 private:
  Pid session_of(const transport::ClientId& client);

  Node& node_;
  transport::Transport& transport_;
  std::map<std::string, Pid> sessions_;  ///< by connection
};

}  // namespace kith::node
