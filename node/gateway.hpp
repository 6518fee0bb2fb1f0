// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/gen_server.hpp"
#include "core/result.hpp"
#include "core/value.hpp"
#include "transport/transport.hpp"

namespace kith {
class Node;
}

namespace kith::node {

/// Answers one request exactly once. The destructor sends `crashed` if no answer was sent, so a
/// client gets an answer even if a process ended or a message was dropped. Thread-safety: one owner
/// at a time.
class PendingAnswer {
 public:
  PendingAnswer(transport::Transport& transport, transport::ClientId client)
      : transport_(transport), client_(std::move(client)) {}
  ~PendingAnswer();
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  /// Sends the answer; later calls have no effect.
  void send(const Result<Value>& result);
  [[nodiscard]] const transport::ClientId& client() const { return client_; }

 private:
  transport::Transport& transport_;
  transport::ClientId client_;
  bool sent_ = false;
};

/// Delivers a request of an app or command to the gateway.
struct GatewayRequest {
  std::shared_ptr<PendingAnswer> answer;
  Bytes request;
};

/// Reports that a session has been idle.
struct SessionIdle {
  std::string connection;
};

/// Performs one request (docs/protocol.md, "Operations"). Inside processes only; may wait.
[[nodiscard]] Result<Value> answer_request(Node& node, const Value& request);
/// Returns the names of all operations, sorted.
[[nodiscard]] std::vector<std::string> operation_names();

/// Dispatches the requests of apps and commands: each to a process of its own, replay requests to
/// one process (session) per connection, which keeps their order. Thread-safety: a process.
class Gateway : public GenServer<Gateway, Protocol<GatewayRequest, SessionIdle>> {
 public:
  explicit Gateway(Node& node) : node_(node) {}

  void handle_cast(const GatewayRequest& request);
  void handle_cast(const SessionIdle& idle);

 private:
  Pid session_of(const transport::ClientId& client);

  Node& node_;
  std::map<std::string, Pid> sessions_;  ///< by connection
};

}  // namespace kith::node
