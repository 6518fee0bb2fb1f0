// SPDX-License-Identifier: Apache-2.0
#include "node/gateway.hpp"

#include <chrono>
#include <utility>

#include "node/node.hpp"
#include "transport/answer.hpp"
#include "transport/codec.hpp"

namespace kith::node {
namespace {

/// Idle time after which a session ends. Higher keeps idle processes longer; lower restarts the
/// sessions of slow clients more often.
constexpr std::chrono::seconds session_timeout{30};
/// Size of the request number that follows the connection in a client id.
constexpr std::size_t request_number_size_bytes = 8;

/// Queues a request for a session.
struct SessionRequest {
  std::shared_ptr<PendingAnswer> answer;
  Value request;
};

/// Ends a session.
struct EndSession {};

std::string operation_of(const Value& request) {
  const Value* operation = request.find("op");
  return operation == nullptr ? "" : operation->text_or("");
}

void answer(Node& node, PendingAnswer& pending, const Value& request) {
  const Result<Value> result = answer_request(node, request);
  pending.send(result);
  // After the answer, because the node may end before another message is sent.
  if (result && operation_of(request) == "leave") node.request_leave();
}

}  // namespace

PendingAnswer::~PendingAnswer() {
  send(Error(ErrorCode::crashed,
             "the process that worked on the request ended before it had an answer; the log of the "
             "node says why"));
}

void PendingAnswer::send(const Result<Value>& result) {
  if (std::exchange(sent_, true)) return;
  transport_.reply(client_, transport::encode_answer(result));
}

void Gateway::handle_cast(const GatewayRequest& message) {
  Result<Value> request = transport::decode_value(message.request);
  if (!request) return message.answer->send(request.error());
  if (operation_of(*request).starts_with("replay_")) {
    const Pid session = session_of(message.answer->client());
    static_cast<void>(send(session, SessionRequest{message.answer, std::move(*request)}));
  } else {
    spawn([this, pending = message.answer, body = std::move(*request)] {
      answer(node_, *pending, body);
    });
  }
}

Pid Gateway::session_of(const transport::ClientId& client) {
  const std::string connection =
      client.substr(0, client.size() - std::min(client.size(), request_number_size_bytes));
  if (const auto it = sessions_.find(connection); it != sessions_.end()) return it->second;
  const ServerRef<Protocol<GatewayRequest, SessionIdle>> gateway(current_system(), self());
  const auto run = [&node = node_, gateway, connection] {
    for (;;) {
      const auto next = receive<SessionRequest, EndSession>(session_timeout);
      if (!next)
        static_cast<void>(cast(gateway, SessionIdle{connection}));
      else if (std::holds_alternative<EndSession>(*next))
        return;
      else
        answer(node, *std::get<0>(*next).answer, std::get<0>(*next).request);
    }
  };
  const Pid session = spawn_link(run, {.label = "session"});
  sessions_[connection] = session;
  return session;
}

/// Ends an idle session. Sessions do not end by themselves, so that the gateway never sends a
/// request to one that has just ended; `EndSession` follows all requests sent before.
void Gateway::handle_cast(const SessionIdle& idle) {
  const auto it = sessions_.find(idle.connection);
  if (it == sessions_.end()) return;
  static_cast<void>(send(it->second, EndSession{}));
  sessions_.erase(it);
}

}  // namespace kith::node
