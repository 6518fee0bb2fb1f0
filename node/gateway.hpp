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

/// The duty to answer one request. Who lets it go without an answer has failed, and the asker is
/// told so (`crashed`): no request stays without an answer because a process ended or a message was
/// dropped. Thread-safety: one owner at a time.
class PendingAnswer {
 public:
  PendingAnswer(transport::Transport& transport, transport::ClientId client)
      : transport_(transport), client_(std::move(client)) {}
  ~PendingAnswer();
  PendingAnswer(const PendingAnswer&) = delete;
  PendingAnswer& operator=(const PendingAnswer&) = delete;

  /// Answers, the first time it is called.
  void send(const Result<Value>& result);
  [[nodiscard]] const transport::ClientId& client() const { return client_; }

 private:
  transport::Transport& transport_;
  transport::ClientId client_;
  bool sent_ = false;
};

/// What an attached app or a command asks.
struct GatewayRequest {
  std::shared_ptr<PendingAnswer> answer;
  Bytes request;
};

/// A session has had nothing to do for long.
struct SessionIdle {
  std::string connection;
};

/// Answers one request: docs/protocol.md, "Operations". Runs in a process and may wait.
[[nodiscard]] Result<Value> answer_request(Node& node, const Value& request);
/// The operations that there are, sorted.
[[nodiscard]] std::vector<std::string> operation_names();

/// Takes the requests of apps and commands. Each is answered by a process of its own, except those
/// of a replay, which one process for each connection answers in order. Thread-safety: a process.
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
